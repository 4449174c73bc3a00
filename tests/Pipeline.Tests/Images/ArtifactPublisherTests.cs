using System.IO.Compression;
using Pipeline.Host.Builds;
using Pipeline.Images.Outputs;
using Pipeline.Images.Records;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Images;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>An output with more than one artifact, from the commit to meta.json and back.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ArtifactPublisherTests : IDisposable
{
    private readonly TinyBuild _build = new();

    public void Dispose() => _build.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task All_artifacts_of_an_output_are_published_and_noted(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        var output = new FakeImageOutput("tiny-1");

        var made = await PublishAsync(output, cancellationToken);

        var build = await OpenAsync(cancellationToken);
        var rootfs = Path.Combine(_build.Build, "tiny-1-fake-rootfs.x86_64.img.gz");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Select(a => a.Name), Is.EqualTo(["fake-kernel", "fake-rootfs"]));
            Assert.That(made[0].UncompressedDigest, Is.Null);
            Assert.That(made[1].Path, Is.EqualTo(rootfs));
            Assert.That(made[1].Digest, Is.EqualTo(Digest.Of(await File.ReadAllBytesAsync(rootfs, cancellationToken))));
            Assert.That(made[1].UncompressedDigest, Is.EqualTo(Digest.Of(Unpacked(rootfs))));
            Assert.That(build.Noted("fake-rootfs"), Is.EqualTo(made[1] with { Platform = null }), "the platform table does not know it");
            Assert.That(Made(build, output)!.Select(a => a.Digest), Is.EqualTo(made.Select(a => a.Digest)));
            Assert.That(
                Directory.EnumerateFiles(_build.Build, ".*").Select(Path.GetFileName),
                Is.Empty,
                "no file is left under a temporary name"
            );
        }
    }

    [TestCase("tiny-1-fake-kernel.x86_64")]
    [TestCase("tiny-1-fake-rootfs.x86_64.img.gz")]
    [CancelAfter(60_000)]
    public async Task An_output_is_made_again_when_one_of_its_files_is_gone(string lost, CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        var output = new FakeImageOutput("tiny-1");
        await PublishAsync(output, cancellationToken);

        File.Delete(Path.Combine(_build.Build, lost));

        Assert.That(Made(await OpenAsync(cancellationToken), output), Is.Null);
    }

    [Test, CancelAfter(60_000)]
    public async Task Other_inputs_are_other_artifacts_and_the_old_files_go(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        await PublishAsync(new FakeImageOutput("tiny-1"), cancellationToken);
        var next = new FakeImageOutput("tiny-2", version: 2);

        var before = Made(await OpenAsync(cancellationToken), next);
        await PublishAsync(next, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.Null);
            Assert.That(Directory.EnumerateFiles(_build.Build, "tiny-1-fake-*"), Is.Empty);
            Assert.That(Made(await OpenAsync(cancellationToken), next), Has.Count.EqualTo(2));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_failed_output_leaves_what_was_there(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        var output = new FakeImageOutput("tiny-1");
        var made = await PublishAsync(output, cancellationToken);
        var broken = new ArtifactPublisher(new TestReporter(), TimeProvider.System, await OpenAsync(cancellationToken));

        await Assert.ThatAsync(
            () => broken.PublishAsync(new FakeImageOutput("tiny-2", version: 2), new RefusedSource(), cancellationToken),
            Throws.InstanceOf<InvalidDataException>()
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Made(await OpenAsync(cancellationToken), output)!.Select(a => a.Digest), Is.EqualTo(made.Select(a => a.Digest)));
            Assert.That(Directory.EnumerateFiles(_build.Build, "*tiny-2*"), Is.Empty);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task What_a_killed_run_left_is_removed_and_nothing_else(CancellationToken cancellationToken)
    {
        await _build.MakeAsync(cancellationToken);
        var before = Directory.GetFileSystemEntries(_build.Build);
        var prefix = Path.Combine(_build.Build, $".tiny-{TinyBuild.Id}-live-iso.x86_64.iso.tmp");
        await File.WriteAllTextAsync(prefix, "half", cancellationToken);
        Directory.CreateDirectory(Path.Combine(prefix + ".files", "images", "pxeboot"));
        await File.WriteAllTextAsync(Path.Combine(prefix + ".files", "images", "pxeboot", "vmlinuz"), "k", cancellationToken);
        Directory.CreateDirectory(prefix + ".work");

        new ArtifactPublisher(new TestReporter(), TimeProvider.System, await OpenAsync(cancellationToken)).Sweep();

        Assert.That(Directory.GetFileSystemEntries(_build.Build), Is.EquivalentTo(before));
    }

    private async Task<ValueList<Artifact>> PublishAsync(FakeImageOutput output, CancellationToken cancellationToken)
    {
        var source = new FakeImageSource(_build.File("source"));
        return await new ArtifactPublisher(new TestReporter(), TimeProvider.System, await OpenAsync(cancellationToken)).PublishAsync(
            output,
            source,
            cancellationToken
        );
    }

    private Task<BuildRecords> OpenAsync(CancellationToken cancellationToken) =>
        BuildRecords.OpenAsync(
            new BuildStore(new(_build.Work), TimeProvider.System),
            TinyBuild.Id,
            Arch.X86_64,
            PlatformTable.Known,
            cancellationToken
        );

    private static ValueList<Artifact>? Made(BuildRecords build, FakeImageOutput output) =>
        build.Made(output.Inputs, output.Artifacts.Select(a => (a.Name, a.FileName)));

    private static byte[] Unpacked(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private sealed class RefusedSource : IImageSource
    {
        public Task<Pipeline.Host.Archives.ExtractedCommit> CommitAsync(string directory, CancellationToken cancellationToken) =>
            throw new InvalidDataException("refused");

        public Task<Pipeline.Images.Disks.DiskView> DiskAsync(
            Pipeline.Images.Recipes.DiskRecipe recipe,
            CancellationToken cancellationToken
        ) => throw new InvalidDataException("refused");
    }
}
