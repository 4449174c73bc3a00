using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;

namespace Pipeline.GraphServer;

/// <summary>
/// One graph ready to be served. What a machine sees depends only on which running rollouts are open to it, so the bytes of each
/// combination are made once: a request costs a comparison per running rollout and a lookup.
/// </summary>
internal sealed class ServedGraph
{
    /// <summary>Combinations kept; running rollouts are few and open in order, so real streams need two or three.</summary>
    private const int MostKept = 256;

    private readonly UpdateGraph _graph;
    private readonly (int Node, Rollout Rollout)[] _moving;
    private readonly FrozenDictionary<string, FrozenSet<string>> _hidden;
    private readonly ConcurrentDictionary<(ulong Open, string Platform), Answer> _answers = new();

    /// <param name="graph">Before any throttling.</param>
    /// <param name="hidden">Platform → versions it is not led to.</param>
    public ServedGraph(UpdateGraph graph, FrozenDictionary<string, FrozenSet<string>> hidden)
    {
        _graph = graph;
        _hidden = hidden;

        // A rollout with share 1 and no end is open to everyone for ever; only the others are looked at per request.
        _moving = [.. graph.Nodes.Select((n, i) => (Node: i, Rollout: Throttle.RolloutOf(n)))
            .Where(r => r.Rollout is not null && !(r.Rollout.StartPercentage >= 1 && r.Rollout.DurationMinutes is null && (r.Rollout.StartEpoch ?? 0) <= 0))
            .Select(r => (r.Node, r.Rollout!))];
    }

    /// <summary>Number of releases.</summary>
    public int Nodes => _graph.Nodes.Count;

    /// <summary>Number of edges before throttling.</summary>
    public int Edges => _graph.Edges.Count;

    /// <summary>What a machine of this wariness and platform sees at <paramref name="now"/>, in seconds since 1970.</summary>
    public Answer For(double wariness, string? platform, long now)
    {
        var at = platform is not null && _hidden.ContainsKey(platform) ? platform : "";
        if (_moving.Length > 64)
        {
            return Make([.. _moving.Where(r => wariness > Throttle.Share(r.Rollout, now)).Select(r => r.Node)], at);
        }

        ulong open = 0;
        for (var i = 0; i < _moving.Length; i++)
        {
            if (!(wariness > Throttle.Share(_moving[i].Rollout, now)))
            {
                open |= 1UL << i;
            }
        }

        if (_answers.TryGetValue((open, at), out var kept))
        {
            return kept;
        }

        if (_answers.Count >= MostKept)
        {
            _answers.Clear();
        }

        var made = Make([.. _moving.Where((_, i) => (open & (1UL << i)) == 0).Select(r => r.Node)], at);
        _answers[(open, at)] = made;
        return made;
    }

    private Answer Make(HashSet<int> closed, string platform)
    {
        var hidden = _hidden.GetValueOrDefault(platform, FrozenSet<string>.Empty);
        var edges = _graph.Edges.Where(e => !closed.Contains(e.To) && !hidden.Contains(_graph.Nodes[e.To].Version));
        return new(Encoding.UTF8.GetBytes(GraphBuilder.Print(_graph with { Edges = edges.ToValueList() })));
    }
}

/// <summary>The bytes of an answer, plain and packed; the packed ones are made when a client first takes them.</summary>
/// <param name="plain">JSON.</param>
internal sealed class Answer(byte[] plain)
{
    private readonly Lazy<byte[]> _packed = new(() =>
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            gzip.Write(plain);
        }

        return packed.ToArray();
    });

    /// <summary>JSON.</summary>
    public byte[] Plain => plain;

    /// <summary>The same, gzipped.</summary>
    public byte[] Packed => _packed.Value;
}
