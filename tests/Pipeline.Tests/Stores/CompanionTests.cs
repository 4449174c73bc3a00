using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Stores;

/// <summary>Files beside a build that meta.json does not vouch for, and sizes it cannot mean.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase), CancelAfter(60_000)]
public sealed class CompanionTests : IDisposable
{
    private const string Id = "43.20260901.3.0";
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalObjectStore _store;

    public CompanionTests() => _store = new(_directory.File("store"));

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
    }

    [TestCase("commitmeta.json", 1L << 40)]
    [TestCase("commitmeta.json", 17L << 20)]
    [TestCase($"os-{Id}-qemu.x86_64.qcow2.sig", 2L << 20)]
    public async Task One_of_absurd_size_is_refused_before_it_is_fetched(string name, long size, CancellationToken cancellationToken)
    {
        await PushAsync(cancellationToken);
        await using (var file = new FileStream(PathOf(name), FileMode.Create))
        {
            file.SetLength(size);
        }

        // The digest of a file is that of its bytes; do not make the store read a terabyte of nothing.
        using var store = new Changing(_store, null);
        var e = await FailsAsync(store, cancellationToken);

        Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL6004"), e.Message);
    }

    [Test]
    public async Task One_that_is_another_than_when_the_plan_was_made_is_refused(CancellationToken cancellationToken)
    {
        await PushAsync(cancellationToken);
        using var store = new Changing(_store, "commitmeta.json");

        var e = await FailsAsync(store, cancellationToken);

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL6009")), e.Message);
        Assert.That((await There().ReadIndexAsync(cancellationToken)).Builds, Is.Empty);
    }

    [TestCase("9223372036854775807"), TestCase("1125899906842625")]
    public async Task Absurd_sizes_in_a_meta_are_refused(string size, CancellationToken cancellationToken)
    {
        await PushAsync(cancellationToken);
        var meta = await File.ReadAllTextAsync(PathOf("meta.json"), cancellationToken);
        await File.WriteAllTextAsync(
            PathOf("meta.json"),
            meta.Replace("\"size\": 1000", $"\"size\": {size}", StringComparison.Ordinal),
            cancellationToken
        );

        var e = await FailsAsync(_store, cancellationToken);

        Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL6021"), e.Message);
    }

    [Test]
    public async Task A_build_that_is_listed_twice_is_refused(CancellationToken cancellationToken)
    {
        await PushAsync(cancellationToken);
        await File.WriteAllTextAsync(
            _directory.File("store/builds/builds.json"),
            $$"""{"builds":[{"id":"{{Id}}","arches":["x86_64"]},{"id":"{{Id}}","arches":["x86_64"]}]}""",
            cancellationToken
        );

        var e = await FailsAsync(_store, cancellationToken);

        Assert.That(e.Message, Does.Contain("listed twice"));
    }

    private async Task PushAsync(CancellationToken cancellationToken)
    {
        var here = new BuildStore(new WorkDirectory(_directory.File("here")), TimeProvider.System);
        await TestBuild.MakeAsync(here, Id, Arch.X86_64);
        await TransferRuns.PushAsync(here, _store, new(Id, [Arch.X86_64], []), cancellationToken);
    }

    private Task<PipelineException> FailsAsync(IObjectStore store, CancellationToken cancellationToken) =>
        Assert.ThrowsAsync<PipelineException>(() =>
            TransferRuns.FetchAsync(There(), store, new(Id, [], ["qemu"], false), cancellationToken)
        )!;

    private BuildStore There() => new(new WorkDirectory(_directory.File("there")), TimeProvider.System);

    private string PathOf(string name) => _directory.File($"store/builds/{Id}/x86_64/{name}");

    /// <summary>A store that keeps no digests, and answers another text than it showed before.</summary>
    private sealed class Changing(IObjectStore inner, string? name) : ReadOnlyStore(inner)
    {
        private readonly byte[] _other = "[]\n"u8.ToArray();

        public override async Task<ObjectHead?> HeadAsync(string key, CancellationToken cancellationToken)
        {
            var file = new FileInfo(Path.Combine(Address["file:".Length..], key));
            await Task.CompletedTask;
            return file.Exists ? new(key, file.Length, "tag", null, null, null) : null;
        }

        public override Task<Stream> OpenAsync(string key, long offset, string tag, CancellationToken cancellationToken) =>
            Task.FromResult<Stream>(
                name is not null && key.EndsWith(name, StringComparison.Ordinal)
                    ? new MemoryStream(_other[(int)offset..])
                    : new FileStream(Path.Combine(Address["file:".Length..], key), FileMode.Open, FileAccess.Read) { Position = offset }
            );
    }
}
