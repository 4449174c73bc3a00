using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Boot.Grub;
using Pipeline.TestKit;

namespace Pipeline.Tests.Images;

/// <summary>The menu of a fresh image and the menu the OS renders after an update come from two programs; they must agree.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class MenuTwinTests
{
    private static readonly string[] Entries =
    [
        "title Debian 1 (ostree:1)\nversion 1\n"
            + "options root=LABEL=root rw $ignition_firstboot console=ttyS0,115200n8 ostree=/ostree/boot.1/os/abc/0\n"
            + "linux /ostree/os-abc/vmlinuz-6.1\ninitrd /ostree/os-abc/initramfs.img\n",
        "# a comment\ntitle It's \"2\" (ostree:0)\nversion 12\noptions a='b c'  x=$y\tostree=/ostree/boot.1/os/def/0 \n"
            + "linux /ostree/os-def/vmlinuz\ninitrd /ostree/os-def/initramfs.img\ndevicetree /ostree/os-def/board.dtb\n",
    ];

    [Test, CancelAfter(60_000)]
    public async Task The_tree_renders_the_same_menu(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var folder = Directory.CreateDirectory(directory.File("loader.1/entries")).FullName;
        for (var i = 0; i < Entries.Length; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"ostree-{i}.conf"), Entries[i], cancellationToken);
        }

        var output = directory.File("grub.cfg");
        await new ToolRunner().RunAsync(
            new("sh", [SourceTree.Path("manifests/overlay.d/05-boot/usr/sbin/grub-mkconfig"), "-o", output])
            {
                Environment = new Dictionary<string, string> { ["_OSTREE_GRUB2_BOOTVERSION"] = "1", ["PIPELINE_BOOT"] = directory.Path },
            },
            cancellationToken
        );

        Assert.That(GrubMenu.Render(Entries.Select(BootEntry.Parse)), Is.EqualTo(await File.ReadAllTextAsync(output, cancellationToken)));
    }
}
