using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// What a manifest names and a tree has not: units, the default target, users and groups. Asked when layers are laid and scripts have run,
/// because both may bring them.
/// </summary>
/// <param name="manifest">The manifest.</param>
/// <param name="root">The tree, with <c>/etc</c> where packages expect it.</param>
internal sealed class ManifestClaims(Manifest manifest, TreeHandle root)
{
    /// <summary>Where systemd looks for units of a tree; <c>/lib</c> is a link in most.</summary>
    private static readonly string[] Places = ["etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"];

    /// <summary>Fails with everything that is not there.</summary>
    /// <exception cref="PipelineException">PL2127, PL2128, PL2129.</exception>
    public void Require()
    {
        var problems = new DiagnosticBag();
        var units = new Lazy<ValueList<string>>(Units);
        foreach (var unit in manifest.Units.Where(u => !IsUnit(u.Text)))
        {
            problems.Add(TreeDiagnostics.NoUnit(unit, units.Value));
        }

        if (manifest.DefaultTarget is { } target && !IsUnit(target.Text))
        {
            problems.Add(TreeDiagnostics.NoTarget(target, units.Value.Where(u => u.EndsWith(".target", StringComparison.Ordinal))));
        }

        CheckAccounts(problems);
        problems.ThrowIfErrors();
    }

    private void CheckAccounts(DiagnosticBag problems)
    {
        if (manifest.EtcGroupMembers.Count == 0 && manifest.Users is null && manifest.Groups is null)
        {
            return;
        }

        var there = TreeAccounts.Of(root);
        var groups = there.Groups.Select(g => g.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var group in manifest.EtcGroupMembers.Where(g => !groups.Contains(g.Text)))
        {
            problems.Add(TreeDiagnostics.NoAccount("group", group, groups, "remove it from etc-group-members"));
        }

        CheckNumbers("user", manifest.Users, there.Users, problems);
        CheckNumbers("group", manifest.Groups, there.Groups, problems);
    }

    /// <summary>
    /// An account with a number that nobody has, and that owns nothing: one that owns files is looked for when the tree is finished. To
    /// rpm-ostree such a number is no mistake, so a treefile may give it.
    /// </summary>
    private void CheckNumbers(string kind, AccountRule? rule, ValueList<ManifestAccount> there, DiagnosticBag problems)
    {
        var names = there.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        var unknown =
            rule is null || !manifest.IsSchema || rule.MayBeRemoved.Contains("*")
                ? []
                : rule.Places.Where(p => !names.Contains(p.Text) && !rule.MayBeRemoved.Contains(p.Text)).ToArray();
        if (unknown.Length == 0)
        {
            return;
        }

        var owners = TreeAccounts.Owners(root);
        var owned = kind == "user" ? owners.Users : owners.Groups;
        foreach (var name in unknown.Where(u => !owned.Contains(rule!.Accounts.First(a => a.Name == u.Text).Id)))
        {
            problems.Add(TreeDiagnostics.NoAccount(kind, name, names, $"remove it, or write ignore-removed-{kind}s: [{name.Text}]"));
        }
    }

    /// <summary>An instance exists by its template. A link counts wherever it leads: masked units and aliases are links.</summary>
    private bool IsUnit(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        string[] names = at < 0 ? [name] : [name, name[..(at + 1)] + name[name.LastIndexOf('.')..]];
        return names.Any(n => Places.Any(p => root.Status($"{p}/{n}", TreeLinks.InRoot) is { Kind: UnixKind.File or UnixKind.Symlink }));
    }

    private ValueList<string> Units() =>
        Places
            .Where(p => root.Is(UnixKind.Directory, p))
            .SelectMany(p => root.Entries(p))
            .Select(e => e.Name.Text)
            .Where(n => n.Contains('.', StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToValueList();
}
