using Pipeline.Model.Contracts;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Contracts;

/// <summary>What a schema cannot say about single documents.</summary>
internal static class ContractRules
{
    public static IEnumerable<(string Pointer, string Reason)> Check(IEnumerable<ContractRecord> records) =>
        records.SelectMany(r =>
            r switch
            {
                OverridesDocument overrides => Overrides(overrides),
                NotesDocument notes => Notes(notes),
                UpdatesDocument updates => Updates(updates),
                ReleaseIndex index => Index(index),
                UpdateGraph graph => Graph(graph),
                BuildMetaDocument { Images: { } images } when !images.TryFind("ostree", out _) =>
                [
                    ("/images", "artifact 'ostree' is missing"),
                ],
                _ => [],
            }
        );

    private static IEnumerable<(string, string)> Overrides(OverridesDocument overrides)
    {
        foreach (var (name, package) in overrides.Packages ?? ValueMap<OverridePackage>.Empty)
        {
            if (package.Evr is null == package.Evra is null)
            {
                yield return (JsonPointer.Of(["packages", name]), "exactly one of 'evr' and 'evra' is needed");
            }

            if (package.Metadata is { Type: "pin", Reason: null })
            {
                yield return (JsonPointer.Of(["packages", name, "metadata"]), "a pin needs a reason");
            }
        }
    }

    private static IEnumerable<(string, string)> Notes(NotesDocument notes) =>
        from version in notes.Releases.Keys
        where !ReleaseVersion.TryParse(version, out var parsed) || parsed.Iteration is null || parsed.IsDev
        select (JsonPointer.Of(["releases", version]), "the key is not a version such as 44.20260720.3.1");

    private static IEnumerable<(string, string)> Updates(UpdatesDocument updates)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < updates.Releases.Count; i++)
        {
            var release = updates.Releases[i];
            if (!seen.Add(release.Version))
            {
                yield return (JsonPointer.Of(["releases", $"{i}", "version"]), $"'{release.Version}' has an entry already");
            }

            if (release.Metadata is { Rollout: null, Barrier: null, Deadend: null })
            {
                yield return (JsonPointer.Of(["releases", $"{i}", "metadata"]), "neither rollout, barrier nor dead end");
            }

            if (release.Metadata.Rollout is { StartPercentage: < 0 or > 1 })
            {
                yield return (
                    JsonPointer.Of(["releases", $"{i}", "metadata", "rollout", "start_percentage"]),
                    "the share is not between 0 and 1"
                );
            }
        }
    }

    private static IEnumerable<(string, string)> Index(ReleaseIndex index)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < index.Releases.Count; i++)
        {
            if (!seen.Add(index.Releases[i].Version))
            {
                yield return (JsonPointer.Of(["releases", $"{i}", "version"]), $"'{index.Releases[i].Version}' is in the index already");
            }
        }
    }

    private static IEnumerable<(string, string)> Graph(UpdateGraph graph)
    {
        for (var i = 0; i < graph.Edges.Count; i++)
        {
            var (from, to) = graph.Edges[i];
            if (from >= graph.Nodes.Count || to >= graph.Nodes.Count || from == to)
            {
                yield return (JsonPointer.Of(["edges", $"{i}"]), $"the edge [{from},{to}] does not join two nodes");
            }
        }
    }
}
