using Pipeline.Host.Net.Objects;
using Pipeline.TestKit;

namespace Pipeline.Tests.UpdateServer;

/// <summary>Stores that hang and documents that make no graph.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HostileStoreTests : IDisposable
{
    private readonly GraphStore _stream = new();

    public void Dispose() => _stream.Dispose();

    [SetUp]
    public Task PublishARelease()
    {
        _stream.Release("43.20260101.3.0", "x86_64");
        return _stream.PublishAsync();
    }

    [Test, CancelAfter(60_000)]
    public async Task A_service_stops_in_its_time_while_the_store_hangs_inside_a_call(CancellationToken cancellationToken)
    {
        using var store = new HangingStore(_stream.Store);
        var service = await _stream.ServeAsync(
            store,
            o => o with { Refresh = TimeSpan.FromMilliseconds(20), Drain = TimeSpan.FromMilliseconds(200) }
        );
        store.Hang();
        await store.Hung.WaitAsync(cancellationToken);

        await Assert.ThatAsync(() => service.DisposeAsync().AsTask().WaitAsync(cancellationToken), Throws.Nothing);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_look_that_hangs_is_given_up_reported_and_not_repeated_before_it_comes_back(CancellationToken cancellationToken)
    {
        using var store = new HangingStore(_stream.Store);
        await using var service = await _stream.ServeAsync(store, o => o with { RefreshLimit = TimeSpan.FromSeconds(2) });
        store.Hang();
        await service.RefreshAsync(cancellationToken);
        var once = store.Calls;
        await service.RefreshAsync(cancellationToken);
        var twice = store.Calls;
        store.Release();
        while (!_stream.Reporter.Lines.Any(l => l.Contains("refreshed again", StringComparison.Ordinal)))
        {
            await service.RefreshAsync(cancellationToken);
        }

        Assert.That(twice, Is.EqualTo(once));
        Assert.That(_stream.Reporter.Lines.Count(l => l.Contains("PL6040", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase("43.20260101.3.0", "twice")]
    [TestCase("43.2026\\u001b[2J", "not printable")]
    [TestCase("43.2026\\u202e", "not printable")]
    [TestCase("", "not printable")]
    public async Task Versions_that_make_no_graph_are_refused(string version, string why)
    {
        await using var service = await _stream.ServeAsync();
        _stream.Release("43.20260201.3.0", "x86_64");
        await _stream.WriteAsync(
            "prod/streams/stable/releases.json",
            _stream.Index().Replace("43.20260201.3.0\",\"metadata", $"{version}\",\"metadata", StringComparison.Ordinal)
        );

        await service.RefreshAsync(CancellationToken.None);

        Assert.That(
            _stream.Reporter.Lines.Single(l => l.Contains("PL6040", StringComparison.Ordinal)),
            Does.Contain(why).And.Not.Contain("\u001b")
        );
    }

    /// <summary>A store whose calls, once told so, do not come back: not even with a task, and whatever is cancelled.</summary>
    private sealed class HangingStore(IObjectStore inner) : ReadOnlyStore(inner)
    {
        private volatile TaskCompletionSource? _go;
        private readonly TaskCompletionSource _hung = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _calls;

        public Task Hung => _hung.Task;

        public int Calls => Volatile.Read(ref _calls);

        public void Hang() => _go = new();

        public void Release() => _go?.TrySetResult();

        public override Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken)
        {
            Wait();
            return base.HeadAsync(key, cancellationToken);
        }

        public override Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken)
        {
            Wait();
            return base.ReadAsync(key, limit, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            Release();
            base.Dispose(disposing);
        }

        private void Wait()
        {
            Interlocked.Increment(ref _calls);
            if (_go is { Task.IsCompleted: false } go)
            {
                _hung.TrySetResult();
                go.Task.GetAwaiter().GetResult();
            }
        }
    }
}
