using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Images.Formats.Raw;
using Pipeline.Images.Outputs;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Images;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>What holds for every output.</summary>
public abstract class ImageOutputContract
{
    private readonly TemporaryDirectory _directory = new();

    private protected abstract IImageOutput Output { get; }

    [TearDown]
    public void Clean() => _directory.Dispose();

    [Test]
    public void Every_artifact_has_a_name_and_a_file_name_of_its_own()
    {
        var artifacts = Output.Artifacts;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(artifacts, Is.Not.Empty);
            Assert.That(artifacts.Select(a => a.Name), Is.Unique.And.All.Not.Empty);
            Assert.That(
                artifacts.Select(a => a.FileName),
                Is.Unique.And.All.Matches<string>(n => !string.IsNullOrEmpty(n) && n == Path.GetFileName(n))
            );
            Assert.That(artifacts.All(a => a.FileName.EndsWith(CompressionSuffix.Of(a.Compression), StringComparison.Ordinal)), Is.True);
            Assert.That(Output.Inputs.Step, Is.EqualTo($"image-{Output.Name}"));
            Assert.That(Output.Artifacts, Is.EqualTo(artifacts), "a plan does not change");
        }
    }

    [Test]
    public async Task Every_artifact_is_written_and_nothing_else()
    {
        var targets = await MadeAsync("a");

        Assert.That(Directory.EnumerateFileSystemEntries(_directory.File("a")), Is.EquivalentTo(targets));
        Assert.That(targets, Has.Length.EqualTo(Output.Artifacts.Count));
    }

    [Test]
    public async Task Equal_sources_make_equal_bytes()
    {
        var first = await MadeAsync("a");
        var second = await MadeAsync("b");

        Assert.That(second.Select(f => Digest.Of(File.ReadAllBytes(f))), Is.EqualTo(first.Select(f => Digest.Of(File.ReadAllBytes(f)))));
    }

    private async Task<string[]> MadeAsync(string name)
    {
        var directory = Directory.CreateDirectory(_directory.File(name)).FullName;
        var targets = Output.Artifacts.Select((_, i) => Path.Combine(directory, $".{i}.tmp")).ToArray();
        var source = new FakeImageSource(Directory.CreateDirectory(_directory.File($"{name}-source")).FullName);
        await Output.MakeAsync(source, targets, CancellationToken.None);
        return targets;
    }
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DiskOutputTests : ImageOutputContract
{
    private protected override IImageOutput Output
    {
        get
        {
            var recipe = RecipeTableTests.Of(PlatformTable.Known).Require(["metal"], Arch.X86_64)[0];
            var disk = new StepInputs("image-disk", 1, []);
            return new DiskOutput(
                recipe,
                new RawWriter(),
                new("os", "1", "metal", Arch.X86_64, 1_700_000_000),
                DiskOutput.InputsOf(disk, recipe, Compression.Xz, []),
                new("metal", "metal", "os-1-metal.x86_64.raw.xz", Compression.Xz),
                new TestReporter()
            );
        }
    }
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FakeImageOutputTests : ImageOutputContract
{
    private protected override IImageOutput Output { get; } = new FakeImageOutput("os-1");
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LiveOutputTests : ImageOutputContract
{
    private protected override IImageOutput Output { get; } = Live.MadeMedia.Output();
}
