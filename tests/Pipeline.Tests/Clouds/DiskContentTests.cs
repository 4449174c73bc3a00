using System.IO.Compression;
using Pipeline.Clouds.Disks;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Clouds;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DiskContentTests : IDisposable
{
    private const int Size = (6 * DiskContent.BlockSize) + 4096;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("disk.raw")]
    [TestCase("disk.raw.gz")]
    [TestCase("disk.raw.xz")]
    [TestCase("disk.vmdk")]
    [TestCase("disk.vmdk.gz")]
    public void The_blocks_of_a_disk_are_those_that_hold_something(string name)
    {
        var disk = Bytes();
        var plain = name.Contains("vmdk", StringComparison.Ordinal) ? TestVmdk.Of(disk) : disk;
        File.WriteAllBytes(_directory.File(name), Packed(plain, Path.GetExtension(name)));

        var content = DiskContent.Open(_directory.File(name), null);

        Assert.That(content.Size.Bytes, Is.EqualTo(Size));
        Assert.That(Read(content), Is.EqualTo(Expected(disk)));
    }

    [Test]
    public void Holes_are_left_out()
    {
        using (var file = File.Create(_directory.File("disk.raw")))
        {
            file.SetLength(1L << 40);
            file.Position = (1L << 39) + 5;
            file.WriteByte(9);
        }

        var blocks = Read(DiskContent.Open(_directory.File("disk.raw"), null));

        Assert.That(blocks.Keys, Is.EqualTo([1 << 20]));
    }

    [Test]
    public void A_compressed_disk_of_another_size_than_recorded_is_an_error([Values(Size - 1, Size + 1)] long recorded)
    {
        File.WriteAllBytes(_directory.File("disk.raw.gz"), Packed(Bytes(), ".gz"));
        var content = DiskContent.Open(_directory.File("disk.raw.gz"), ByteSize.FromBytes(recorded));

        Assert.That(() => Read(content), Throws.TypeOf<PipelineException>().With.Message.Contains("PL6068"));
    }

    [Test]
    public void A_vmdk_that_was_cut_anywhere_is_an_error()
    {
        var vmdk = TestVmdk.Of(Bytes());
        using (Assert.EnterMultipleScope())
        {
            for (var length = 512; length < vmdk.Length; length += 512)
            {
                File.WriteAllBytes(_directory.File("disk.vmdk"), vmdk[..length]);
                var content = DiskContent.Open(_directory.File("disk.vmdk"), null);
                Assert.That(() => Read(content), Throws.TypeOf<PipelineException>().With.Message.Contains("PL6068"), $"{length}");
            }
        }
    }

    [TestCase(0, "out of place", Description = "grains that go back")]
    [TestCase(long.MaxValue / 512 * 512 / 1024, "out of place", Description = "beyond the end")]
    [TestCase(-1, "out of place", Description = "before the beginning")]
    [TestCase(1, "out of place", Description = "between grains")]
    public void A_grain_that_is_out_of_place_is_an_error(long sector, string message)
    {
        File.WriteAllBytes(_directory.File("disk.vmdk"), TestVmdk.Of(Bytes(), (2, sector)));
        var content = DiskContent.Open(_directory.File("disk.vmdk"), null);

        Assert.That(() => Read(content), Throws.TypeOf<PipelineException>().With.Message.Contains(message));
    }

    [TestCase(8, 0, "not a stream-optimised")]
    [TestCase(77, 0, "not a stream-optimised")]
    [TestCase(19, 0x7f, "impossible sizes")]
    [TestCase(20, 3, "impossible sizes")]
    [TestCase(71, 0x7f, "impossible sizes")]
    public void A_header_that_cannot_be_is_an_error(int at, byte value, string message)
    {
        var vmdk = TestVmdk.Of(Bytes());
        vmdk[at] = value;
        if (at == 8)
        {
            vmdk[10] = 0;
        }

        File.WriteAllBytes(_directory.File("disk.vmdk"), vmdk);

        Assert.That(() => DiskContent.Open(_directory.File("disk.vmdk"), null), Throws.Exception.With.Message.Contains(message));
    }

    [Test]
    public async Task An_artifact_that_is_not_what_its_build_records_is_refused()
    {
        await File.WriteAllBytesAsync(_directory.File("disk.raw"), Bytes());
        var artifact = new Artifact
        {
            Name = "aws",
            Path = _directory.File("disk.raw"),
            Size = ByteSize.FromBytes(Size),
            Digest = Digest.Of(Bytes()),
        };

        Assert.That((await DiskContent.OpenAsync(artifact, CancellationToken.None)).Size.Bytes, Is.EqualTo(Size));
        await File.WriteAllBytesAsync(_directory.File("disk.raw"), Bytes()[..^512]);
        await Assert.ThatAsync(
            () => DiskContent.OpenAsync(artifact, CancellationToken.None),
            Throws.TypeOf<PipelineException>().With.Property(nameof(PipelineException.Exit)).EqualTo(ExitClass.Refused)
        );
    }

    /// <summary>The disk of these tests: something in blocks 0, 2 and in the last, which is shorter.</summary>
    private static byte[] Bytes()
    {
        var disk = new byte[Size];
        disk[3] = 1;
        disk[(2 * DiskContent.BlockSize) + (200 << 10)] = 2;
        disk[(3 * DiskContent.BlockSize) - 1] = 3;
        disk[Size - 1] = 4;
        return disk;
    }

    private static byte[] Packed(byte[] plain, string suffix)
    {
        if (suffix == ".xz")
        {
            return Xz.Compress(plain);
        }

        if (suffix != ".gz")
        {
            return plain;
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return packed.ToArray();
    }

    private static Dictionary<int, string> Expected(byte[] disk)
    {
        Array.Resize(ref disk, 7 * DiskContent.BlockSize);
        return new[] { 0, 2, 6 }.ToDictionary(n => n, n => Digest.Of(disk.AsSpan(n * DiskContent.BlockSize, DiskContent.BlockSize)).Hex);
    }

    private static Dictionary<int, string> Read(DiskContent content)
    {
        var found = new Dictionary<int, string>();
        foreach (var block in content.Blocks())
        {
            found.Add(block.Index, Digest.Of(block.Data.Span).Hex);
            block.Return();
        }

        return found;
    }
}
