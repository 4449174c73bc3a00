using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Archives;
using Pipeline.Host.Tools;
using Pipeline.Images.Layouts;
using Pipeline.Images.Live.Initrds;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Images;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Steps;

/// <summary>
/// What the images steps make of a tiny commit: tables, file systems and what is in them. GRUB's own programs, and how the host's mke2fs
/// places blocks, are left out.
/// </summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed partial class ImageStepTests
{
    private const int Patience = 300_000;
    private readonly TinyBuild _build = new();
    private readonly ToolRunner _tools = new();

    private string Metal => Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-metal.x86_64.raw");

    private string Qemu => Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-qemu.x86_64.qcow2");

    [OneTimeSetUp]
    public async Task MakeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _build.MakeAsync(patience.Token);
        var run = await _build.RunAsync("022", "UTC", ["images", "-p", "qemu", "-p", "metal", "-p", "live"], patience.Token);
        Assert.That(run.ExitCode, Is.Zero, run.ErrorTail);
    }

    [OneTimeTearDown]
    public void Remove() => _build.Dispose();

    /// <summary>The disk that all platforms share: root file system and EFI partition.</summary>
    [Test, CancelAfter(Patience)]
    public async Task A_disk()
    {
        var efi = $"{Metal}@@{Start(PartitionRole.Efi)}";
        var names = (await _build.ToolAsync("mdir", "-b", "-a", "-/", "-i", efi, "::")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var made = new List<string> { "# root file system" };
        made.AddRange(await HeaderAsync(PartitionRole.Root));
        made.AddRange(await FilesAsync(PartitionRole.Root));
        made.Add("# EFI partition");
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            var isText = name.EndsWith(".cfg", StringComparison.OrdinalIgnoreCase);
            made.Add(isText ? $"{name}\n{await _build.ToolAsync("mtype", "-i", efi, name)}" : name);
        }

        StepVersions.Check("disk", Lines(made));
    }

    /// <summary>What a platform's image has of its own: table, boot file system, format.</summary>
    [Test, CancelAfter(Patience)]
    public async Task Images()
    {
        var raw = _build.File("qemu.raw");
        await _build.ToolAsync("qemu-img", "convert", "-f", "qcow2", "-O", "raw", Qemu, raw);
        var made = new List<string>();
        foreach (var (platform, disk) in (ValueList<(string, string)>)[("metal", Metal), ("qemu", raw)])
        {
            made.Add($"# {platform}");
            made.Add((await _build.ToolAsync("sfdisk", "-d", disk)).Replace(disk, "disk", StringComparison.Ordinal));
            made.AddRange(await HeaderAsync(PartitionRole.Boot, disk));
            made.AddRange(await FilesAsync(PartitionRole.Boot, disk));
            made.Add(await DebugfsAsync(PartitionRole.Boot, disk, "cat /loader.1/grub.cfg"));
        }

        made.Add("# format");
        made.AddRange(
            Kept(
                await _build.ToolAsync("qemu-img", "info", Qemu),
                "file format|virtual size|cluster_size|compat|compression type|lazy refcounts|refcount bits"
            )
        );
        StepVersions.Check("image", Lines(made));
    }

    /// <summary>Live media: the root file system, what makes an initramfs one of a live system, and the ISO.</summary>
    [Test, CancelAfter(Patience)]
    public async Task Live_media()
    {
        var iso = Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-live-iso.x86_64.iso");
        var made = new List<string> { "# root file system" };
        var image = _build.File("root.squashfs");
        await using (var root = File.OpenRead(Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-live-rootfs.x86_64.img")))
        await using (var copy = File.Create(image))
        {
            root.Position = CpioWriter.FirstContent;
            await root.CopyToAsync(copy);
        }

        made.AddRange(
            (await _build.ToolAsync("unsquashfs", "-UTC", "-lln", image))
                .Split('\n')
                .Where(l => !Regex.IsMatch(l, "/usr/lib/file|/ostree/repo/objects/", RegexOptions.None, TimeSpan.FromSeconds(1)))
        );
        made.Add("# ISO");
        using var opened = IsoImage.Open(iso, "live.iso");
        foreach (var entry in opened.Entries.OrderBy(e => e.Path, StringComparer.Ordinal))
        {
            var isText = entry.Path.EndsWith(".cfg", StringComparison.Ordinal) || entry.Path.EndsWith(".json", StringComparison.Ordinal);
            made.Add(isText ? $"{entry.Path}\n{Encoding.UTF8.GetString(opened.Read(entry, 1 << 16))}" : entry.Path);
        }

        made.Add("# initramfs");
        var initramfs = await File.ReadAllBytesAsync(Path.Combine(_build.Build, $"tiny-{TinyBuild.Id}-live-initramfs.x86_64.img"));
        using var appended = new MemoryStream(initramfs, 200_000, initramfs.Length - 200_000);
        var files = InitrdReader.Read("initramfs", appended, 1 << 20, n => !n.EndsWith("want-rootfs", StringComparison.Ordinal), default);
        made.AddRange(files.Files.Select(f => $"{f.Key}\n{Encoding.UTF8.GetString(f.Value)}"));
        StepVersions.Check("live", Lines(made));
    }

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(l => l.TrimEnd('\n') + "\n"));

    private static IEnumerable<string> Kept(string text, string fields) =>
        text.Split('\n').Where(l => Regex.IsMatch(l, $"^ *({fields}):", RegexOptions.None, TimeSpan.FromSeconds(1)));

    private static long Start(PartitionRole role) => DiskLayout.For(Arch.X86_64, ByteSize.FromMiB(1), null, 512)[role].Start.Bytes;

    /// <summary>What we choose of a file system.</summary>
    private async Task<IEnumerable<string>> HeaderAsync(PartitionRole role, string? disk = null) =>
        Kept(
            await DebugfsAsync(role, disk ?? Metal, "show_super_stats -h"),
            "Filesystem (volume name|UUID|features|created|flags|state)|Default mount options|Inode count|Inode size|Block size"
                + "|Reserved block count"
                + "|Directory Hash Seed|Default directory hash|Total journal size|Last (mount|write) time|Last checked|Maximum mount count"
        );

    /// <summary>Every file with kind, mode, owner, size, links, flags and times; of the many alike the first.</summary>
    private async Task<IEnumerable<string>> FilesAsync(PartitionRole role, string? disk = null)
    {
        disk ??= Metal;
        var paths = new SortedSet<string>(StringComparer.Ordinal) { "/" };
        for (string[] level = ["/"]; level.Length > 0; )
        {
            var listing = await ScriptAsync(role, disk, level.Select(d => $"ls -p \"{d}\""));
            var below = level
                .Zip(listing)
                .SelectMany(l => Names(l.Second).Select(n => (Path: $"{l.First.TrimEnd('/')}/{n.Name}", n.IsDirectory)))
                .ToArray();
            paths.UnionWith(below.Select(b => b.Path).Where(p => !Alike().IsMatch(p)));
            level = [.. below.Where(b => b.IsDirectory && b.Path != "/ostree/repo/objects").Select(b => b.Path)];
        }

        var found = await ScriptAsync(role, disk, paths.Select(p => $"stat \"{p}\""));
        return paths.Zip(found).Select(p => $"{p.First} {Facts(p.Second)}");
    }

    private static IEnumerable<(string Name, bool IsDirectory)> Names(string listing) =>
        listing
            .Split('\n')
            .Select(l => l.Split('/'))
            .Where(f => f.Length > 6 && f[5] is not ("." or ".." or "lost+found"))
            .Select(f => (f[5], f[2].StartsWith("04", StringComparison.Ordinal)));

    private static string Facts(string stat)
    {
        var type = Field("Type");
        return $"{type} {Field("Mode")} {Field("User")}:{Field("Group")} flags={Field("Flags")} links={Field("Links")}"
            + (type == "directory" ? "" : $" size={Field("Size")}")
            + string.Concat(((string[])["ctime", "atime", "mtime", "crtime"]).Select(t => $" {t}={Field(t)}"))
            + (stat.Contains("Fast link dest:", StringComparison.Ordinal) ? $" -> {Field("Fast link dest")}" : "");

        string Field(string name) =>
            Regex.Match(stat, $@"(?:^|\s){name}:\s*(\S+)", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;
    }

    /// <summary>The answers of debugfs to some commands, each without the line that repeats the command.</summary>
    private async Task<IReadOnlyList<string>> ScriptAsync(PartitionRole role, string disk, IEnumerable<string> commands)
    {
        var script = _build.File($"{Guid.NewGuid():n}.debugfs");
        await File.WriteAllTextAsync(script, string.Concat(commands.Select(c => c + "\n")));
        var text = (await _tools.RunAsync(Debugfs(role, disk, "-f", script), CancellationToken.None)).Text;
        return [.. ("\n" + text).Split("\ndebugfs: ").Skip(1).Select(t => t[(t.IndexOf('\n', StringComparison.Ordinal) + 1)..])];
    }

    private async Task<string> DebugfsAsync(PartitionRole role, string disk, string command) =>
        (await _tools.RunAsync(Debugfs(role, disk, "-R", command), CancellationToken.None)).Text;

    private static ToolCommand Debugfs(PartitionRole role, string disk, params string[] arguments) =>
        new("debugfs", [.. arguments, $"{disk}?offset={Start(role)}"])
        {
            Environment = new Dictionary<string, string>
            {
                ["TZ"] = "UTC",
                ["LC_ALL"] = "C",
                ["DEBUGFS_PAGER"] = "cat",
            },
        };

    /// <summary>Objects of the repository, whose names are digests of files that are listed, and 199 of 200 files.</summary>
    [GeneratedRegex("^/ostree/repo/objects/|/usr/lib/file(?!7$)[0-9]+$", RegexOptions.None, 1000)]
    private static partial Regex Alike();
}
