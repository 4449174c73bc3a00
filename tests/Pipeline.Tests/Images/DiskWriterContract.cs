using Pipeline.Host.Files;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats;
using Pipeline.Images.Formats.Raw;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit.Images;
using Pipeline.Tests.Provisioning;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>What holds for every disk writer.</summary>
public abstract class DiskWriterContract
{
    private const int MiB = 1 << 20;
    private const int Patience = 120_000;

    private protected static readonly DiskFacts Facts = new("os", "1.20231114.0", "metal", Arch.X86_64, 1_700_000_000);

    private protected TemporaryDirectory Files { get; } = new();

    private protected abstract IDiskWriter Writer { get; }

    /// <summary>Turns what the writer wrote into a raw disk again, by another program than the writer where there is one.</summary>
    protected abstract Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken);

    [TearDown]
    public void Clean() => Files.Dispose();

    [Test, CancelAfter(Patience)]
    public async Task The_disk_comes_back_with_its_size_and_every_byte(CancellationToken cancellationToken)
    {
        var disk = Disk();

        Write(disk, "image");
        await ReadBackAsync(Files.File("image"), Files.File("back"), cancellationToken);

        Assert.That(Content(Files.File("back")), Is.EqualTo(Content(disk)));
    }

    [TestCase(1), TestCase(2), CancelAfter(Patience)]
    public async Task Any_disk_comes_back(int seed, CancellationToken cancellationToken)
    {
        var dice = new Dice(seed);
        var disk = Files.File("disk.raw");
        var size = (long)(3 + dice.Next(30)) * MiB;
        SparseFile.SetLength(disk, size);
        for (var i = dice.Next(20); i > 0; i--)
        {
            var bytes = new byte[1 + dice.Next(300_000)];
            for (var b = 0; b < bytes.Length; b += 1 + dice.Next(200))
            {
                bytes[b] = (byte)dice.Next(256);
            }

            SparseFile.Write(disk, dice.Next((int)size - bytes.Length), bytes);
        }

        Write(disk, "image");
        await ReadBackAsync(Files.File("image"), Files.File("back"), cancellationToken);

        Assert.That(Content(Files.File("back")), Is.EqualTo(Content(disk)));
    }

    [Test, CancelAfter(Patience)]
    public async Task A_disk_of_zeros_comes_back(CancellationToken cancellationToken)
    {
        var disk = Files.File("disk.raw");
        SparseFile.SetLength(disk, 5 * MiB);

        Write(disk, "image");
        await ReadBackAsync(Files.File("image"), Files.File("back"), cancellationToken);

        Assert.That(Content(Files.File("back")), Is.EqualTo(Content(disk)));
    }

    [Test]
    public async Task Equal_disks_make_equal_files_wherever_their_holes_are()
    {
        var disk = Disk();
        var full = Files.File("full.raw");
        await File.WriteAllBytesAsync(full, await File.ReadAllBytesAsync(disk));

        Write(disk, "first");
        Write(full, "second");

        Assert.That(Content(Files.File("second")), Is.EqualTo(Content(Files.File("first"))));
    }

    [Test]
    public void A_disk_put_together_from_files_makes_the_file_of_the_whole_disk()
    {
        var disk = Disk();
        var (even, odd) = (Files.File("even.raw"), Files.File("odd.raw"));
        File.Copy(disk, even);
        File.Copy(disk, odd);
        var ranges = Enumerable.Range(0, 16).Select(i => ((long)i * MiB, (i + 1L) * MiB, i % 2 == 0 ? even : odd));
        foreach (var i in Enumerable.Range(0, 16))
        {
            SparseFile.Write(i % 2 == 0 ? odd : even, (long)i * MiB, new byte[] { 0xEE }); // not part of the disk
        }

        Write(disk, "first");
        using (var view = DiskView.Compose(16 * MiB, ranges, () => { }))
        {
            Write(view, "second", CancellationToken.None);
        }

        Assert.That(Content(Files.File("second")), Is.EqualTo(Content(Files.File("first"))));
    }

    [Test]
    public void The_source_stays_as_it_is_and_what_was_announced_is_written()
    {
        var disk = Disk();
        var before = Content(disk);

        var (written, announced) = Write(disk, "image");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Content(disk), Is.EqualTo(before));
            Assert.That(new FileInfo(Files.File("image")).Length, Is.EqualTo(written));
            Assert.That(announced ?? written, Is.EqualTo(written));
            Assert.That(
                Directory.EnumerateFiles(Files.Path).Select(Path.GetFileName),
                Is.EquivalentTo(["disk.raw", "image"]),
                "and nothing else is left behind"
            );
        }
    }

    [Test]
    public void A_cancelled_write_ends_as_cancelled()
    {
        using var view = DiskView.Open(Disk());

        Assert.That(() => Write(view, "image", new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    private protected (long Written, long? Announced) Write(string disk, string name)
    {
        using var view = DiskView.Open(disk);
        return Write(view, name, CancellationToken.None);
    }

    private protected (long Written, long? Announced) Write(DiskView disk, string name, CancellationToken cancellationToken)
    {
        using var target = new FileImage(Files.File(name));
        Writer.Write(disk, Facts, target, cancellationToken);
        var (size, digest) = target.Finish();
        Assert.That((size.Bytes, digest), Is.EqualTo(Content(Files.File(name))), "size and digest are those of the file");
        return (size.Bytes, target.Announced);
    }

    /// <summary>16 MiB with data in the first sector, across a cluster's border, and in the last byte.</summary>
    private protected string Disk()
    {
        var disk = Files.File("disk.raw");
        SparseFile.SetLength(disk, 16 * MiB);
        SparseFile.Write(disk, 0, [1, 2, 3]);
        SparseFile.Write(disk, (4 * MiB) - 7, Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31 % 256)).ToArray());
        SparseFile.Write(disk, (16 * MiB) - 1, [0xFF]);
        return disk;
    }

    private protected static (long, Digest) Content(string file) => (new FileInfo(file).Length, Digest.Of(File.ReadAllBytes(file)));
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
    public void Holes_stay_holes()
    {
        SparseFile.SetLength(Files.File("disk"), 64 << 20);
        SparseFile.Write(Files.File("disk"), 32 << 20, [1]);

        Write(Files.File("disk"), "copy");

        Assert.That(SparseFile.Stored(Files.File("copy")), Is.LessThan(1 << 20));
    }
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FakeDiskWriterTests : DiskWriterContract
{
    private protected override IDiskWriter Writer { get; } = new FakeDiskWriter(DiskFormat.Vmdk);

    protected override Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken) =>
        FakeDiskWriter.ReadBackAsync(file, raw, cancellationToken);
}
