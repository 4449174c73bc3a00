using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Pipeline.Host.Tools;
using Pipeline.Images.Formats;
using Pipeline.Images.Formats.Gcp;
using Pipeline.Images.Formats.Oci;
using Pipeline.Images.Formats.Ova;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Images;

/// <summary>Disks inside archives.</summary>
public abstract class PackagedFormatContract : DiskWriterContract
{
    private protected ToolRunner Tools { get; } = new();

    private protected string Unpacked => Directory.CreateDirectory(Files.File("unpacked")).FullName;

    private protected Task UnpackAsync(string file, CancellationToken cancellationToken) =>
        Tools.RunAsync(new("tar", ["-x", "--warning=all", "-f", file, "-C", Unpacked]), cancellationToken);

    private protected Task ConvertAsync(string format, string file, string raw, CancellationToken cancellationToken) =>
        Tools.RunAsync(new("qemu-img", ["convert", "-f", format, "-O", "raw", file, raw]), cancellationToken);
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GcpTarWriterTests : PackagedFormatContract
{
    private protected override IDiskWriter Writer { get; } = new GcpTarWriter();

    protected override async Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken)
    {
        await UnpackAsync(file, cancellationToken);
        File.Move(Path.Combine(Unpacked, "disk.raw"), raw);
    }

    [Test, CancelAfter(60_000)]
    public async Task It_is_what_gnu_tar_makes_of_a_sparse_file_in_its_old_format(CancellationToken cancellationToken)
    {
        Write(Disk(), "image");

        var listing = (await Tools.RunAsync(new("tar", ["-tvzf", Files.File("image"), "--utc"]), cancellationToken)).Text;
        var plain = (
            await Tools.RunAsync(new("sh", ["-c", $"gzip -dc '{Files.File("image")}' | head -c 512"]), cancellationToken)
        ).Output.ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(listing, Is.EqualTo("-rw-r--r-- 0/0        16777216 2023-11-14 22:13 disk.raw\n"));
            Assert.That(Encoding.ASCII.GetString(plain[257..265]), Is.EqualTo("ustar  \0"));
            Assert.That(plain[156], Is.EqualTo((byte)'S'));
        }
    }
}

[TestFixture("vmware"), TestFixture("virtualbox")]
[Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OvaWriterTests(string maker) : PackagedFormatContract
{
    private static readonly XNamespace Ovf = "http://schemas.dmtf.org/ovf/envelope/1";

    private protected override IDiskWriter Writer =>
        maker == "vmware" ? new OvaWriter(DiskFormat.Ova, OvfTexts.VMware) : new OvaWriter(DiskFormat.VirtualBoxOva, OvfTexts.VirtualBox);

    protected override async Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken)
    {
        await UnpackAsync(file, cancellationToken);
        await ConvertAsync("vmdk", Path.Combine(Unpacked, "disk.vmdk"), raw, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task The_description_comes_first_and_fits_the_disk(CancellationToken cancellationToken)
    {
        Write(Disk(), "image");
        await UnpackAsync(Files.File("image"), cancellationToken);

        var names = (await Tools.RunAsync(new("tar", ["-tf", Files.File("image")]), cancellationToken)).Text;
        var text = await File.ReadAllTextAsync(Path.Combine(Unpacked, "coreos.ovf"), cancellationToken);
        var description = XDocument.Parse(text);
        var file = description.Descendants(Ovf + "File").Single();
        var disk = description.Descendants(Ovf + "Disk").Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(names, Is.EqualTo("coreos.ovf\ncoreos.mf\ndisk.vmdk\n"));
            Assert.That(file.Attribute(Ovf + "href")!.Value, Is.EqualTo("disk.vmdk"));
            Assert.That(file.Attribute(Ovf + "size")!.Value, Is.EqualTo($"{new FileInfo(Path.Combine(Unpacked, "disk.vmdk")).Length}"));
            Assert.That(disk.Attribute(Ovf + "capacity")!.Value, Is.EqualTo("16777216"));
            Assert.That(disk.Attribute(Ovf + "fileRef")!.Value, Is.EqualTo(file.Attribute(Ovf + "id")!.Value));
            Golden.Check($"Images/{maker}.ovf", text.Replace(file.Attribute(Ovf + "size")!.Value, "SIZE", StringComparison.Ordinal));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task The_manifest_has_the_digests_of_the_other_members(CancellationToken cancellationToken)
    {
        Write(Disk(), "image");
        await UnpackAsync(Files.File("image"), cancellationToken);

        var manifest = await File.ReadAllTextAsync(Path.Combine(Unpacked, "coreos.mf"), cancellationToken);

        Assert.That(manifest, Is.EqualTo(Line("coreos.ovf") + Line("disk.vmdk")));

        string Line(string name) => $"SHA256({name})= {Digest.Of(File.ReadAllBytes(Path.Combine(Unpacked, name))).Hex}\n";
    }
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PowerOvaWriterTests : PackagedFormatContract
{
    private protected override IDiskWriter Writer { get; } = new PowerOvaWriter();

    protected override async Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken)
    {
        await UnpackAsync(file, cancellationToken);
        var description = await File.ReadAllTextAsync(Path.Combine(Unpacked, "coreos.ovf"), cancellationToken);
        var size = new FileInfo(Path.Combine(Unpacked, "os-1.20231114.0-disk.raw")).Length;
        Golden.Check("Images/powervs.ovf", description.Replace($"\"{size}\"", "\"SIZE\"", StringComparison.Ordinal));
        Assert.That(XDocument.Parse(description).Root!.Name.LocalName, Is.EqualTo("Envelope"));
        File.Move(Path.Combine(Unpacked, "os-1.20231114.0-disk.raw"), raw);
    }
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ContainerDiskWriterTests : PackagedFormatContract
{
    private protected override IDiskWriter Writer { get; } = new ContainerDiskWriter();

    protected override async Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken)
    {
        await UnpackAsync(file, cancellationToken);
        var disk = Directory.CreateDirectory(Files.File("layer")).FullName;
        await Tools.RunAsync(new("tar", ["-xzf", Blob(Layer()), "--no-same-owner", "-C", disk]), cancellationToken);
        var image = Path.Combine(disk, "disk", "os-1.20231114.0-metal.x86_64.qcow2");
        await ConvertAsync("qcow2", image, raw, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Every_blob_is_what_it_is_called_and_referred_to(CancellationToken cancellationToken)
    {
        Write(Disk(), "image");
        await UnpackAsync(Files.File("image"), cancellationToken);

        var blobs = Directory.GetFiles(Path.Combine(Unpacked, "blobs", "sha256"));
        var config = Read(Blob(Manifest().GetProperty("config")));
        var plain = (await Tools.RunAsync(new("sh", ["-c", $"gzip -dc '{Blob(Layer())}' | sha256sum"]), cancellationToken)).Text;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(blobs.Select(Path.GetFileName), Is.EqualTo(blobs.Select(b => Digest.Of(File.ReadAllBytes(b)).Hex)));
            Assert.That(blobs, Has.Length.EqualTo(3));
            Assert.That(config.GetProperty("architecture").GetString(), Is.EqualTo("amd64"));
            Assert.That(config.GetProperty("config").GetProperty("Labels").GetProperty("version").GetString(), Is.EqualTo("1.20231114.0"));
            Assert.That(config.GetProperty("rootfs").GetProperty("diff_ids")[0].GetString(), Is.EqualTo("sha256:" + plain.Split(' ')[0]));
            Assert.That(Layer().GetProperty("size").GetInt64(), Is.EqualTo(new FileInfo(Blob(Layer())).Length));
        }
    }

    [Test]
    public void The_disk_belongs_to_the_user_that_runs_qemu_there()
    {
        Write(Disk(), "image");
        using var outer = new TarReader(File.OpenRead(Files.File("image")));
        while (outer.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data && data.ReadByte() == 0x1F) // gzip
            {
                data.Position = 0;
                using var inner = new TarReader(
                    new System.IO.Compression.GZipStream(data, System.IO.Compression.CompressionMode.Decompress)
                );
                _ = inner.GetNextEntry();
                var disk = inner.GetNextEntry()!;
                Assert.That((disk.Uid, disk.Gid, disk.Mode), Is.EqualTo((107, 107, UnixFileMode.UserRead | UnixFileMode.GroupRead)));
                return;
            }
        }

        Assert.Fail("no layer");
    }

    private JsonElement Manifest()
    {
        var index = Read(Path.Combine(Unpacked, "index.json"));
        return Read(Blob(index.GetProperty("manifests")[0]));
    }

    private JsonElement Layer() => Manifest().GetProperty("layers")[0];

    private string Blob(JsonElement descriptor) =>
        Path.Combine(Unpacked, "blobs", "sha256", descriptor.GetProperty("digest").GetString()!["sha256:".Length..]);

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;
}
