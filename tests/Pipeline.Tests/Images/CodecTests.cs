using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Packing;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.Tests.Provisioning;

namespace Pipeline.Tests.Images;

/// <summary>The formats' own programs read what is compressed here.</summary>
[TestFixture(Compression.Xz, "xz -dc FILE", "xz -t FILE")]
[TestFixture(Compression.Gzip, "gzip -dc FILE", "gzip -t FILE")]
[TestFixture(Compression.Zstd, "zstd -dc FILE", "zstd -t FILE")]
[TestFixture(
    Compression.Zip,
    "python3 -c 'import sys,zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(\"disk.img\"))' FILE",
    "python3 -m zipfile -t FILE"
)]
[Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CodecTests(Compression compression, string unpack, string check) : IDisposable
{
    private const int MiB = 1 << 20;
    private readonly TemporaryDirectory _directory = new();
    private readonly ToolRunner _tools = new();

    public void Dispose() => _directory.Dispose();

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(MiB)]
    [TestCase(3 * MiB + 5)]
    [TestCase(24 * MiB)]
    [CancelAfter(60_000)]
    public async Task What_was_written_comes_back(int length, CancellationToken cancellationToken)
    {
        var plain = Bytes(length);

        var (size, digest) = Pack("packed", s => s.Write(plain), announce: length);

        await ComesBackAsync(plain, cancellationToken);
        Assert.That((size.Bytes, digest), Is.EqualTo((length, Digest.Of(plain))));
    }

    [Test, CancelAfter(60_000)]
    public async Task Zeros_come_back_wherever_they_are(CancellationToken cancellationToken)
    {
        var some = Bytes(70_000);
        byte[] plain = [.. new byte[5], .. some, .. new byte[60 * MiB], .. some, .. new byte[30 * MiB]];

        var (_, digest) = Pack(
            "packed",
            s =>
            {
                s.WriteZeros(5);
                s.Write(some);
                s.WriteZeros(60 * MiB);
                s.Write(some);
                s.WriteZeros(30 * MiB);
            }
        );

        await ComesBackAsync(plain, cancellationToken);
        Assert.That(digest, Is.EqualTo(Digest.Of(plain)));
    }

    [Test]
    public void The_bytes_do_not_depend_on_how_they_were_written()
    {
        var plain = Bytes(30 * MiB);
        plain.AsSpan(MiB, 27 * MiB).Clear();
        Pack("whole", s => s.Write(plain));
        Pack(
            "parts",
            s =>
            {
                s.Write(plain.AsSpan(0, MiB));
                s.WriteZeros(27 * MiB);
                for (var at = 28 * MiB; at < plain.Length; at += 100_003)
                {
                    s.Write(plain.AsSpan(at, Math.Min(100_003, plain.Length - at)));
                }
            }
        );

        Assert.That(
            Digest.Of(File.ReadAllBytes(_directory.File("parts"))),
            Is.EqualTo(Digest.Of(File.ReadAllBytes(_directory.File("whole"))))
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task It_is_not_larger_than_what_the_program_makes(CancellationToken cancellationToken)
    {
        if (compression == Compression.Zip)
        {
            return; // gzip's compressor
        }

        var plain = (await File.ReadAllBytesAsync(typeof(object).Assembly.Location, cancellationToken))[..(3 * MiB)];
        await File.WriteAllBytesAsync(_directory.File("plain"), plain, cancellationToken);
        Pack("packed", s => s.Write(plain));
        var tool = compression switch
        {
            Compression.Xz => "xz -6 --threads=2",
            Compression.Gzip => "gzip -6",
            _ => "zstd -q -10",
        };

        var theirs = await _tools.RunAsync(new("sh", ["-c", $"{tool} -c '{_directory.File("plain")}' | wc -c"]), cancellationToken);

        Assert.That(
            new FileInfo(_directory.File("packed")).Length,
            Is.LessThanOrEqualTo(long.Parse(theirs.Text, System.Globalization.CultureInfo.InvariantCulture) * 1.01)
        );
    }

    [Test]
    public void A_full_disk_is_an_error_and_nothing_runs_on()
    {
        using var target = new FullDisk(20_000);
        using var packed = new CompressedImage(target, Codecs.For(compression, "disk.img"));

        Assert.That(
            () =>
            {
                for (var i = 0; i < 40; i++)
                {
                    packed.Write(Bytes(4 * MiB, i + 1));
                }

                packed.Finish();
            },
            Throws.InstanceOf<IOException>().With.Message.Contains("full")
        );
    }

    private (ByteSize Size, Digest Digest) Pack(string name, Action<ImageStream> write, long? announce = null)
    {
        using var file = new FileImage(_directory.File(name));
        using var packed = new CompressedImage(file, Codecs.For(compression, "disk.img"));
        if (announce is { } length)
        {
            packed.Announce(length);
        }

        write(packed);
        var plain = packed.Finish();
        var (size, digest) = file.Finish();
        Assert.That(digest, Is.EqualTo(Digest.Of(File.ReadAllBytes(_directory.File(name)))), "the digest of the compressed file");
        Assert.That(new FileInfo(_directory.File(name)).Length, Is.EqualTo(size.Bytes));
        return plain;
    }

    private async Task ComesBackAsync(byte[] plain, CancellationToken cancellationToken)
    {
        await _tools.RunAsync(
            new("sh", ["-c", check.Replace("FILE", $"'{_directory.File("packed")}'", StringComparison.Ordinal)]),
            cancellationToken
        );
        await _tools.RunAsync(
            new("sh", ["-c", unpack.Replace("FILE", $"'{_directory.File("packed")}'", StringComparison.Ordinal)])
            {
                OutputFile = _directory.File("back"),
            },
            cancellationToken
        );
        Assert.That(Digest.Of(await File.ReadAllBytesAsync(_directory.File("back"), cancellationToken)), Is.EqualTo(Digest.Of(plain)));
    }

    /// <summary>Mostly zeros, which compress quickly, with some noise and some text in every MiB.</summary>
    private static byte[] Bytes(int length, int seed = 7)
    {
        var dice = new Dice(seed);
        var bytes = new byte[length];
        for (var start = 0; start < length; start += MiB)
        {
            for (var i = start; i < Math.Min(start + 20_000, length); i++)
            {
                bytes[i] = (i & 0x1000) == 0 ? (byte)dice.Next(256) : (byte)('a' + dice.Next(4));
            }
        }

        return bytes;
    }

    private sealed class FullDisk(long room) : ImageStream
    {
        private long _written;

        public override long Written => _written;

        public override string ScratchFile => throw new NotSupportedException();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _written += buffer.Length;
            if (_written > room)
            {
                throw new IOException("the disk is full");
            }
        }

        public override void WriteZeros(long count) => Write(new byte[count]);
    }
}
