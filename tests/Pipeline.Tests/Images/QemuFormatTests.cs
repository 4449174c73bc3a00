using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats;
using Pipeline.Images.Formats.Qcow2;
using Pipeline.Images.Formats.Vhd;
using Pipeline.Images.Formats.Vhdx;
using Pipeline.Images.Formats.Vmdk;

namespace Pipeline.Tests.Images;

/// <summary>Formats that QEMU reads, each under its name for qemu-img, and whether <c>qemu-img check</c> knows it.</summary>
internal sealed record QemuFormat(string Name, bool Checked, Func<IDiskWriter> Make)
{
    public override string ToString() => Make().GetType().Name;
}

[TestFixtureSource(nameof(Formats)), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QemuFormatTests(object format) : DiskWriterContract
{
    private static readonly QemuFormat[] Formats =
    [
        new("qcow2", true, () => new Qcow2Writer()),
        new("qcow2", true, () => new CompressedQcow2Writer()),
        new("vmdk", true, () => new VmdkWriter()),
        new("vpc", false, () => new VhdWriter()),
        new("vhdx", true, () => new VhdxWriter()),
    ];

    private readonly ToolRunner _tools = new();
    private readonly QemuFormat _format = (QemuFormat)format;

    private protected override IDiskWriter Writer => _format.Make();

    protected override async Task ReadBackAsync(string file, string raw, CancellationToken cancellationToken)
    {
        if (_format.Checked)
        {
            var check = await _tools.RunAsync(new("qemu-img", ["check", "-f", _format.Name, file]), cancellationToken);
            Assert.That(check.Text, Does.Contain("No errors were found"));
        }

        await _tools.RunAsync(new("qemu-img", ["convert", "-f", _format.Name, "-O", "raw", file, raw]), cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Qemu_finds_the_disk_equal_and_knows_its_size(CancellationToken cancellationToken)
    {
        var disk = Disk();
        Write(disk, "image");

        var compared = await _tools.RunAsync(
            new("qemu-img", ["compare", "-f", "raw", "-F", _format.Name, disk, Files.File("image")]),
            cancellationToken
        );
        var info = await _tools.RunAsync(new("qemu-img", ["info", "-f", _format.Name, Files.File("image")]), cancellationToken);

        Assert.That(compared.Text, Does.Contain("Images are identical"));
        Assert.That(info.Text, Does.Contain("virtual size: 16 MiB (16777216 bytes)"));
    }

    [Test]
    public void What_is_zero_takes_no_room()
    {
        if (_format.Name == "vpc")
        {
            return; // a fixed disk has all of its size
        }

        SparseFile.SetLength(Files.File("disk"), 3L << 30);
        SparseFile.Write(Files.File("disk"), 2L << 30, [1]);

        Write(Files.File("disk"), "image");

        Assert.That(new FileInfo(Files.File("image")).Length, Is.LessThan(6 << 20));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_large_disk_with_little_in_it_comes_back(CancellationToken cancellationToken)
    {
        if (_format.Name == "vpc")
        {
            return; // it would be as large
        }

        var disk = Files.File("disk");
        SparseFile.SetLength(disk, 5L << 30);
        SparseFile.Write(disk, 0, [7]);
        SparseFile.Write(disk, (2L << 30) - 3, new byte[70_000]);
        SparseFile.Write(disk, (4L << 30) - 3, [1, 2, 3, 4, 5]);
        SparseFile.Write(disk, (5L << 30) - 1, [9]);

        Write(disk, "image");
        var compared = await _tools.RunAsync(
            new("qemu-img", ["compare", "-f", "raw", "-F", _format.Name, disk, Files.File("image")]),
            cancellationToken
        );

        Assert.That(compared.Text, Does.Contain("Images are identical"));
    }
}
