using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Text;
using Pipeline.Releases.Graphs;

namespace Pipeline.UpdateServer;

/// <summary>
/// Counters of the service in Prometheus' text form. Labels come only from configuration and fixed lists, so clients cannot make memory
/// grow.
/// </summary>
internal sealed class GraphMetrics
{
    private readonly long[] _answers = new long[600];
    private readonly ConcurrentDictionary<(string Stream, string Architecture, bool Oci), Counter> _served = new();
    private readonly ConcurrentDictionary<string, (long Good, long Bad, double Last)> _refreshes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Stream, string Architecture, bool Oci), (int Nodes, int Edges)> _graphs = new();
    private readonly byte[] _machines = new byte[4096];

    /// <summary>Counts an answer.</summary>
    public void Answered(int status) => Interlocked.Increment(ref _answers[status]);

    /// <summary>The counter of graphs handed out of a scope; the same one for ever.</summary>
    public Counter ServedOf(string stream, GraphScope scope) => _served.GetOrAdd((stream, scope.Architecture, scope.Oci), _ => new());

    /// <summary>Notes a machine by the hash of its id (HyperLogLog with 4096 registers: about 2 % off, 4 KiB for ever).</summary>
    public void Seen(ulong hash)
    {
        var register = (int)(hash >> 52);
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << 12) | 0x800) + 1);
        if (rank > _machines[register])
        {
            _machines[register] = rank;
        }
    }

    /// <summary>Notes the graphs that are served from now on.</summary>
    public void Loaded(string stream, StreamSnapshot snapshot)
    {
        foreach (var (scope, graph) in snapshot.Graphs)
        {
            _graphs[(stream, scope.Architecture, scope.Oci)] = (graph.Nodes, graph.Edges);
        }
    }

    /// <summary>Notes that a stream was seen good.</summary>
    public void Refreshed(string stream, DateTimeOffset now) =>
        _refreshes.AddOrUpdate(
            stream,
            _ => (1, 0, now.ToUnixTimeMilliseconds() / 1000.0),
            (_, r) => (r.Good + 1, r.Bad, now.ToUnixTimeMilliseconds() / 1000.0)
        );

    /// <summary>Notes that a stream could not be seen.</summary>
    public void RefreshFailed(string stream) => _refreshes.AddOrUpdate(stream, _ => (0, 1, 0), (_, r) => (r.Good, r.Bad + 1, r.Last));

    /// <summary>Everything, in the text form of version 0.0.4.</summary>
    public string Print()
    {
        var text = new StringBuilder();
        Family(
            text,
            "pipeline_graph_answers_total",
            "counter",
            "Answers by status",
            _answers.Index().Where(a => a.Item > 0).Select(a => ($"code=\"{a.Index}\"", (double)a.Item))
        );
        Family(
            text,
            "pipeline_graph_served_total",
            "counter",
            "Graphs handed out",
            _served
                .Where(s => s.Value.Value > 0)
                .OrderBy(s => Labels(s.Key), StringComparer.Ordinal)
                .Select(s => (Labels(s.Key), (double)s.Value.Value))
        );
        Family(
            text,
            "pipeline_graph_nodes",
            "gauge",
            "Releases of a graph",
            _graphs.OrderBy(g => Labels(g.Key), StringComparer.Ordinal).Select(g => (Labels(g.Key), (double)g.Value.Nodes))
        );
        Family(
            text,
            "pipeline_graph_edges",
            "gauge",
            "Edges of a graph before throttling",
            _graphs.OrderBy(g => Labels(g.Key), StringComparer.Ordinal).Select(g => (Labels(g.Key), (double)g.Value.Edges))
        );
        var refreshes = _refreshes.OrderBy(r => r.Key, StringComparer.Ordinal).ToArray();
        Family(
            text,
            "pipeline_graph_refreshes_total",
            "counter",
            "Looks at the store",
            refreshes.SelectMany(r =>
                ((string, double)[])
                    [($"stream=\"{r.Key}\",result=\"good\"", r.Value.Good), ($"stream=\"{r.Key}\",result=\"failed\"", r.Value.Bad)]
            )
        );
        Family(
            text,
            "pipeline_graph_last_refresh_timestamp_seconds",
            "gauge",
            "When the store was last seen good",
            refreshes.Select(r => ($"stream=\"{r.Key}\"", r.Value.Last))
        );
        Family(text, "pipeline_graph_machines", "gauge", "Different machines seen since the start, estimated", [("", Machines())]);
        Family(text, "process_cpu_seconds_total", "counter", "User and system time", [("", Environment.CpuUsage.TotalTime.TotalSeconds)]);
        Family(text, "process_resident_memory_bytes", "gauge", "Resident memory", [("", Environment.WorkingSet)]);
        return text.ToString();
    }

    /// <summary>The estimate of different machines.</summary>
    internal double Machines()
    {
        var registers = _machines.Length;
        var sum = _machines.Sum(r => Math.Pow(2, -r));
        var raw = 0.7213 / (1 + (1.079 / registers)) * registers * registers / sum;
        var empty = _machines.Count(r => r == 0);
        return Math.Round(raw <= 2.5 * registers && empty > 0 ? registers * Math.Log(registers / (double)empty) : raw);
    }

    private static string Labels((string Stream, string Architecture, bool Oci) scope) =>
        $"stream=\"{scope.Stream}\",basearch=\"{scope.Architecture}\",scheme=\"{(scope.Oci ? "oci" : "checksum")}\"";

    private static void Family(
        StringBuilder text,
        string name,
        string kind,
        string help,
        IEnumerable<(string Labels, double Value)> samples
    )
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n");
        foreach (var (labels, value) in samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value:0.###}\n");
        }
    }
}

/// <summary>A number that many threads make larger by one.</summary>
internal sealed class Counter
{
    private long _value;

    /// <summary>How often it was counted.</summary>
    public long Value => Volatile.Read(ref _value);

    /// <summary>Counts once.</summary>
    public void Add() => Interlocked.Increment(ref _value);
}
