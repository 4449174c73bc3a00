using Pipeline.Host.Files;
using Pipeline.Images.Boot.Grub;
using Pipeline.Images.Commits;
using Pipeline.Images.Filesystems;
using Pipeline.Images.Layouts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ToolLineTests : IDisposable
{
    private readonly RecordingToolRunner _tools = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task File_system_tools_are_called_as_pinned()
    {
        var layout = DiskLayout.For(Arch.X86_64, ByteSize.FromMiB(900), null, 512);
        var settings = new ExtSettings
        {
            Label = "root",
            Id = DiskLayout.RootFileSystem,
            Size = ByteSize.FromMiB(900),
            Inodes = 65536,
            JournalMiB = 64,
            ReservedPercent = 1,
            Epoch = 1_700_000_000,
        };

        await new ExtFileSystem(_tools).MakeAsync(
            "/w/disk.raw",
            layout[PartitionRole.Root].Start.Bytes,
            "/w/sysroot",
            settings,
            CancellationToken.None
        );
        await new ExtFileSystem(_tools).CheckAsync("/w/disk.raw", 1 << 20, CancellationToken.None);
        await new EfiFileSystem(_tools).MakeAsync(
            "/w/disk.raw",
            layout[PartitionRole.Efi],
            512,
            "/w/BOOTX64.EFI",
            "BOOTX64.EFI",
            1_700_000_000,
            CancellationToken.None
        );
        await new EfiFileSystem(_tools).MakeAsync(
            "/w/disk.raw",
            layout[PartitionRole.Efi],
            4096,
            "/w/BOOTX64.EFI",
            "BOOTX64.EFI",
            1_700_000_000,
            CancellationToken.None
        );
        await new GrubCore(_tools).MakeBiosAsync("/w/early.cfg", "/w/core.img", CancellationToken.None);
        await new GrubCore(_tools).MakeEfiAsync("/w/early.cfg", "/w/BOOTX64.EFI", CancellationToken.None);
        await new GrubCore(_tools).MakeArmAsync("/w/arm64-efi", "/w/early.cfg", "/w/BOOTAA64.EFI", CancellationToken.None);
        await new GrubCore(_tools).MakePowerAsync("/w/powerpc-ieee1275", "/w/early.cfg", "/w/core.elf", CancellationToken.None);

        Golden.Check("Images/tools-filesystems.txt", Lines());
    }

    [Test]
    public async Task Ostree_deploys_as_pinned_and_the_repository_is_configured_for_the_machine()
    {
        var checksum = new string('a', 64);
        var root = _directory.File("sysroot");
        _tools.Answer = command => Pretend(command.Arguments, root, checksum);

        var sysroot = await new SysrootBuilder(_tools, ownership: false).DeployAsync(
            new("/w/repo", checksum, "os/x86_64/test", 1_700_000_000),
            "debian",
            _directory.Path,
            "grub2",
            new GrubLoader(_tools).AddFilesAsync,
            CancellationToken.None
        );

        using (Assert.EnterMultipleScope())
        {
            Golden.Check("Images/tools-ostree.txt", Lines().Replace(_directory.Path, "/w", StringComparison.Ordinal));
            Assert.That(sysroot.Deployment, Is.EqualTo($"/ostree/deploy/debian/deploy/{checksum}.0"));
            Assert.That(
                await File.ReadAllTextAsync($"{root}/ostree/repo/config"),
                Is.EqualTo("[core]\nrepo_version=1\nmode=bare\n\n[sysroot]\nbootloader=grub2\nreadonly=true\n")
            );
            Assert.That(Directory.EnumerateFileSystemEntries($"{root}/ostree/deploy/debian/var"), Is.Empty);
            Assert.That(Directory.EnumerateFileSystemEntries($"{root}/boot"), Is.Empty);
            Assert.That(new FileInfo(Path.Combine(sysroot.Boot, "grub/grub.cfg")).LinkTarget, Is.EqualTo("../loader/grub.cfg"));
            Assert.That(new FileInfo(Path.Combine(sysroot.Boot, "ignition.firstboot")).Length, Is.Zero);
            Assert.That(new FileInfo(Path.Combine(sysroot.Boot, "grub/grubenv")).UnixFileMode, Is.EqualTo((UnixFileMode)0b110_100_100));
        }
    }

    [TestCase("NAME=Debian\nID=debian\nVERSION_ID=13\n", "debian")]
    [TestCase("ID=\"fedora\"\nVARIANT_ID=coreos\n", "fedora")]
    [TestCase("ID=first\nID='last-one'", "last-one")]
    [TestCase("VERSION_ID=13\n", null)]
    [TestCase("ID=\n", null)]
    [TestCase("ID=../../etc\n", null)]
    [TestCase("ID=a b\n", null)]
    [TestCase("ID=-rf\n", null)]
    public void A_commit_is_deployed_under_the_id_of_its_os_release(string release, string? expected) =>
        Assert.That(SysrootBuilder.StaterootOf(release), Is.EqualTo(expected));

    [Test]
    public async Task A_tree_whose_boot_variables_have_the_wrong_size_is_an_error()
    {
        var checksum = new string('a', 64);
        _tools.Answer = command => Pretend(command.Arguments, _directory.File("sysroot"), checksum, variables: 1000);

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                new SysrootBuilder(_tools, ownership: false).DeployAsync(
                    new("/w/repo", checksum, "os/x86_64/test", 1),
                    "debian",
                    _directory.Path,
                    "grub2",
                    new GrubLoader(_tools).AddFilesAsync,
                    CancellationToken.None
                )
            )
        )!;

        Assert.That(e.Diagnostics.Single().Code, Is.EqualTo("PL3020"));
    }

    /// <summary>Leaves behind what ostree would.</summary>
    private static string Pretend(ValueList<string> arguments, string root, string checksum, int variables = 1024)
    {
        switch (string.Join(' ', arguments.Take(2)))
        {
            case "admin init-fs":
                Directory.CreateDirectory($"{root}/ostree/repo/tmp/cache");
                Directory.CreateDirectory($"{root}/boot");
                break;
            case "admin os-init":
                Directory.CreateDirectory($"{root}/ostree/deploy/debian/var/log");
                break;
            case "admin deploy":
                var grub = Directory.CreateDirectory($"{root}/ostree/deploy/debian/deploy/{checksum}.0/usr/lib/pipeline/grub").FullName;
                File.WriteAllText($"{grub}/static.cfg", "static");
                File.WriteAllText($"{grub}/early.cfg", "early");
                File.WriteAllText($"{grub}/grubenv", new string('#', variables));
                break;
            default:
                break;
        }

        return "";
    }

    private string Lines() => string.Join('\n', _tools.Lines) + "\n";
}
