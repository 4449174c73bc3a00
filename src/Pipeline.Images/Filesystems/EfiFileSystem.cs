using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Images.Layouts;

namespace Pipeline.Images.Filesystems;

/// <summary>mtools: an EFI system partition inside a disk file.</summary>
internal sealed class EfiFileSystem(IToolRunner tools)
{
    private const string Package = "install the package 'mtools'";

    /// <summary>
    /// Formats <paramref name="partition"/> of <paramref name="image"/> as FAT32 and puts <paramref name="loader"/> where firmware looks
    /// by default.
    /// </summary>
    /// <param name="image">The disk.</param>
    /// <param name="partition">Where.</param>
    /// <param name="loader">A PE executable.</param>
    /// <param name="name">Its name below <c>/EFI/BOOT</c>, for example <c>BOOTX64.EFI</c>.</param>
    /// <param name="epoch">All times, seconds since 1970.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    public async Task MakeAsync(
        string image,
        Partition partition,
        string loader,
        string name,
        long epoch,
        CancellationToken cancellationToken
    )
    {
        var disk = $"{image}@@{partition.Start.Bytes}";
        var sectors = (partition.Size.Bytes / 512).ToString(CultureInfo.InvariantCulture);
        var hidden = (partition.Start.Bytes / 512).ToString(CultureInfo.InvariantCulture);
        await RunAsync(
            "mformat",
            [
                "-F",
                "-i",
                disk,
                "-T",
                sectors,
                "-h",
                "16",
                "-s",
                "63",
                "-H",
                hidden,
                "-N",
                DiskLayout.EfiVolume.ToString("X8", CultureInfo.InvariantCulture),
                "-v",
                partition.Label,
                "::",
            ]
        );
        await RunAsync("mmd", ["-i", disk, "::/EFI", "::/EFI/BOOT"]);
        await RunAsync("mcopy", ["-i", disk, loader, $"::/EFI/BOOT/{name}"]);

        Task<ToolResult> RunAsync(string program, string[] arguments) =>
            tools.RunAsync(
                new(program, [.. arguments])
                {
                    Environment = new Dictionary<string, string>
                    {
                        ["SOURCE_DATE_EPOCH"] = epoch.ToString(CultureInfo.InvariantCulture),
                        ["HOME"] = "/nonexistent",
                        ["MTOOLS_SKIP_CHECK"] = "1",
                    },
                    MissingHint = Package,
                },
                cancellationToken
            );
    }
}
