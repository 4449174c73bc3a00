using Pipeline.Model.Contracts;
using Pipeline.Releases.Graphs;

namespace Pipeline.Tests.Releases;

/// <summary>The written-down algorithm, line by line and slow: what <see cref="GraphBuilder"/> must agree with.</summary>
internal static class GraphReference
{
    public static (
        List<(string Version, SortedDictionary<string, string> Facts, string Payload)> Nodes,
        List<(int From, int To)> Edges
    ) Build(ReleaseIndex index, UpdatesDocument updates, GraphScope scope)
    {
        const string prefix = "org.fedoraproject.coreos.";
        var nodes = new List<(string Version, SortedDictionary<string, string> Facts, string Payload)>();
        for (var i = 0; i < index.Releases.Count; i++)
        {
            var release = index.Releases[i];
            string? payload = null;
            if (scope.Oci)
            {
                foreach (var image in release.OciImages ?? [])
                {
                    payload = image.Architecture == scope.Architecture && image.DigestRef is not { Length: 0 } ? image.DigestRef : payload;
                }
            }
            else
            {
                foreach (var commit in release.Commits ?? [])
                {
                    payload = commit.Architecture == scope.Architecture && commit.Checksum is not { Length: 0 } ? commit.Checksum : payload;
                }
            }

            if (payload is null)
            {
                continue;
            }

            var facts = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                [prefix + "releases.age_index"] = $"{i}",
                [prefix + "scheme"] = scope.Oci ? "oci" : "checksum",
            };
            foreach (var entry in updates.Releases)
            {
                if (entry.Version != release.Version)
                {
                    continue;
                }

                if (entry.Metadata.Deadend is { } deadend)
                {
                    facts[prefix + "updates.deadend"] = "true";
                    facts[prefix + "updates.deadend_reason"] = deadend.Text is { Length: 0 } ? "generic" : deadend.Text;
                }

                if (entry.Metadata.Barrier is { } barrier)
                {
                    facts[prefix + "updates.barrier"] = "true";
                    facts[prefix + "updates.barrier_reason"] = barrier.Text is { Length: 0 } ? "generic" : barrier.Text;
                }

                if (entry.Metadata.Rollout is { } rollout)
                {
                    facts[prefix + "updates.rollout"] = "true";
                    if (rollout.StartEpoch is { } start)
                    {
                        facts[prefix + "updates.start_epoch"] = $"{start}";
                    }

                    if (rollout.StartPercentage is { } share)
                    {
                        facts[prefix + "updates.start_value"] = share switch
                        {
                            0.0 => "0",
                            1.0 => "1",
                            _ => $"{(decimal)share}",
                        };
                    }

                    if (rollout.DurationMinutes is { } minutes)
                    {
                        facts[prefix + "updates.duration_minutes"] = $"{minutes}";
                    }
                }
            }

            nodes.Add((release.Version, facts, payload));
        }

        return (nodes, Edges(nodes, prefix));
    }

    private static List<(int From, int To)> Edges(
        List<(string Version, SortedDictionary<string, string> Facts, string Payload)> nodes,
        string prefix
    )
    {
        var all = Enumerable.Range(0, nodes.Count).ToList();
        var rollouts = all.Where(i => nodes[i].Facts.ContainsKey(prefix + "updates.rollout")).ToList();
        var barriers = all.Where(i => nodes[i].Facts.ContainsKey(prefix + "updates.barrier")).ToList();
        var edges = new List<(int, int)>();
        foreach (var t in rollouts.OrderDescending())
        {
            var p = barriers.Where(b => b < t).DefaultIfEmpty(0).Max();
            for (var i = p; i <= t - 1; i++)
            {
                edges.Add((i, t));
            }
        }

        var start = 0;
        foreach (var t in barriers.Order())
        {
            if (!rollouts.Contains(t))
            {
                for (var i = start; i <= t - 1; i++)
                {
                    edges.Add((i, t));
                }
            }

            start = t;
        }

        edges.RemoveAll(e => nodes[e.Item1].Facts.ContainsKey(prefix + "updates.deadend"));
        return edges;
    }
}
