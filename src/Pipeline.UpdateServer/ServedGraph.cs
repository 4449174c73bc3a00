using System.Collections.Frozen;
using System.IO.Compression;
using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Graphs;

namespace Pipeline.UpdateServer;

/// <summary>
/// One graph ready to be served. What a machine sees depends only on which running rollouts are open to it, so the bytes of each
/// combination are made once: a request costs a comparison per running rollout and a lookup.
/// </summary>
internal sealed class ServedGraph
{
    /// <summary>Combinations kept; running rollouts are few and open in order, so real streams need two or three.</summary>
    private const int MostKept = 64;

    private readonly UpdateGraph _graph;
    private readonly (int Node, Rollout Rollout)[] _moving;
    private readonly FrozenDictionary<string, FrozenSet<string>>.AlternateLookup<ReadOnlySpan<char>> _platforms;

    /// <summary>Replaced whole, so that readers need no lock; a walk over a few is faster than a hash.</summary>
    private volatile (ulong Open, FrozenSet<string> Hidden, Answer Answer)[] _answers = [];

    /// <param name="graph">Before any throttling.</param>
    /// <param name="hidden">Platform → versions it is not led to.</param>
    /// <param name="served">Counts what is handed out.</param>
    public ServedGraph(UpdateGraph graph, FrozenDictionary<string, FrozenSet<string>> hidden, Counter served)
    {
        Served = served;
        _graph = graph;
        _platforms = hidden.GetAlternateLookup<ReadOnlySpan<char>>();

        // A rollout with share 1 and no end is open to everyone for ever; only the others are looked at per request.
        _moving =
        [
            .. graph
                .Nodes.Select((n, i) => (Node: i, Rollout: Throttle.RolloutOf(n)))
                .Where(r =>
                    r.Rollout is not null
                    && !(r.Rollout.StartPercentage >= 1 && r.Rollout.DurationMinutes is null && (r.Rollout.StartEpoch ?? 0) <= 0)
                )
                .Select(r => (r.Node, r.Rollout!)),
        ];
    }

    /// <summary>Counts what is handed out.</summary>
    public Counter Served { get; }

    /// <summary>Number of releases.</summary>
    public int Nodes => _graph.Nodes.Count;

    /// <summary>Number of edges before throttling.</summary>
    public int Edges => _graph.Edges.Count;

    /// <summary>What a machine of this wariness and platform sees at <paramref name="now"/>, in seconds since 1970.</summary>
    public Answer For(double wariness, ReadOnlySpan<char> platform, long now)
    {
        var hidden = _platforms.TryGetValue(platform, out var found) ? found : FrozenSet<string>.Empty;
        if (_moving.Length > 64)
        {
            return Make([.. _moving.Where(r => wariness > Throttle.Share(r.Rollout, now)).Select(r => r.Node)], hidden);
        }

        ulong open = 0;
        for (var i = 0; i < _moving.Length; i++)
        {
            if (!(wariness > Throttle.Share(_moving[i].Rollout, now)))
            {
                open |= 1UL << i;
            }
        }

        foreach (var kept in _answers)
        {
            if (kept.Open == open && ReferenceEquals(kept.Hidden, hidden))
            {
                return kept.Answer;
            }
        }

        // Two requests may both make it; one of them is kept, or neither, and the next makes it again.
        var made = Make([.. _moving.Where((_, i) => (open & (1UL << i)) == 0).Select(r => r.Node)], hidden);
        var before = _answers;
        _answers = before.Length < MostKept ? [.. before, (open, hidden, made)] : [(open, hidden, made)];
        return made;
    }

    private Answer Make(HashSet<int> closed, FrozenSet<string> hidden)
    {
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
