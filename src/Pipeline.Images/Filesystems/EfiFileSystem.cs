using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Images.Layouts;

namespace Pipeline.Images.Filesystems;

/// <summary>
/// An EFI system partition inside a disk file. With sectors of 512 bytes it is FAT32 by mtools. With 4096 it has too few clusters for
/// FAT32, so it is FAT16, by mkfs.fat, because mtools makes no such sectors.
/// </summary>
internal sealed class EfiFileSystem(IToolRunner tools)
{
    private const string Label = "EFI-SYSTEM";

    /// <summary>The programs.</summary>
    public static readonly StepTools Programs = new([new("mformat", "mtools"), new("mkfs.fat", "dosfstools")], []);

    /// <summary>
    /// Formats <paramref name="partition"/> of <paramref name="image"/> and puts <paramref name="loader"/> where firmware looks
    /// by default.
    /// </summary>
    /// <param name="image">The disk.</param>
    /// <param name="partition">Where.</param>
    /// <param name="sectorSize">512 or 4096.</param>
    /// <param name="loader">A PE executable.</param>
    /// <param name="name">Its name below <c>/EFI/BOOT</c>, for example <c>BOOTX64.EFI</c>.</param>
    /// <param name="epoch">All times, seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    public async Task MakeAsync(
        string image,
        Partition partition,
        int sectorSize,
        string loader,
        string name,
        long epoch,
        CancellationToken cancellationToken
    )
    {
        var disk = $"{image}@@{partition.Start.Bytes}";
        if (sectorSize == 512)
        {
            await RunAsync("mformat", Fat32(disk, partition));
        }
        else
        {
            await RunAsync("mkfs.fat", Fat16(image, partition, sectorSize));
        }

        await FillAsync(RunAsync, disk, loader, name);

        Task<ToolResult> RunAsync(string program, string[] arguments) => ToolAsync(program, arguments, epoch, cancellationToken);
    }

    /// <summary>Makes a file that is such a file system and nothing else, as small as it may be: for discs.</summary>
    /// <param name="image">A new file.</param>
    /// <param name="loader">A PE executable.</param>
    /// <param name="name">Its name below <c>/EFI/BOOT</c>.</param>
    /// <param name="epoch">All times, seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    public async Task MakeImageAsync(string image, string loader, string name, long epoch, CancellationToken cancellationToken)
    {
        const long step = 1 << 20;
        var size = (new FileInfo(loader).Length + (2 * step) - 1) / step * step;
        await RunAsync("mformat", ["-C", "-i", image, "-T", Number(size / 512), "-h", "16", "-s", "32", "-N", Volume, "-v", Label, "::"]);
        await FillAsync(RunAsync, image, loader, name);

        Task<ToolResult> RunAsync(string program, string[] arguments) => ToolAsync(program, arguments, epoch, cancellationToken);
    }

    private static async Task FillAsync(Func<string, string[], Task<ToolResult>> run, string disk, string loader, string name)
    {
        await run("mmd", ["-i", disk, "::/EFI", "::/EFI/BOOT"]);
        await run("mcopy", ["-i", disk, loader, $"::/EFI/BOOT/{name}"]);
    }

    private Task<ToolResult> ToolAsync(string program, string[] arguments, long epoch, CancellationToken cancellationToken) =>
        tools.RunAsync(
            new(program, [.. arguments])
            {
                Environment = new Dictionary<string, string>
                {
                    ["SOURCE_DATE_EPOCH"] = epoch.ToString(CultureInfo.InvariantCulture),
                    ["HOME"] = "/nonexistent",
                    ["MTOOLS_SKIP_CHECK"] = "1",
                },
                MissingHint = "install the packages 'mtools' and 'dosfstools'",
            },
            cancellationToken
        );

    private static string[] Fat32(string disk, Partition partition) =>
        [
            "-F",
            "-i",
            disk,
            "-T",
            Number(partition.Size.Bytes / 512),
            "-h",
            "16",
            "-s",
            "63",
            "-H",
            Number(partition.Start.Bytes / 512),
            "-N",
            Volume,
            "-v",
            partition.Label,
            "::",
        ];

    private static string[] Fat16(string image, Partition partition, int sectorSize) =>
        [
            "-F",
            "16",
            "-S",
            Number(sectorSize),
            "-s",
            "1",
            "--offset",
            Number(partition.Start.Bytes / sectorSize),
            "-h",
            Number(partition.Start.Bytes / sectorSize),
            "--invariant",
            "-i",
            Volume,
            "-n",
            partition.Label,
            image,
            Number(partition.Size.Bytes / 1024),
        ];

    private static string Volume => DiskLayout.EfiVolume.ToString("X8", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
