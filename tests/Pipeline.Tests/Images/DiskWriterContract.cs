using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats;
using Pipeline.Images.Formats.Qcow2;
using Pipeline.Images.Formats.Raw;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit.Images;

namespace Pipeline.Tests.Images;

/// <summary>What holds for every disk writer.</summary>
public abstract class DiskWriterContract
{
    private readonly TemporaryDirectory _directory = new();

    private protected abstract IDiskWriter Writer { get; }

    /// <summary>Turns what the writer wrote into a raw disk again, by another program than the writer where there is one.</summary>
    protected abstract Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken);

    [TearDown]
    public void Clean() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task The_disk_comes_back_with_its_size_and_every_byte(CancellationToken cancellationToken)
    {
        var disk = Disk();

        await Writer.WriteAsync(disk, _directory.File("image"), cancellationToken);
        await ReadBackAsync(_directory.File("image"), _directory.File("back"), cancellationToken);

        Assert.That(Content(_directory.File("back")), Is.EqualTo(Content(disk)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Equal_disks_make_equal_files_wherever_their_holes_are(CancellationToken cancellationToken)
    {
        var disk = Disk();
        var full = _directory.File("full.raw");
        await File.WriteAllBytesAsync(full, await File.ReadAllBytesAsync(disk, cancellationToken), cancellationToken);

        await Writer.WriteAsync(disk, _directory.File("first"), cancellationToken);
        await Writer.WriteAsync(full, _directory.File("second"), cancellationToken);

        Assert.That(Content(_directory.File("second")), Is.EqualTo(Content(_directory.File("first"))));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_source_stays_as_it_is(CancellationToken cancellationToken)
    {
        var disk = Disk();
        var before = Content(disk);

        await Writer.WriteAsync(disk, _directory.File("image"), cancellationToken);

        Assert.That(Content(disk), Is.EqualTo(before));
        Assert.That(
            Directory.EnumerateFiles(_directory.Path).Select(Path.GetFileName),
            Is.EquivalentTo(["disk.raw", "image"]),
            "and nothing else is left behind"
        );
    }

    [Test]
    public void A_cancelled_write_ends_as_cancelled()
    {
        var disk = Disk();

        Assert.That(
            async () => await Writer.WriteAsync(disk, _directory.File("image"), new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>()
        );
    }

    /// <summary>16 MiB with data in the first sector, across a cluster's border, and in the last byte.</summary>
    private string Disk()
    {
        var disk = _directory.File("disk.raw");
        SparseFile.SetLength(disk, 16 << 20);
        SparseFile.Write(disk, 0, [1, 2, 3]);
        SparseFile.Write(disk, (4 << 20) - 7, Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31 % 256)).ToArray());
        SparseFile.Write(disk, (16 << 20) - 1, [0xFF]);
        return disk;
    }

    private static (long, Digest) Content(string file) => (new FileInfo(file).Length, Digest.Of(File.ReadAllBytes(file)));
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RawWriterTests : DiskWriterContract
{
    private protected override IDiskWriter Writer { get; } = new RawWriter();

    protected override Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken)
    {
        File.Copy(file, raw);
        return Task.CompletedTask;
    }

    [Test]
    public async Task Holes_stay_holes()
    {
        using var directory = new TemporaryDirectory();
        SparseFile.SetLength(directory.File("disk"), 64 << 20);
        SparseFile.Write(directory.File("disk"), 32 << 20, [1]);

        await Writer.WriteAsync(directory.File("disk"), directory.File("copy"), CancellationToken.None);

        Assert.That(SparseFile.Stored(directory.File("copy")), Is.LessThan(1 << 20));
    }
}

[TestFixture(false), TestFixture(true), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class Qcow2WriterTests(bool compressed) : DiskWriterContract
{
    private readonly ToolRunner _tools = new();

    private protected override IDiskWriter Writer { get; } = new Qcow2Writer(new ToolRunner(), compressed);

    protected override Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken) =>
        _tools.RunAsync(new("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", file, raw]), cancellationToken);
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FakeDiskWriterTests : DiskWriterContract
{
    private protected override IDiskWriter Writer { get; } = new FakeDiskWriter(DiskFormat.Vmdk);

    protected override Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken) =>
        FakeDiskWriter.ReadBackAsync(file, raw, cancellationToken);
}
