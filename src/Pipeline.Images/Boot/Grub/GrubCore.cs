using System.Buffers.Binary;
using Pipeline.Host.Tools;
using Pipeline.Images.Layouts;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Boot.Grub;

/// <summary>
/// GRUB's core images, with the tree's search for its boot file system embedded.
/// </summary>
internal sealed class GrubCore(IToolRunner tools)
{
    /// <summary>Where the host keeps GRUB for BIOS.</summary>
    public const string BiosModules = "/usr/lib/grub/i386-pc";

    /// <summary>Where the host keeps GRUB for UEFI.</summary>
    public const string EfiModules = "/usr/lib/grub/x86_64-efi";

    private const int BootCodeSize = 440;
    private const string Hint = "install the package 'grub-common'";

    private static readonly string[] EfiOnly = ["fat", "efi_gop", "all_video"];

    private static readonly string[] Modules =
    [
        "part_gpt",
        "part_msdos",
        "ext2",
        "search",
        "search_label",
        "search_fs_file",
        "configfile",
        "normal",
        "linux",
        "echo",
        "test",
        "true",
        "sleep",
        "loadenv",
        "minicmd",
        "ls",
        "cat",
        "gzio",
        "serial",
        "terminal",
        "reboot",
        "halt",
    ];

    /// <summary>Makes the PE executable that firmware of x86 starts.</summary>
    public Task MakeEfiAsync(string earlyConfig, string output, CancellationToken cancellationToken) =>
        MakeAsync("x86_64-efi", EfiModules, earlyConfig, output, [.. Modules, .. EfiOnly], cancellationToken);

    /// <summary>Makes the PE executable that firmware of arm64 starts.</summary>
    public Task MakeArmAsync(string modules, string earlyConfig, string output, CancellationToken cancellationToken) =>
        MakeAsync("arm64-efi", modules, earlyConfig, output, Existing(modules, [.. Modules, .. EfiOnly]), cancellationToken);

    /// <summary>Makes the ELF executable that Open Firmware starts from the PReP partition.</summary>
    public Task MakePowerAsync(string modules, string earlyConfig, string output, CancellationToken cancellationToken) =>
        MakeAsync("powerpc-ieee1275", modules, earlyConfig, output, Existing(modules, Modules), cancellationToken);

    /// <summary>Makes the image that lives in the BIOS boot partition.</summary>
    public Task MakeBiosAsync(string earlyConfig, string output, CancellationToken cancellationToken) =>
        MakeAsync("i386-pc", BiosModules, earlyConfig, output, ["biosdisk", .. Modules], cancellationToken);

    /// <summary>Makes the PE executable that firmware of x86 starts from discs and sticks.</summary>
    public Task MakeMediaEfiAsync(string earlyConfig, string output, CancellationToken cancellationToken) =>
        MakeAsync("x86_64-efi", EfiModules, earlyConfig, output, ["iso9660", .. Modules, .. EfiOnly], cancellationToken);

    /// <summary>Makes the image that BIOS starts from discs, and the boot code of a stick.</summary>
    public Task MakeMediaBiosAsync(string earlyConfig, string output, CancellationToken cancellationToken) =>
        MakeAsync("i386-pc-eltorito", BiosModules, earlyConfig, output, ["biosdisk", "iso9660", .. Modules], cancellationToken);

    /// <summary>The boot code for the first sector and the core for its partition, each knowing where the core lies.</summary>
    /// <param name="bootImage">GRUB's <c>boot.img</c>, 512 bytes.</param>
    /// <param name="core">What <see cref="MakeBiosAsync"/> made.</param>
    /// <param name="partition">The BIOS boot partition.</param>
    /// <exception cref="PipelineException">PL3021 the core does not fit.</exception>
    public static (byte[] BootCode, byte[] Core) Place(ReadOnlySpan<byte> bootImage, ReadOnlySpan<byte> core, Partition partition)
    {
        if (core.Length > partition.Size.Bytes)
        {
            throw new PipelineException(ImageDiagnostics.CoreTooLarge(core.Length, partition.Size.Bytes));
        }

        if (bootImage.Length < BootCodeSize || core.Length < 1024)
        {
            throw new PipelineException(ImageDiagnostics.NotBootable("the host's GRUB files are damaged"));
        }

        const int kernelSector = 0x5c; // where boot.img keeps the sector it loads
        const int driveCheck = 0x66; // a jump around the check for BIOSes that pass a wrong drive; hard disks want the check off
        const int firstBlock = 0x1f4; // where the core's first sector keeps the sector of the rest
        var sector = partition.Start.Bytes / 512;
        var code = bootImage[..BootCodeSize].ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(code.AsSpan(kernelSector), sector);
        code[driveCheck] = code[driveCheck + 1] = 0x90;
        var placed = core.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(placed.AsSpan(firstBlock), sector + 1);
        return (code, placed);
    }

    /// <summary>
    /// Which of the modules GRUB has for an architecture; those every start needs make grub-mkimage fail when they are missing.
    /// </summary>
    private static string[] Existing(string directory, string[] modules) =>
        [.. modules.Where(m => m is not ("serial" or "terminal" or "efi_gop") || File.Exists(Path.Combine(directory, $"{m}.mod")))];

    private Task<ToolResult> MakeAsync(
        string format,
        string directory,
        string earlyConfig,
        string output,
        string[] modules,
        CancellationToken cancellationToken
    ) =>
        tools.RunAsync(
            new("grub-mkimage", ["-O", format, "-d", directory, "-p", "/grub", "-c", earlyConfig, "-o", output, .. modules])
            {
                MissingHint = Hint,
            },
            cancellationToken
        );
}
