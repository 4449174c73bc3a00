using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Compose.Solving;
using Pipeline.Model.Text;

namespace Pipeline.Compose.Locks;

/// <summary>
/// What commitmeta.json says of the repositories, in the shape of rpm-ostree's metadata: <c>rpmostree.rpmmd-repos</c> and
/// <c>rpmostree.advisories</c>. Advisories are fetched only here.
/// </summary>
internal static class RepositoryNotes
{
    /// <summary>The members; none for families without advisories.</summary>
    /// <exception cref="Model.Diagnostics.PipelineException">Those of fetching an index.</exception>
    public static async Task<JsonTextObject> OfAsync(
        LockedManifest locked,
        ContentStore store,
        RepositoryServices updating,
        bool offline,
        CancellationToken cancellationToken
    )
    {
        if (!locked.Family.HasAdvisories)
        {
            return new([]);
        }

        var members = new List<JsonTextMember>();
        if (locked.Manifest.RecordsRepositories)
        {
            members.Add(new("rpmostree.rpmmd-repos", new JsonTextArray([.. locked.States.Select(Repository)])));
        }

        if (locked.Manifest.RecordsAdvisories)
        {
            var found = new SortedDictionary<string, Advisory>(StringComparer.Ordinal);
            foreach (var state in locked.States)
            {
                var extended = await locked.Family.ExtendAsync(state, IndexParts.Advisories, offline, updating, cancellationToken);
                if (extended.Advisories is { } file)
                {
                    var text = IndexText.Unpack(file, store);
                    foreach (var advisory in locked.Family.Advisories(state.Repository.Id, text, locked.Lockfile.Packages))
                    {
                        found.TryAdd(advisory.Id, advisory);
                    }
                }
            }

            members.Add(new("rpmostree.advisories", new JsonTextArray([.. found.Values.Select(ToJson)])));
        }

        return new([.. members]);
    }

    private static JsonTextNode Repository(RepositoryState state) =>
        new JsonTextObject([
            new("id", new JsonTextString(state.Repository.Id)),
            new("timestamp", JsonTextNumber.Of(state.Date.ToUnixTimeSeconds())),
        ]);

    /// <summary>As the type <c>(suuasa{sv})</c> is printed.</summary>
    private static JsonTextNode ToJson(Advisory advisory) =>
        new JsonTextArray([
            new JsonTextString(advisory.Id),
            JsonTextNumber.Of(advisory.Kind),
            JsonTextNumber.Of(advisory.Severity),
            JsonTextArray.OfTexts(advisory.Packages),
            new JsonTextObject(
                advisory.References.Count == 0
                    ? []
                    :
                    [
                        new(
                            "cve_references",
                            new JsonTextArray([
                                .. advisory.References.Select(r => new JsonTextArray([
                                    new JsonTextString(r.Url),
                                    new JsonTextString(r.Title),
                                ])),
                            ])
                        ),
                    ]
            ),
        ]);
}
