using System.Globalization;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>
/// <c>steps/accounts.json</c>: the users and groups of a build whose manifest checks them, for <c>{type: previous}</c> of the next one.
/// What a tree holds never depends on it, only whether the compose is refused.
/// </summary>
/// <param name="store">The builds.</param>
internal sealed class AccountRecord(BuildStore store)
{
    private const string Step = "accounts";
    private const long Limit = 16 << 20;

    /// <summary>Compares a tree with what its manifest says.</summary>
    /// <returns>The accounts of the tree; <c>null</c> when the manifest says nothing.</returns>
    /// <exception cref="PipelineException">PL2124, PL2125, all of them.</exception>
    public async Task<TreeAccounts?> CheckAsync(ComposeWork work, TreeHandle root, CancellationToken cancellationToken)
    {
        var rules = new[] { work.Manifest.Users, work.Manifest.Groups }.OfType<AccountRule>().ToArray();
        if (rules.Length == 0)
        {
            return null;
        }

        var previous = rules.Any(r => r.Source == AccountSource.Previous) ? await PreviousAsync(work, cancellationToken) : null;
        var (accounts, problems) = (TreeAccounts.Of(root), new DiagnosticBag());
        accounts.Check(work.Manifest, root, previous, problems);
        problems.ThrowIfErrors();
        return accounts;
    }

    /// <summary>Writes them into a build.</summary>
    public static Task WriteAsync(string directory, TreeAccounts? accounts, CancellationToken cancellationToken) =>
        accounts is null
            ? Task.CompletedTask
            : File.WriteAllTextAsync(
                BuildStore.StepFile(directory, Step),
                JsonTextWriter.Write(
                    new JsonTextObject([new("users", List(accounts.Users)), new("groups", List(accounts.Groups))]),
                    JsonStyle.Pretty
                ),
                cancellationToken
            );

    /// <summary>Those of the newest build of the same name that has any.</summary>
    private async Task<TreeAccounts?> PreviousAsync(ComposeWork work, CancellationToken cancellationToken)
    {
        foreach (var build in (await store.ReadIndexAsync(cancellationToken)).Builds)
        {
            var file = BuildStore.StepFile(store.Directory(build.Id, work.Architecture), Step);
            if (
                build.Architectures.Contains(work.Architecture.Name)
                && RegularFile.Is(file)
                && (await store.ReadMetaAsync(build.Id, work.Architecture, cancellationToken)).Find("name") is JsonTextString name
                && name.Value == work.Manifest.Name
            )
            {
                var problems = new DiagnosticBag();
                var read = JsonText.Parse(file, await RegularFile.ReadAsync(file, Limit, cancellationToken), problems) as JsonTextObject;
                problems.ThrowIfErrors();
                return new(Accounts(read?.Find("users"), isGroup: false), Accounts(read?.Find("groups"), isGroup: true));
            }
        }

        return null;
    }

    private static JsonTextArray List(ValueList<ManifestAccount> accounts) =>
        new([
            .. accounts.Select(a => new JsonTextArray([
                new JsonTextString(a.Name),
                JsonTextNumber.Of(a.Id),
                .. a.Group is { } group ? [JsonTextNumber.Of(group)] : Array.Empty<JsonTextNode>(),
            ])),
        ]);

    /// <summary>What can be read: the record is our own, and one that is damaged has nothing to compare with.</summary>
    private static ValueList<ManifestAccount> Accounts(JsonTextNode? list, bool isGroup) =>
        (list as JsonTextArray)
            ?.Items.OfType<JsonTextArray>()
            .Where(a => a.Items.Count == (isGroup ? 2 : 3) && a.Items[0] is JsonTextString && a.Items.Skip(1).All(i => Id(i) is not null))
            .Select(a => new ManifestAccount(((JsonTextString)a.Items[0]).Value, Id(a.Items[1])!.Value, isGroup ? null : Id(a.Items[2])))
            .ToValueList()
        ?? [];

    private static uint? Id(JsonTextNode node) =>
        node is JsonTextNumber number && uint.TryParse(number.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}
