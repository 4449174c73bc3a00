using System.Buffers.Binary;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Qemu;

namespace Pipeline.Tests.Kola;

/// <summary>Kernel arguments on a real qcow2 overlay of a real ext4 file system, without root.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QemuBootFilesTests : IDisposable
{
    private const int Partition = 1024 * 1024;
    private const int PartitionSize = 8 * 1024 * 1024;
    private static readonly MachineShape Plain = new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 };
    private readonly TemporaryDirectory _directory = new();
    private readonly ToolRunner _tools = new();

    private string Overlay => _directory.File("over lay,1.qcow2");

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Arguments_are_at_the_end_of_every_entry_and_of_the_menu(CancellationToken cancellationToken)
    {
        await MakeAsync(512, cancellationToken);

        await EditAsync(
            Plain with
            {
                KernelArguments = ["a=b", "c='d $e'"],
                FirstBootArguments = ["ip=dhcp", "rd.neednet=1"],
            },
            cancellationToken
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                await ReadAsync("loader.1/entries/ostree-1.conf", cancellationToken),
                Is.EqualTo("title t\noptions root=x a=b c='d $e'\n")
            );
            Assert.That(
                await ReadAsync("loader.1/grub.cfg", cancellationToken),
                Is.EqualTo("menuentry 'x' {\n  linux '/vmlinuz' 'root=x' $ignition_firstboot 'a=b' 'c='\\''d $e'\\'''\n  initrd '/i'\n}\n")
            );
            Assert.That(
                await ReadAsync("ignition.firstboot", cancellationToken),
                Is.EqualTo("set ignition_network_kcmdline='ip=dhcp rd.neednet=1'\n")
            );
        }

        var check = await _tools.RunAsync(new("e2fsck", ["-fn", Raw]) { Accepted = [0, 1, 4, 8] }, cancellationToken);
        Assert.That(check.ExitCode, Is.Zero, check.Text);
    }

    [Test, CancelAfter(120_000)]
    public async Task The_image_below_stays_as_it_is(CancellationToken cancellationToken)
    {
        await MakeAsync(4096, cancellationToken);
        var before = await File.ReadAllBytesAsync(_directory.File("disk.raw"), cancellationToken);

        await EditAsync(Plain with { FirstBootArguments = ["x"] }, cancellationToken);

        Assert.That(await File.ReadAllBytesAsync(_directory.File("disk.raw"), cancellationToken), Is.EqualTo(before));
        Assert.That(await ReadAsync("ignition.firstboot", cancellationToken), Does.Contain("'x'"));
        Assert.That(new FileInfo(Overlay).Length, Is.LessThan(2 * 1024 * 1024), "only changed blocks are written");
    }

    [Test, CancelAfter(120_000)]
    public async Task Without_arguments_nothing_is_read(CancellationToken cancellationToken) =>
        await new QemuBootFiles(_tools, _directory.Path).EditAsync("/does/not/exist", Plain, cancellationToken);

    [Test, CancelAfter(120_000)]
    public async Task An_image_that_does_not_boot_as_ours_costs_its_machine(CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(_directory.File("disk.raw"), new byte[Partition], cancellationToken);
        await OverlayAsync(cancellationToken);

        var lost = await Assert.ThrowsAsync<MachineFailedException>(() =>
            EditAsync(Plain with { KernelArguments = ["x"] }, cancellationToken)
        );

        Assert.That(lost!.Message, Is.EqualTo("the image has no partition 'boot' with kernel arguments to change"));
    }

    [FsCheck.NUnit.Property]
    public void No_partition_table_makes_the_reader_fail_in_another_way(byte[] bytes, ushort at)
    {
        var table = Table(512);
        var start = at % 2048; // where header and entries are
        bytes.AsSpan(0, Math.Min(bytes.Length, table.Length - start)).CopyTo(table.AsSpan(start));
        try
        {
            var (offset, length) = QemuBootFiles.BootPartition(table);
            Assert.That(offset > 0 && length > 0);
        }
        catch (MachineFailedException)
        {
            // Refused is right.
        }
    }

    private string Raw => _directory.File("read.raw");

    private Task EditAsync(MachineShape shape, CancellationToken cancellationToken)
    {
        var scratch = Directory.CreateDirectory(_directory.File("scratch")).FullName;
        return new QemuBootFiles(_tools, scratch).EditAsync(Overlay, shape, cancellationToken);
    }

    private async Task MakeAsync(int sector, CancellationToken cancellationToken)
    {
        var boot = _directory.File("boot");
        Directory.CreateDirectory(Path.Combine(boot, "loader.1/entries"));
        Directory.CreateSymbolicLink(Path.Combine(boot, "loader"), "loader.1");
        await File.WriteAllTextAsync(Path.Combine(boot, "loader.1/entries/ostree-1.conf"), "title t\noptions root=x\n", cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(boot, "loader.1/grub.cfg"),
            "menuentry 'x' {\n  linux '/vmlinuz' 'root=x' $ignition_firstboot\n  initrd '/i'\n}\n",
            cancellationToken
        );
        await File.WriteAllTextAsync(Path.Combine(boot, "ignition.firstboot"), "", cancellationToken);
        var image = _directory.File("disk.raw");
        await using (var disk = File.Create(image))
        {
            await disk.WriteAsync(Table(sector), cancellationToken);
            disk.SetLength(Partition + PartitionSize + Partition);
        }

        await _tools.RunAsync(
            new("mke2fs", ["-q", "-t", "ext4", "-d", boot, "-E", $"offset={Partition}", image, $"{PartitionSize / 1024}k"]),
            cancellationToken
        );
        await OverlayAsync(cancellationToken);
    }

    private Task<ToolResult> OverlayAsync(CancellationToken cancellationToken) =>
        _tools.RunAsync(
            new("qemu-img", ["create", "-q", "-f", "qcow2", "-b", _directory.File("disk.raw"), "-F", "raw", Overlay]),
            cancellationToken
        );

    private async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await _tools.RunAsync(
            new(
                "qemu-img",
                [
                    "convert",
                    "--image-opts",
                    "-O",
                    "raw",
                    $"driver=raw,offset={Partition},size={PartitionSize},file.driver=qcow2,file.file.driver=file,file.file.filename="
                        + Overlay.Replace(",", ",,", StringComparison.Ordinal),
                    Raw,
                ]
            ),
            cancellationToken
        );
        return (await _tools.RunAsync(new("debugfs", ["-R", $"cat /{path}", Raw]), cancellationToken)).Text;
    }

    private static byte[] Table(int sector)
    {
        var table = new byte[64 * 1024];
        "EFI PART"u8.CopyTo(table.AsSpan(sector));
        BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(sector + 72), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(sector + 80), 128);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(sector + 84), 128);
        var entry = table.AsSpan((2 * sector) + 128);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], Partition / sector);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], ((Partition + PartitionSize) / sector) - 1);
        Encoding.Unicode.GetBytes("boot").CopyTo(entry[56..]);
        return table;
    }
}
