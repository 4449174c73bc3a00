using System.Globalization;
using System.Text;
using Pipeline.Host.Archives;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Filesystems;
using Pipeline.Images.Layouts;
using Pipeline.Images.Recipes;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>
/// One disk per commit under <c>cache/images/</c>, with everything that all platforms share: root file system and boot loader. Partition
/// table and boot file system are made anew for each platform, in a file of its own; the platform's disk is a view of both. The caller
/// holds the workbench's lock and stamps one platform at a time; the views may be read side by side.
/// </summary>
internal sealed class Workbench(IToolRunner tools, IReporter reporter, IBootLoader loader, string directory)
{
    /// <summary>What stays free in the root file system of every image. On a larger disk it grows on first boot.</summary>
    public static readonly ByteSize RootReserve = ByteSize.FromMiB(512);

    /// <summary>Programs that decide the disk's bytes besides the boot loader's.</summary>
    public static readonly StepTools Tools = new([Ostree.Program, new("mke2fs", "e2fsprogs"), new("debugfs", "e2fsprogs")], []);

    private const int RootJournalMiB = 64;
    private const int BootJournalMiB = 16;
    private const int BootInodes = 4096;
    private const int BootCode = 440;

    private readonly ExtFileSystem _ext = new(tools);
    private long _epoch;
    private byte[]? _bootLabel;
    private ByteSize _root;

    /// <summary>The disk.</summary>
    public string Disk { get; } = Path.Combine(directory, "disk.raw");

    /// <summary>The loader's partitions for sectors of 4096 bytes; nothing else.</summary>
    private string LargeSectors => Path.Combine(directory, "loader-4096.raw");

    private string Boot => Path.Combine(directory, "boot");

    private string Entries => Path.Combine(directory, "entries");

    private string Note => NoteOf(directory);

    /// <summary>The partitions that do not depend on the platform; its disk size and sectors do.</summary>
    private DiskLayout Layout => DiskLayout.For(loader.Architecture, _root, null, 512);

    /// <summary>Whether a finished disk is there; its facts are read.</summary>
    public bool TryOpen()
    {
        if (
            !File.Exists(Note)
            || !File.Exists(Disk)
            || !File.Exists(LargeSectors)
            || JsonText.Parse(Note, RegularFile.Read(Note), new()) is not JsonTextObject note
            || !long.TryParse((note.Find("epoch") as JsonTextNumber)?.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out _epoch)
            || (note.Find("boot") as JsonTextString)?.Value != BootId()
            || !long.TryParse((note.Find("root") as JsonTextNumber)?.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var root)
        )
        {
            return false;
        }

        _root = ByteSize.FromBytes(root);
        _bootLabel = note.Find("boot-label") is JsonTextString label ? Convert.FromHexString(label.Value) : null;
        return true;
    }

    /// <summary>Makes the disk from a commit, replacing what a broken run left.</summary>
    /// <param name="extract">Takes the commit out of its archive, into the directory it is given.</param>
    /// <param name="estimate">About how much the commit and its checkout take.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    public async Task MakeAsync(
        Func<string, CancellationToken, Task<ExtractedCommit>> extract,
        ByteSize estimate,
        CancellationToken cancellationToken
    )
    {
        Forget(directory);
        Directory.CreateDirectory(directory);
        using var scratch = Scratch.Make(Path.Combine(directory, "scratch"), estimate);
        ExtractedCommit commit;
        using (var step = reporter.Step("unpack the commit"))
        {
            commit = await extract(scratch.Path, cancellationToken);
            step.Done();
        }

        Sysroot sysroot;
        using (var step = reporter.Step("deploy"))
        {
            var builder = new SysrootBuilder(tools);
            sysroot = await builder.DeployAsync(
                commit,
                await builder.StaterootAsync(commit, cancellationToken),
                scratch.Path,
                loader.OstreeName,
                loader.AddFilesAsync,
                cancellationToken
            );
            (_epoch, _bootLabel) = (sysroot.Epoch, sysroot.Labels?.OfBoot);
            step.Done();
        }

        using (var step = reporter.Step("root file system"))
        {
            step.Done(await MakeRootAsync(sysroot, scratch.Path, cancellationToken));
        }

        using (var step = reporter.Step("boot loader"))
        {
            await loader.InstallAsync(sysroot, Disk, Layout, scratch.Path, cancellationToken);
            var large = Layout with { SectorSize = 4096 };
            SparseFile.SetLength(LargeSectors, large[PartitionRole.Root].Start.Bytes);
            await loader.InstallAsync(sysroot, LargeSectors, large, scratch.Path, cancellationToken);
            KeepBootFiles(sysroot);
            step.Done();
        }
    }

    /// <summary>
    /// The disk of one platform. The commit's disk stays as it is; what the platform has of its own is in a file beside it.
    /// </summary>
    public async Task<DiskView> StampAsync(DiskRecipe recipe, CancellationToken cancellationToken)
    {
        using var step = reporter.Step("platform stamp");
        var layout = DiskLayout.For(recipe.Architecture, _root, recipe.Image.DiskSize, recipe.Image.SectorSize);
        var stamp = Path.Combine(directory, $"stamp-{recipe.Name}.raw");
        File.Delete(stamp);
        try
        {
            SparseFile.SetLength(stamp, layout.Size.Bytes);
            var table = PartitionTable.Primary(layout);
            if (layout.SectorSize == 512)
            {
                SparseFile.Read(Disk, 0, table.AsSpan(0, BootCode));
            }

            SparseFile.Write(stamp, 0, table);
            SparseFile.Write(stamp, PartitionTable.BackupOffset(layout), PartitionTable.Backup(layout));
            await MakeBootAsync(recipe, stamp, layout[PartitionRole.Boot], cancellationToken);
            step.Done(string.Join(' ', recipe.KernelArguments));
            return DiskView.Compose(layout.Size.Bytes, Ranges(layout, stamp), () => File.Delete(stamp));
        }
        catch
        {
            File.Delete(stamp);
            throw;
        }
    }

    /// <summary>Where the ranges of a platform's disk come from, from the first to the last.</summary>
    private IEnumerable<(long Start, long End, string File)> Ranges(DiskLayout layout, string stamp)
    {
        var at = 0L;
        foreach (var partition in layout.Partitions.Where(p => p.Role != PartitionRole.Boot))
        {
            if (partition.Start.Bytes > at)
            {
                yield return (at, partition.Start.Bytes, stamp);
            }

            var shared = partition.Role == PartitionRole.Root || layout.SectorSize == 512;
            yield return (partition.Start.Bytes, partition.End.Bytes, shared ? Disk : LargeSectors);
            at = partition.End.Bytes;
        }

        yield return (at, layout.Size.Bytes, stamp);
    }

    private async Task MakeBootAsync(DiskRecipe recipe, string stamp, Partition partition, CancellationToken cancellationToken)
    {
        RenderEntries(recipe);
        var content = TreeSize.Of(Boot, cancellationToken);
        if (content.Content.Bytes + ByteSize.FromMiB(BootJournalMiB + 8).Bytes > partition.Size.Bytes)
        {
            throw new PipelineException(ImageDiagnostics.BootTooLarge(content.Content, partition.Size));
        }

        var settings = new ExtSettings
        {
            Label = "boot",
            Id = DiskLayout.BootFileSystem,
            Size = partition.Size,
            Inodes = BootInodes,
            JournalMiB = BootJournalMiB,
            Epoch = _epoch,
        };
        await _ext.MakeAsync(stamp, partition.Start.Bytes, Boot, settings, cancellationToken);
        await _ext.SettleAsync(
            stamp,
            partition.Start.Bytes,
            _epoch,
            null,
            _bootLabel is null ? null : _ => _bootLabel,
            directory,
            cancellationToken
        );
    }

    /// <summary>Makes the disk usable by later runs of this boot by writing its note.</summary>
    public async Task KeepAsync(StepInputs inputs, CancellationToken cancellationToken)
    {
        var note = inputs
            .ToJson()
            .With("epoch", JsonTextNumber.Of(_epoch))
            .With("root", JsonTextNumber.Of(_root.Bytes))
            .With("boot", new JsonTextString(BootId()));
        if (_bootLabel is not null)
        {
            note = note.With("boot-label", new JsonTextString(Convert.ToHexStringLower(_bootLabel)));
        }

        await AtomicFile.WriteAsync(Note, JsonTextWriter.Write(note, JsonStyle.Pretty), cancellationToken);
    }

    /// <summary>Whether a run finished the disk in a directory.</summary>
    public static bool IsFinished(string directory) => File.Exists(NoteOf(directory));

    /// <summary>Removes a disk; when that is interrupted, the rest is not taken for a disk.</summary>
    public static void Forget(string directory)
    {
        if (Directory.Exists(directory))
        {
            File.Delete(NoteOf(directory));
        }

        UnixFile.DeleteTree(directory);
    }

    private async Task<string> MakeRootAsync(Sysroot sysroot, string scratch, CancellationToken cancellationToken)
    {
        var content = TreeSize.Of(sysroot.Root, cancellationToken);
        (_root, var inodes) = ExtFileSystem.Plan(content, RootJournalMiB, RootReserve);
        Preflight.Require(directory, content.Content + ByteSize.FromMiB(256), "the root file system");
        SparseFile.SetLength(Disk, Layout.Size.Bytes);
        var settings = new ExtSettings
        {
            Label = "root",
            Id = DiskLayout.RootFileSystem,
            Size = _root,
            Inodes = inodes,
            JournalMiB = RootJournalMiB,
            ReservedPercent = 1,
            Epoch = _epoch,
        };
        var start = Layout[PartitionRole.Root].Start.Bytes;
        await _ext.MakeAsync(Disk, start, sysroot.Root, settings, cancellationToken);
        Func<TreePath, byte[]?>? label = sysroot.Labels is { } labels ? labels.OfRoot : null;
        await _ext.SettleAsync(Disk, start, _epoch, sysroot.Deployment, label, scratch, cancellationToken);
        return $"{content.Content} in {content.Inodes} inodes, {RootReserve} free";
    }

    private static string NoteOf(string directory) => Path.Combine(directory, "note.json");

    /// <summary>
    /// Names this boot of the host. The disk is never synced, that would cost as much as making it; after a crash parts of it may be
    /// missing, so a disk from an earlier boot is made again.
    /// </summary>
    private static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Keeps the boot files and, apart from them, ostree's entries as it wrote them.</summary>
    private void KeepBootFiles(Sysroot sysroot)
    {
        CopyTree(sysroot.Boot, Boot);
        using var boot = TreeHandle.Open(sysroot.Boot);
        CopyTree(boot.PathOnHost(VersionOf(boot) / "entries"), Entries);
    }

    /// <summary>Copies directories, files and symlinks that all belong to root and have the usual modes; files keep their time.</summary>
    private static void CopyTree(string from, string to)
    {
        UnixFile.MakeDirectory(to, FileModes.Executable);
        using var source = TreeHandle.Open(from);
        using var target = TreeHandle.Open(to);
        foreach (var entry in source.Walk(TreePath.Root, TreeOrder.ParentsFirst))
        {
            var path = entry.Path;
            switch (entry.Kind)
            {
                case UnixKind.Directory:
                    target.MakeDirectory(path, FileModes.Executable, TreeLinks.Refused);
                    break;
                case UnixKind.Symlink:
                    target.Symlink(path, entry.Directory.ReadLink(entry.Name), TreeLinks.Refused);
                    break;
                default:
                    using (var content = entry.Directory.OpenFile(entry.Name))
                    using (var copy = target.CreateFile(path, TreeLinks.Refused))
                    {
                        FileRanges.CopyAll(content, copy);
                    }

                    target.SetMode(path, FileModes.Plain, TreeLinks.Refused);
                    target.SetTimes(path, entry.Status().Modified, TreeLinks.Refused);
                    break;
            }
        }
    }

    private void RenderEntries(DiskRecipe recipe)
    {
        const int mostBytes = 1 << 20;
        using var boot = TreeHandle.Open(Boot);
        using var entries = TreeHandle.Open(Entries);
        var version = VersionOf(boot);
        var rendered = new List<BootEntry>();
        foreach (var file in entries.Entries(TreePath.Root))
        {
            var text = Encoding.UTF8.GetString(entries.ReadBytes(file.Name, mostBytes));
            var entry = BootEntry.Parse(text).Stamp(recipe.KernelArguments);
            boot.ReplaceFile(version / "entries" / file.Name, entry.ToString(), FileModes.Plain);
            rendered.Add(entry);
        }

        foreach (var menu in loader.Menu(rendered))
        {
            boot.ReplaceFile(version / menu.Name, menu.Text, FileModes.Plain);
        }
    }

    /// <summary>The folder that ostree's link <c>loader</c> leads to: the current of two.</summary>
    private static TreePath VersionOf(TreeHandle boot)
    {
        var target = boot.Is(UnixKind.Symlink, "loader") ? Encoding.UTF8.GetString(boot.ReadLink("loader")) : null;
        return target is "loader.0" or "loader.1"
            ? target
            : throw new PipelineException(ImageDiagnostics.NotBootable("ostree wrote no boot entries"));
    }
}
