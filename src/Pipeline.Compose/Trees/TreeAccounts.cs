using Pipeline.Compose.Manifests;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>Users and groups of a tree.</summary>
/// <param name="Users">Sorted by name.</param>
/// <param name="Groups">Sorted by name.</param>
internal sealed record TreeAccounts(ValueList<ManifestAccount> Users, ValueList<ManifestAccount> Groups)
{
    private const int Limit = 16 << 20;

    /// <summary>Those of a tree that is not finished: its <c>/etc</c> is where packages expect it.</summary>
    public static TreeAccounts Of(TreeHandle root) => new(Read(root, "passwd", isGroup: false), Read(root, "group", isGroup: true));

    /// <summary>Puts the files of a manifest into a tree of packages that are not configured yet: they find their accounts there.</summary>
    public static void Inject(Manifest manifest, TreeHandle root)
    {
        if (manifest is not { Users: { Source: AccountSource.File } users, Groups: { Source: AccountSource.File } groups })
        {
            return;
        }

        foreach (
            var (name, text, mode) in ((string, string, int)[])
                [
                    ("passwd", users.Text, FileModes.Plain),
                    ("group", groups.Text, FileModes.Plain),
                    ("shadow", AccountText.Shadow(users.Text), 0),
                    ("gshadow", AccountText.GroupShadow(groups.Text), 0),
                ]
        )
        {
            root.MakeDirectories("etc");
            root.ReplaceFile($"etc/{name}", text, mode);
        }
    }

    /// <summary>Compares the accounts of a tree with what they must be.</summary>
    /// <param name="manifest">The rules.</param>
    /// <param name="root">The tree.</param>
    /// <param name="previous">The accounts of the last build; <c>null</c> for none.</param>
    /// <param name="problems">Receives PL2124, PL2125.</param>
    public void Check(Manifest manifest, TreeHandle root, TreeAccounts? previous, DiagnosticBag problems)
    {
        var owned = new Lazy<(HashSet<uint> Users, HashSet<uint> Groups)>(() => Owners(root));
        if (manifest.Users is { } users)
        {
            Check("user", users, previous?.Users, Users, id => owned.Value.Users.Contains(id), problems);
        }

        if (manifest.Groups is { } groups)
        {
            Check("group", groups, previous?.Groups, Groups, id => owned.Value.Groups.Contains(id), problems);
        }
    }

    private static void Check(
        string kind,
        AccountRule rule,
        ValueList<ManifestAccount>? previous,
        ValueList<ManifestAccount> now,
        Func<uint, bool> owns,
        DiagnosticBag problems
    )
    {
        var wanted = rule.Source == AccountSource.Previous ? previous ?? [] : rule.Accounts;
        var found = now.ToDictionary(a => a.Name, StringComparer.Ordinal);
        foreach (var account in wanted)
        {
            if (!found.TryGetValue(account.Name, out var there))
            {
                if (!rule.MayBeRemoved.Contains(account.Name) && !rule.MayBeRemoved.Contains("*") && owns(account.Id))
                {
                    problems.Add(TreeDiagnostics.AccountMissing(kind, account.Name, account.Id));
                }
            }
            else if (there.Id != account.Id)
            {
                problems.Add(TreeDiagnostics.AccountChanged(kind, account.Name, "number", account.Id, there.Id));
            }
            else if (account.Group is { } group && there.Group is { } other && group != other)
            {
                problems.Add(TreeDiagnostics.AccountChanged(kind, account.Name, "group", group, other));
            }
        }
    }

    private static ValueList<ManifestAccount> Read(TreeHandle root, string name, bool isGroup) =>
        AccountText.Read(root.ReadText($"etc/{name}", Limit) ?? "", isGroup, out _);

    /// <summary>The numbers that files of a tree belong to.</summary>
    public static (HashSet<uint> Users, HashSet<uint> Groups) Owners(TreeHandle root)
    {
        var (users, groups) = (new HashSet<uint>(), new HashSet<uint>());
        foreach (var entry in root.Walk(TreePath.Root, TreeOrder.ParentsFirst))
        {
            var status = entry.Status();
            users.Add(status.UserId);
            groups.Add(status.GroupId);
        }

        return (users, groups);
    }
}
