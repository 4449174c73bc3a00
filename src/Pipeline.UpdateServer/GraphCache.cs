using System.Collections.Frozen;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Output;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.UpdateServer;

/// <summary>
/// The streams as they were last seen whole in the store. A stream is replaced only by documents that belong together and are good;
/// whatever goes wrong, the last good ones stay.
/// </summary>
internal sealed class GraphCache(
    IObjectStore store,
    GraphServiceOptions options,
    TimeProvider time,
    IReporter reporter,
    GraphMetrics metrics
)
{
    private const int MostTries = 5;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private readonly HashSet<string> _failing = new(StringComparer.Ordinal);

    /// <summary>What is served; a walk over a few streams is faster than a hash.</summary>
    private readonly Served[] _streams = [.. options.Streams.Distinct(StringComparer.Ordinal).Select(s => new Served(s))];

    /// <summary>Whether every stream has been seen whole at least once.</summary>
    public bool IsReady => Array.TrueForAll(_streams, s => s.Snapshot is not null);

    /// <summary>Whether the service serves this stream at all, and the stream as last seen, <c>null</c> before the first time.</summary>
    public bool TryFind(ReadOnlySpan<char> stream, out StreamSnapshot? snapshot)
    {
        foreach (var served in _streams)
        {
            if (stream.SequenceEqual(served.Name))
            {
                snapshot = served.Snapshot;
                return true;
            }
        }

        snapshot = null;
        return false;
    }

    /// <summary>Looks at the store until cancelled. The first look is the caller's.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Refresh, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await RefreshAsync(cancellationToken);
        }
    }

    /// <summary>One look at every stream; failures are reported once and counted, never thrown.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => Task.WhenAll(_streams.Select(s => RefreshAsync(s, cancellationToken)));

    private async Task RefreshAsync(Served served, CancellationToken cancellationToken)
    {
        var stream = served.Name;
        using var clock = new CancellationTokenSource(options.RefreshLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            if (await LookAsync(served, both.Token) is { } next)
            {
                served.Snapshot = next;
                metrics.Loaded(stream, next);
            }

            metrics.Refreshed(stream, time.GetUtcNow());
            lock (_failing)
            {
                if (_failing.Remove(stream))
                {
                    reporter.Note($"stream '{stream}' is refreshed again");
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // whatever a store or a document does, what is served stays served
        catch (Exception e)
#pragma warning restore CA1031
        {
            metrics.RefreshFailed(stream);
            lock (_failing)
            {
                if (_failing.Add(stream))
                {
                    reporter.Report(UpdateServerDiagnostics.RefreshFailed(stream, Reason(e), served.Snapshot is not null));
                }
            }
        }
    }

    /// <summary>
    /// One look, for no longer than the caller waits: a store that hangs inside a call is left to itself, and not asked again before it
    /// answers.
    /// </summary>
    private async Task<StreamSnapshot?> LookAsync(Served served, CancellationToken cancellationToken)
    {
        if (served.Looking is { IsCompleted: false } earlier)
        {
            // One that was given up just now may be on its way back.
            await Task.WhenAny(earlier, Task.Delay(Grace, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (served.Looking is { IsCompleted: false })
        {
            throw new PipelineException(UpdateServerDiagnostics.StillReading(served.Name));
        }

        var looking = Task.Run(() => LoadAsync(served.Name, served.Snapshot?.Mark, cancellationToken), cancellationToken);
        served.Looking = looking;
        return await looking.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Reads both documents, and the first one's tag again: it was the same before and after, so the two were there together.
    /// </summary>
    private async Task<StreamSnapshot?> LoadAsync(string stream, string? mark, CancellationToken cancellationToken)
    {
        string[] keys = [$"prod/streams/{stream}/releases.json", $"updates/{stream}.json", $"updates/{stream}.platforms.json"];
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (mark is not null && await MarkAsync(keys, cancellationToken) == mark)
            {
                return null;
            }

            var index = await ReadAsync(keys[0], cancellationToken);
            var updates = await ReadAsync(keys[1], cancellationToken);
            var platforms = options.PlatformEdges ? await store.ReadAsync(keys[2], ObjectDocuments.Limit, cancellationToken) : null;
            var read = $"{index.Tag} {updates.Tag} {platforms?.Tag}";
            if (await MarkAsync(keys, cancellationToken) == read)
            {
                return Snapshot(stream, keys, index, updates, platforms, read);
            }
        }

        throw new PipelineException(UpdateServerDiagnostics.Unsettled(stream));
    }

    private StreamSnapshot Snapshot(
        string stream,
        string[] keys,
        ObjectContent index,
        ObjectContent updates,
        ObjectContent? platforms,
        string mark
    )
    {
        var releases = Parse<ReleaseIndex>(keys[0], index.Bytes);
        var rollouts = Parse<UpdatesDocument>(keys[1], updates.Bytes);
        RequireVersions(keys[0], releases.Releases.Select(r => r.Version));
        RequireVersions(keys[1], rollouts.Releases.Select(r => r.Version));
        foreach (var (key, name) in ((string, string)[])[(keys[0], releases.Stream), (keys[1], rollouts.Stream)])
        {
            if (name != stream)
            {
                throw new PipelineException(UpdateServerDiagnostics.OtherStream(key, stream, name));
            }
        }

        return new(releases, rollouts, HiddenOf(keys[2], platforms), mark, scope => metrics.ServedOf(stream, scope));
    }

    /// <summary>Machines take a version for a name: two releases of one name, or a name that cannot be printed, make no graph.</summary>
    private static void RequireVersions(string key, IEnumerable<string> versions)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in versions)
        {
            if (version.Length is 0 or > 128 || version.Any(c => c is <= ' ' or >= '\x7f'))
            {
                throw new PipelineException(UpdateServerDiagnostics.BadVersion(key, version));
            }

            if (!seen.Add(version))
            {
                throw new PipelineException(UpdateServerDiagnostics.TwiceTheVersion(key, version));
            }
        }
    }

    private static T Parse<T>(string key, ReadOnlyMemory<byte> utf8)
        where T : ContractRecord
    {
        var problems = new DiagnosticBag();
        var document = Contract.Read<T>(key, utf8, problems);
        problems.ThrowIfErrors();
        return document?.Value ?? throw new PipelineException(ContractDiagnostics.NoDocument(key, typeof(T).Name));
    }

    private static FrozenDictionary<string, FrozenSet<string>> HiddenOf(string key, ObjectContent? platforms)
    {
        if (platforms is null)
        {
            return FrozenDictionary<string, FrozenSet<string>>.Empty;
        }

        var problems = new DiagnosticBag();
        var root = JsonText.Parse(key, platforms.Bytes, problems) as JsonTextObject;
        problems.ThrowIfErrors();
        var pairs = new List<(string Platform, string Version)>();
        foreach (
            var item in (
                root?.Find("hidden") as JsonTextArray ?? throw new PipelineException(UpdateServerDiagnostics.BadPlatforms(key))
            ).Items
        )
        {
            if (
                item is not JsonTextObject o
                || !o.TryFind<JsonTextString>("version", out var version)
                || !o.TryFind<JsonTextArray>("platforms", out var names)
                || names.Items.Any(n => n is not JsonTextString)
            )
            {
                throw new PipelineException(UpdateServerDiagnostics.BadPlatforms(key));
            }

            pairs.AddRange(names.Items.Cast<JsonTextString>().Select(n => (n.Value, version.Value)));
        }

        return pairs
            .GroupBy(p => p.Platform, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.Select(p => p.Version).ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private async Task<string> MarkAsync(string[] keys, CancellationToken cancellationToken)
    {
        var heads = new List<string?>();
        for (var i = 0; i < (options.PlatformEdges ? 3 : 2); i++)
        {
            heads.Add((await store.HeadAsync(keys[i], cancellationToken))?.Tag);
        }

        return $"{heads[0]} {heads[1]} {(heads.Count > 2 ? heads[2] : null)}";
    }

    private async Task<ObjectContent> ReadAsync(string key, CancellationToken cancellationToken) =>
        await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken)
        ?? throw new PipelineException(ObjectDiagnostics.Missing(store.Address, key));

    private sealed class Served(string name)
    {
        private volatile StreamSnapshot? _snapshot;

        public string Name => name;

        /// <summary>The last look at the store; it may still go on.</summary>
        public Task? Looking { get; set; }

        public StreamSnapshot? Snapshot
        {
            get => _snapshot;
            set => _snapshot = value;
        }
    }

    private static string Reason(Exception e) => TerminalText.Shorten(e is PipelineException p ? p.Diagnostics[0].Message : e.Message, 300);
}
