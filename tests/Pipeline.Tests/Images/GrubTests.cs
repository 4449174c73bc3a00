using Pipeline.Images.Boot;
using Pipeline.Images.Boot.Grub;
using Pipeline.Images.Layouts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class GrubTests
{
    private const string Entry =
        "title It's a test (ostree:0)\nversion 1\noptions root=LABEL=root rw $ignition_firstboot ostree=/ostree/boot.1/x/abc/0\n"
        + "linux /ostree/x-abc/vmlinuz\ninitrd /ostree/x-abc/initramfs.img\n";

    private static readonly Partition Bios = DiskLayout.For(Arch.X86_64, ByteSize.FromMiB(1), null, 512)[PartitionRole.BiosBoot];

    [Test]
    public void Boot_code_and_core_learn_where_the_core_lies()
    {
        var boot = Enumerable.Repeat((byte)0xEE, 512).ToArray();
        var core = Enumerable.Repeat((byte)0xCC, 2048).ToArray();

        var (code, placed) = GrubCore.Place(boot, core, Bios);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Has.Length.EqualTo(440));
            Assert.That(BitConverter.ToInt64(code, 0x5c), Is.EqualTo(2048));
            Assert.That(code[0x66..0x68], Is.EqualTo(new byte[] { 0x90, 0x90 }));
            Assert.That(code.Count(b => b == 0xEE), Is.EqualTo(440 - 8 - 2));
            Assert.That(BitConverter.ToInt64(placed, 0x1f4), Is.EqualTo(2049));
            Assert.That(placed.Count(b => b == 0xCC), Is.EqualTo(2048 - 8));
        }
    }

    [Test]
    public void A_core_larger_than_its_partition_is_an_error() =>
        Assert.That(
            Assert.Throws<PipelineException>(() => GrubCore.Place(new byte[512], new byte[(1 << 20) + 1], Bios))!.Diagnostics[0].Code,
            Is.EqualTo("PL3021")
        );

    [Test]
    public void The_stamp_goes_before_the_argument_of_ostree() =>
        Assert.That(
            BootEntry.Parse(Entry).Stamp(["console=ttyS0", "ignition.platform.id=qemu"])["options"],
            Is.EqualTo("root=LABEL=root rw $ignition_firstboot console=ttyS0 ignition.platform.id=qemu ostree=/ostree/boot.1/x/abc/0")
        );

    [Test]
    public void An_entry_survives_reading_and_writing() => Assert.That(BootEntry.Parse(Entry).ToString(), Is.EqualTo(Entry));

    [TestCase("title x\nversion 1\noptions root=LABEL=root\n")]
    [TestCase("title x\nversion 1\noptions ostree=/a ostree=/b\n")]
    [TestCase("")]
    public void An_entry_that_ostree_did_not_write_is_an_error(string text) =>
        Assert.That(Assert.Throws<PipelineException>(() => BootEntry.Parse(text).Stamp([]))!.Diagnostics[0].Code, Is.EqualTo("PL3020"));

    [Test]
    public void The_menu_quotes_everything_but_the_variable_and_starts_with_the_newest()
    {
        var older = BootEntry.Parse(Entry);
        var newer = BootEntry.Parse(
            Entry.Replace("version 1", "version 2", StringComparison.Ordinal).Replace("abc", "def", StringComparison.Ordinal)
                + "devicetree /x.dtb\n"
        );

        Golden.Check("Images/grub.cfg", GrubMenu.Render([older, newer]));
    }
}
