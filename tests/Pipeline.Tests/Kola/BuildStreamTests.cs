using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Kola;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Kola;

/// <summary>The stream of a build decides which entries of a denylist apply to it.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BuildStreamTests : IDisposable
{
    private const string Id = "13.20260901.0.0";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("testing", "Skip")]
    [TestCase("stable", "None")]
    [TestCase(null, "None")]
    public async Task An_entry_for_testing_matches_only_builds_composed_for_testing(string? stream, string expected)
    {
        await BuildAsync(stream);
        var test = _directory.File("kola-tests/one");
        Directory.CreateDirectory(Path.GetDirectoryName(test)!);
        await File.WriteAllTextAsync(test, "#!/bin/sh\n");
        File.SetUnixFileMode(test, (UnixFileMode)FileModes.Executable);
        await File.WriteAllTextAsync(
            _directory.File("kola-tests/kola-denylist.yaml"),
            "- pattern: ext.*\n  tracker: https://example.org/1\n  streams: [testing]\n"
        );
        var request = new KolaRequest
        {
            Boot = new() { WorkDirectory = new(_directory.Path), Architecture = Arch.X86_64 },
        };
        var build = await BuildUnderTest.FindAsync(request.Boot, TimeProvider.System, CancellationToken.None);

        var chosen = TestSet.Read(request).Choose(request, build, TimeProvider.System).Single();

        Assert.That(chosen.Denial, Is.EqualTo(Enum.Parse<Denial>(expected)));
    }

    [TestCase("testing", "next", "stable", "testing")]
    [TestCase(null, "next", "stable", "next")]
    [TestCase(null, null, "stable", "stable")]
    [TestCase(null, null, "feature/x", null)]
    [TestCase(null, null, null, null)]
    public void What_the_compose_recorded_decides_then_the_label_then_the_branch(
        string? recorded,
        string? label,
        string? branch,
        string? expected
    )
    {
        var meta = QemuBuild.Meta(Id) with
        {
            OciLabels = label is null ? null : new([new("com.coreos.stream", label)]),
            ConfigGit = branch is null
                ? null
                : new()
                {
                    Origin = "https://example.org/config",
                    Commit = "c",
                    Branch = branch,
                },
        };

        var stream = StreamSource.OfBuild(recorded is null ? null : StreamName.Parse(recorded), meta);

        Assert.That(stream?.ToString(), Is.EqualTo(expected));
    }

    [TestCase("main", false, null)]
    [TestCase("main", true, "main")]
    [TestCase("testing-devel", false, "testing-devel")]
    public void The_branch_of_our_own_build_counts_when_it_is_a_stream(string branch, bool other, string? expected)
    {
        var git = new MetaGit
        {
            Origin = "",
            Commit = "c",
            Branch = branch,
        };
        var meta = QemuBuild.Meta(Id) with { ConfigGit = git, ConfigRevision = "v1", BuilderGit = other ? git : null };

        Assert.That(StreamSource.OfBuild(null, meta)?.ToString(), Is.EqualTo(expected));
    }

    private async Task BuildAsync(string? stream)
    {
        var store = await QemuBuild.MakeAsync(_directory.Path, Id);
        var record = new StepRecord(new StepInputs("compose", 1, []), [], Cached: false, TimeSpan.Zero)
        {
            Stream = stream is null ? null : StreamName.Parse(stream),
        };
        await store.WriteStepAsync(Id, Arch.X86_64, record, CancellationToken.None);
    }
}
