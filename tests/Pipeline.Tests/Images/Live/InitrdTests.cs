using System.IO.Compression;
using System.Text;
using Pipeline.Host.Archives;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Live.Initrds;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Images.Live;

/// <summary>Initramfs images are read as Linux reads them and written as it wants them.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class InitrdTests
{
    [Test]
    public void Archives_in_every_form_follow_one_another_and_the_last_file_wins()
    {
        byte[] image =
        [
            .. Archive("a/one", "plain"),
            .. new byte[512],
            .. Gzip(Archive("a/two", "gzip")),
            .. Gzip(Archive("a/more", "next member")),
            .. new byte[3],
            .. Xz.Compress(Archive("a/three", "xz")),
            .. Zstd(Archive("a/four", "zstd")),
            .. Archive("a/one", "later"),
        ];

        Assert.That(
            Read(image).Files.Select(f => $"{f.Key}={Encoding.ASCII.GetString(f.Value)}"),
            Is.EqualTo(["a/four=zstd", "a/more=next member", "a/one=later", "a/three=xz", "a/two=gzip"])
        );
    }

    [Test]
    public void Large_parts_end_where_they_end()
    {
        var noise = new byte[1_000_000];
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = unchecked((byte)((i * 2_654_435_761L) >> 13));
        }

        var big = new MemoryStream();
        var writer = new CpioWriter(big);
        writer.AddFile("big", 0x1a4, noise);
        writer.Finish();

        foreach (var part in (byte[][])[Gzip(big.ToArray()), Xz.Compress(big.ToArray()), Zstd(big.ToArray())])
        {
            byte[] image = [.. part, .. part, 0, 0, .. Archive("end", "reached")];

            Assert.That(Read(image).Files["big"], Is.EqualTo(noise));
            Assert.That(Read(image).Files["end"], Is.EqualTo("reached"u8.ToArray()));
        }
    }

    [Test]
    public void What_is_written_is_read_by_xz_and_cpio_with_directories_first()
    {
        var image = new InitrdImage { Ignition = "{}"u8.ToArray() };
        image.Set("etc/coreos-firstboot-network/a", "A"u8.ToArray());
        image.Set("etc/x", "X"u8.ToArray());
        var bytes = image.ToBytes();

        var listed = Pipe("xz -dc | cpio -tv --quiet 2>/dev/null | awk '{print $1, $NF}'", bytes);

        Assert.That(
            listed,
            Is.EqualTo(
                "-rw------- config.ign\ndrwxr-xr-x etc\ndrwxr-xr-x etc/coreos-firstboot-network\n"
                    + "-rw------- etc/coreos-firstboot-network/a\n-rw------- etc/x\n"
            )
        );
        Assert.That(Pipe("xz -l -v - 2>&1 | cat", bytes), Does.Not.Contain("error"));
        Assert.That(bytes[7], Is.EqualTo(1), "CRC32, the only check that Linux knows");
        Assert.That(image.ToBytes(), Is.EqualTo(bytes));
    }

    [Test]
    public void Archives_of_cpio_and_names_padded_by_dracut_are_read()
    {
        const string script = "d=$(mktemp -d) && cd $d && mkdir a && echo hi > a/f && find . | sort | cpio -o -H newc --quiet; rm -r $d";

        Assert.That(Read(Pipe(script)).Files["a/f"], Is.EqualTo("hi\n"u8.ToArray()));
        Assert.That(Read(Archive("name\0\0\0\0\0", "padded")).Files["name"], Is.EqualTo("padded"u8.ToArray()));
    }

    [Test]
    public void Links_directories_and_what_nobody_asked_for_are_left_out()
    {
        var stream = new MemoryStream();
        var writer = new CpioWriter(stream);
        writer.AddDirectory("d", 0x1ed);
        writer.AddFile("d/f", 0x1a4, "1"u8);
        writer.AddFile("other", 0x1a4, "2"u8);
        writer.Finish();

        var read = InitrdReader.Read("i", new MemoryStream(stream.ToArray()), 1 << 20, n => n.StartsWith('d'), CancellationToken.None);

        Assert.That(read.Files.Keys, Is.EqualTo(["d/f"]));
    }

    [TestCase("lz4", new byte[] { 0x02, 0x21, 0x4c, 0x18, 1, 1 })]
    [TestCase("bzip2", new byte[] { 0x42, 0x5a, 0x68, 0x39, 1, 1 })]
    [TestCase("neither", new byte[] { 1, 2, 3, 4, 5, 6 })]
    [TestCase("cut off", new byte[] { 0x30, 0x37, 0x30, 0x37, 0x30, 0x31 })]
    [TestCase("damaged", new byte[] { 0x1f, 0x8b, 0xff, 0xff, 1, 1 })]
    [TestCase("cut off", new byte[] { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 })]
    public void What_cannot_be_read_is_named(string expected, byte[] image) =>
        Assert.That(Assert.Throws<PipelineException>(() => Read(image))!.Diagnostics[0].Message, Does.Contain(expected));

    [Test]
    public void Compressed_bombs_are_ended_also_when_there_are_many()
    {
        var zeros = Gzip(new byte[600_000]);
        byte[] image = [.. zeros, .. zeros];

        Assert.That(
            Assert
                .Throws<PipelineException>(() =>
                    InitrdReader.Read("i", new MemoryStream(image), 1_000_000, _ => true, CancellationToken.None)
                )!
                .Diagnostics[0]
                .Message,
            Does.Contain("more than is read")
        );
        Assert.DoesNotThrow(() => InitrdReader.Read("i", new MemoryStream(zeros), 1_000_000, _ => true, CancellationToken.None));
    }

    [Test]
    public void Every_cut_of_an_image_is_refused_or_read()
    {
        byte[] image = [.. Archive("a", "1"), .. Xz.Compress(Archive("b", "2")), .. Gzip(Archive("c", "3"))];
        for (var length = 0; length < image.Length; length++)
        {
            try
            {
                Read(image[..length]);
            }
            catch (PipelineException e)
            {
                Assert.That(e.Diagnostics[0].Code, Is.EqualTo("PL3110"));
            }
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(5000)]
    [TestCase(3_000_000)]
    public void Xz_gives_what_went_in(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => unchecked((byte)(((long)i * i) >> 3))).ToArray();
        using var decoded = new LzmaStream(new MemoryStream(Xz.Compress(bytes)), 1 << 30, leaveOpen: false);
        var result = new MemoryStream();
        decoded.CopyTo(result);

        Assert.That(result.ToArray(), Is.EqualTo(bytes));
    }

    private static InitrdImage Read(byte[] image) =>
        InitrdReader.Read("image", new MemoryStream(image), InitrdReader.LargestArea, _ => true, CancellationToken.None);

    private static byte[] Archive(string name, string content)
    {
        var stream = new MemoryStream();
        var writer = new CpioWriter(stream);
        writer.AddFile(name, 0x1a4, Encoding.ASCII.GetBytes(content));
        writer.Finish();
        return stream.ToArray();
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    private static byte[] Zstd(byte[] bytes) => PipeBytes("zstd -q -c", bytes);

    private static byte[] Pipe(string script) => PipeBytes(script, []);

    private static string Pipe(string script, byte[] input) => Encoding.UTF8.GetString(PipeBytes(script, input));

    /// <summary>What a command of the shell makes of its input.</summary>
    private static byte[] PipeBytes(string script, byte[] input)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("input"), input);
        new ToolRunner()
            .RunAsync(new("bash", ["-c", $"({script}) < {directory.File("input")} > {directory.File("output")}"]), CancellationToken.None)
            .GetAwaiter()
            .GetResult();
        return File.ReadAllBytes(directory.File("output"));
    }
}
