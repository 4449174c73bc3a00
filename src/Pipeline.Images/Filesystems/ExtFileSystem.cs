using System.Globalization;
using System.Text;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Filesystems;

/// <summary>What an ext4 file system is made with.</summary>
internal sealed record ExtSettings
{
    /// <summary>Volume label.</summary>
    public required string Label { get; init; }

    /// <summary>UUID, also the seed of directory hashes.</summary>
    public required Guid Id { get; init; }

    /// <summary>Size of the file system, a multiple of 1 MiB.</summary>
    public required ByteSize Size { get; init; }

    /// <summary>Number of inodes.</summary>
    public required long Inodes { get; init; }

    /// <summary>Journal size in MiB.</summary>
    public required int JournalMiB { get; init; }

    /// <summary>Share of the blocks that only root may use, in percent.</summary>
    public int ReservedPercent { get; init; }

    /// <summary>All times of the file system, seconds since 1970; files keep a modification time of zero.</summary>
    public required long Epoch { get; init; }
}

/// <summary>mke2fs and debugfs: fills ext4 file systems from directories, straight into a disk, the same bytes every time.</summary>
internal sealed class ExtFileSystem(IToolRunner tools)
{
    // Everything is said here: the host's mke2fs.conf must not matter, and GRUB 2.06 must be able to read the result.
    private const string Features =
        "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,"
        + "dir_nlink,extra_isize,metadata_csum";
    private const string Package = "install the package 'e2fsprogs'";

    /// <summary>
    /// Size of a root file system: content, inode tables, journal, what ext4 keeps for itself, and <paramref name="reserve"/> that
    /// stays free.
    /// </summary>
    /// <remarks>Room for the tables of a hundredfold growth is part of it, as mke2fs sets it aside.</remarks>
    public static (ByteSize Size, long Inodes) Plan(TreeSize content, int journalMiB, ByteSize reserve)
    {
        const long perInode = 16 * 1024;
        var data = content.Content + reserve + ByteSize.FromMiB(journalMiB);
        var inodes = Math.Max(content.Inodes * 2, data.Bytes / perInode);
        inodes = (inodes + 8191) / 8192 * 8192;
        var tables = ByteSize.FromBytes(checked(inodes * 256));
        var own = ByteSize.FromBytes(data.Bytes / 64) + ByteSize.FromMiB(16);
        var size = data + tables + own;
        var least = ByteSize.FromBytes(checked(inodes * 2 * TreeSize.BlockSize)); // a block group holds no more inodes than blocks
        return ((size.CompareTo(least) > 0 ? size : least).RoundUp(ByteSize.FromMiB(1)), inodes);
    }

    /// <summary>
    /// Makes the file system at <paramref name="offset"/> of <paramref name="image"/> with the content of <paramref name="source"/>.
    /// The range must read as zeros.
    /// </summary>
    public Task MakeAsync(string image, long offset, string source, ExtSettings settings, CancellationToken cancellationToken)
    {
        var kibibytes = $"{settings.Size.Bytes / 1024}k"; // without the unit it counts blocks
        return tools.RunAsync(
            new(
                "mke2fs",
                [
                    "-q",
                    "-F",
                    "-t",
                    "ext4",
                    "-b",
                    "4096",
                    "-I",
                    "256",
                    "-O",
                    Features,
                    "-N",
                    settings.Inodes.ToString(CultureInfo.InvariantCulture),
                    "-m",
                    settings.ReservedPercent.ToString(CultureInfo.InvariantCulture),
                    "-J",
                    $"size={settings.JournalMiB}",
                    "-L",
                    settings.Label,
                    "-U",
                    settings.Id.ToString(),
                    "-E",
                    $"offset={offset},hash_seed={settings.Id},nodiscard,lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0",
                    "-d",
                    source,
                    image,
                    kibibytes,
                ]
            )
            {
                Environment = Environment(settings.Epoch),
                MissingHint = Package,
            },
            cancellationToken
        );
    }

    /// <summary>
    /// One debugfs pass: every inode's times become the epoch (mke2fs before 1.47.1 copies the source's), <paramref name="immutable"/> gets
    /// its flag back, and paths get their labels of SELinux.
    /// </summary>
    /// <param name="image">The disk.</param>
    /// <param name="offset">Start of the file system.</param>
    /// <param name="epoch">Seconds since 1970.</param>
    /// <param name="immutable">Absolute path of a directory inside, or <c>null</c>.</param>
    /// <param name="label">The label of a path, or <c>null</c> for none; <c>null</c> when nothing has one.</param>
    /// <param name="scratch">A directory for the script.</param>
    /// <param name="cancellationToken">Stops debugfs.</param>
    public async Task SettleAsync(
        string image,
        long offset,
        long epoch,
        string? immutable,
        Func<TreePath, byte[]?>? label,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var inodes = ExtInodes.Read(image, offset);
        var script = Script(inodes, epoch, immutable);
        if (label is not null)
        {
            using var directories = new ExtDirectories(image, offset);
            script = Labels(directories.Walk(inodes), label, scratch) + script;
        }

        var path = Path.Combine(scratch, "debugfs.script");
        await File.WriteAllTextAsync(path, script, cancellationToken);
        var result = await tools.RunAsync(
            new("debugfs", ["-w", "-f", path, $"{image}?offset={offset}"])
            {
                Environment = Environment(epoch),
                MissingHint = Package,
                WorkingDirectory = scratch,
            },
            cancellationToken
        );

        // debugfs goes on after an error and exits 0; errors are the lines that are neither its banner nor an echoed command.
        var wrong = result.ErrorTail.Split('\n').FirstOrDefault(l => l.Length > 0 && !l.StartsWith("debugfs ", StringComparison.Ordinal));
        if (wrong is not null)
        {
            throw new PipelineException(ImageDiagnostics.BadFileSystem(wrong));
        }
    }

    /// <summary>Reads the file system without changing it.</summary>
    /// <exception cref="PipelineException">PL0301 e2fsck found damage.</exception>
    public Task CheckAsync(string image, long offset, CancellationToken cancellationToken) =>
        tools.RunAsync(new("e2fsck", ["-f", "-n", $"{image}?offset={offset}"]) { MissingHint = Package }, cancellationToken);

    /// <summary>The commands that make the times of <paramref name="inodes"/> uniform; only differences are written.</summary>
    internal static string Script(IEnumerable<ExtInode> inodes, long epoch, string? immutable)
    {
        var text = new StringBuilder();
        var time = checked((uint)epoch);
        foreach (var inode in inodes)
        {
            Set(inode.Number, "atime", inode.Accessed, time);
            Set(inode.Number, "ctime", inode.Changed, time);
            Set(inode.Number, "crtime", inode.Created, time);
            Set(inode.Number, "mtime", inode.Modified, inode.Modified == 0 ? 0 : time);
            if (inode.Fractions)
            {
                foreach (var field in (string[])["atime", "ctime", "crtime", "mtime"])
                {
                    text.Append(CultureInfo.InvariantCulture, $"sif <{inode.Number}> {field}_extra 0\n");
                }
            }
        }

        if (immutable is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"sif {immutable} flags 0x80010\n"); // EXTENTS | IMMUTABLE
        }

        return text.ToString();

        void Set(uint number, string field, uint has, uint wanted)
        {
            if (has != wanted)
            {
                text.Append(CultureInfo.InvariantCulture, $"sif <{number}> {field} @{wanted}\n");
            }
        }
    }

    /// <summary>
    /// The commands that label each inode once, by its first path. Values are read from files: what policies and paths contain never
    /// becomes a part of a command, and a label ends with NUL.
    /// </summary>
    private static string Labels(IEnumerable<(TreePath Path, uint Inode)> paths, Func<TreePath, byte[]?> label, string scratch)
    {
        var text = new StringBuilder();
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var done = new HashSet<uint>();
        foreach (var (path, inode) in paths)
        {
            if (!done.Contains(inode) && label(path) is { } value)
            {
                done.Add(inode);
                var key = Convert.ToHexString(value);
                if (!files.TryGetValue(key, out var file))
                {
                    file = files[key] = $"label-{files.Count}";
                    File.WriteAllBytes(Path.Combine(scratch, file), value);
                }

                text.Append(CultureInfo.InvariantCulture, $"ea_set -f {file} <{inode}> security.selinux\n");
            }
        }

        return text.ToString();
    }

    private static Dictionary<string, string> Environment(long epoch) =>
        new()
        {
            ["MKE2FS_CONFIG"] = "/dev/null",
            ["E2FSPROGS_FAKE_TIME"] = epoch.ToString(CultureInfo.InvariantCulture),
            ["SOURCE_DATE_EPOCH"] = epoch.ToString(CultureInfo.InvariantCulture),
        };
}
