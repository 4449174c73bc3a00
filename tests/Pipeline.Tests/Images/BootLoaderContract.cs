using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Boot.Grub;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Layouts;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Images;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>What holds for every boot loader.</summary>
public abstract class BootLoaderContract
{
    private const int BootCode = 440;
    private readonly TemporaryDirectory _directory = new();

    private protected abstract IBootLoader Loader { get; }

    private DiskLayout Layout => DiskLayout.For(Loader.Architecture, ByteSize.FromMiB(64), null, 512);

    [TearDown]
    public void Clean() => _directory.Dispose();

    [Test]
    public async Task Its_files_go_into_the_boot_file_system_and_nowhere_else()
    {
        var sysroot = Sysroot("a");
        var before = Tree(sysroot.Root);

        await Loader.AddFilesAsync(sysroot, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Tree(sysroot.Root), Is.EqualTo(before));
            Assert.That(Tree(sysroot.Boot), Is.Not.Empty);
        }
    }

    [Test]
    public async Task Equal_trees_get_equal_files()
    {
        var (first, second) = (Sysroot("a"), Sysroot("b"));

        await Loader.AddFilesAsync(first, CancellationToken.None);
        await Loader.AddFilesAsync(second, CancellationToken.None);

        Assert.That(Tree(second.Boot), Is.EqualTo(Tree(first.Boot)));
    }

    [Test, CancelAfter(120_000)]
    public async Task Installing_leaves_the_partition_table_the_boot_and_the_root_partition_alone(CancellationToken cancellationToken)
    {
        var disk = await InstalledAsync("a", cancellationToken);

        var boot = Layout[PartitionRole.Boot].Start.Bytes;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new FileInfo(disk).Length, Is.EqualTo(Layout.Size.Bytes));
            Assert.That(IsZero(disk, BootCode, Layout.Partitions[0].Start.Bytes), Is.True, "the partition table");
            Assert.That(IsZero(disk, boot, Layout.Size.Bytes), Is.True, "boot, root and the backup table");
            Assert.That(IsZero(disk, 0, boot), Is.False, "something was installed");
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task Installing_twice_makes_equal_disks(CancellationToken cancellationToken)
    {
        var first = await InstalledAsync("a", cancellationToken);
        var second = await InstalledAsync("b", cancellationToken);

        Assert.That(Stored(second, 0, Layout.Size.Bytes), Is.EqualTo(Stored(first, 0, Layout.Size.Bytes)));
    }

    [Test]
    public void The_menu_has_every_entry_and_plain_file_names()
    {
        var entries = new[] { "abc", "def" }
            .Select(e => BootEntry.Parse($"title {e}\nversion 1\noptions rw ostree=/ostree/{e}/0\nlinux /os-{e}/vmlinuz\n"))
            .ToArray();

        var menu = Loader.Menu(entries);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                menu.Select(m => m.Name),
                Is.Unique.And.All.Matches<string>(n => n == Path.GetFileName(n) && n is not ("" or "entries"))
            );
            Assert.That(menu.All(m => entries.All(e => m.Text.Contains(e["linux"], StringComparison.Ordinal))), Is.True);
            Assert.That(Loader.Menu(entries), Is.EqualTo(menu), "it depends on the entries alone");
        }
    }

    [Test]
    public void What_it_needs_of_the_host_is_named_once_with_a_package()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Loader.Tools.Programs.Select(p => p.Name), Is.Unique);
            Assert.That(Loader.Tools.Programs.All(p => p.Name.Length > 0 && p.Package.Length > 0), Is.True);
            Assert.That(Loader.Files.Select(f => f.Name), Is.Unique);
            Assert.That(Loader.Files.All(f => Path.IsPathRooted(f.Directory) && f.Probe.Length > 0 && f.Package.Length > 0), Is.True);
        }
    }

    private async Task<string> InstalledAsync(string name, CancellationToken cancellationToken)
    {
        var disk = _directory.File($"{name}.raw");
        SparseFile.SetLength(disk, Layout.Size.Bytes);
        var scratch = Directory.CreateDirectory(_directory.File($"{name}-scratch")).FullName;
        await Loader.InstallAsync(Sysroot(name), disk, Layout, scratch, cancellationToken);
        return disk;
    }

    private static bool IsZero(string disk, long from, long to) => Stored(disk, from, to).All(s => s.IsZero);

    /// <summary>What is stored of a range of the disk, without reading its holes.</summary>
    private static List<(long Start, Digest Digest, bool IsZero)> Stored(string disk, long from, long to)
    {
        using var handle = File.OpenHandle(disk);
        var found = new List<(long, Digest, bool)>();
        foreach (var (start, end) in FileRanges.Stored(handle))
        {
            var at = Math.Max(start, from);
            if (Math.Min(end, to) > at)
            {
                var bytes = new byte[Math.Min(end, to) - at];
                RandomAccess.Read(handle, bytes, at);
                found.Add((at, Digest.Of(bytes), !bytes.AsSpan().ContainsAnyExcept((byte)0)));
            }
        }

        return found;
    }

    /// <summary>A deployed tree with the configuration of every boot loader there is.</summary>
    private Sysroot Sysroot(string name)
    {
        const string deployment = "/ostree/deploy/os/deploy/abc.0";
        var root = _directory.File($"{name}/root");
        var grub = Directory.CreateDirectory($"{root}{deployment}/usr/lib/pipeline/grub").FullName;
        File.WriteAllText($"{grub}/early.cfg", "search --no-floppy --set=root --label boot\nconfigfile ($root)/grub/static.cfg\n");
        File.WriteAllText($"{grub}/static.cfg", "source /loader/grub.cfg\n");
        File.WriteAllText($"{grub}/grubenv", "# GRUB Environment Block\n".PadRight(1024, '#'));
        foreach (var target in (string[])["arm64-efi", "powerpc-ieee1275"])
        {
            var modules = Directory.CreateDirectory($"{root}{deployment}/usr/lib/grub/{target}").FullName;
            File.WriteAllText($"{modules}/moddep.lst", "normal: boot\n");
            File.WriteAllText($"{modules}/normal.mod", "module");
            File.CreateSymbolicLink($"{modules}/passwd.mod", "/etc/passwd");
        }

        var boot = Directory.CreateDirectory(_directory.File($"{name}/boot")).FullName;
        return new(root, boot, deployment, 1_700_000_000);
    }

    /// <summary>Every file below a directory with its content or its target.</summary>
    private static string[] Tree(string root) =>
        Directory
            .EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(f => $"{Path.GetRelativePath(root, f)}: {new FileInfo(f).LinkTarget ?? Digest.Of(File.ReadAllBytes(f)).Hex}")
            .ToArray();
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GrubLoaderTests : BootLoaderContract
{
    private protected override IBootLoader Loader { get; } = new GrubLoader(new ToolRunner());
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FakeBootLoaderTests : BootLoaderContract
{
    private protected override IBootLoader Loader { get; } = new FakeBootLoader(Arch.S390x);
}

/// <summary>
/// Loaders made of the tree's modules, which this machine has not: what the programs do is played, what is asked of them is looked at.
/// </summary>
public abstract class TreeModulesContract : BootLoaderContract
{
    private protected RecordingToolRunner Tools { get; } = new();

    [SetUp]
    public void Play() => Tools.Answer = command => Played(command.Program, [.. command.Arguments]);

    private static string Played(string program, string[] arguments)
    {
        if (program == "grub-mkimage")
        {
            var modules = arguments[Array.IndexOf(arguments, "-d") + 1];
            Assert.That(
                Directory.GetFiles(modules).Select(Path.GetFileName),
                Is.EquivalentTo(["moddep.lst", "normal.mod"]),
                "no link is followed"
            );
            File.WriteAllText(arguments[Array.IndexOf(arguments, "-o") + 1], "a core");
        }
        else if (program == "mformat")
        {
            var place = arguments[Array.IndexOf(arguments, "-i") + 1].Split("@@");
            SparseFile.Write(place[0], long.Parse(place[1], System.Globalization.CultureInfo.InvariantCulture), [1]);
        }

        return "";
    }
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GrubArmLoaderTests : TreeModulesContract
{
    private protected override IBootLoader Loader => new GrubArmLoader(Tools);
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GrubPowerLoaderTests : TreeModulesContract
{
    private protected override IBootLoader Loader => new GrubPowerLoader(Tools);
}
