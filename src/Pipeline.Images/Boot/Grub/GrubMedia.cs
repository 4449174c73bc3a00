using System.Globalization;
using System.Text;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Tools;
using Pipeline.Images.Filesystems;
using Pipeline.Model.Values;

namespace Pipeline.Images.Boot.Grub;

/// <summary>
/// GRUB on discs and USB sticks of x86, for BIOS and UEFI. Both read the same menu; the medium is found by its volume id. The same image
/// starts from a disc (El Torito) and from a stick (boot code and partition table in the system area).
/// </summary>
/// <param name="tools">Starts grub-mkimage and mtools.</param>
internal sealed class GrubMedia(IToolRunner tools)
{
    /// <summary>Where the menu is on the medium.</summary>
    public const string Menu = "boot/grub/grub.cfg";

    /// <summary>The image that BIOS starts. xorriso writes into it where it lies.</summary>
    public const string BiosImage = "boot/grub/eltorito.img";

    /// <summary>The file system that UEFI starts from.</summary>
    public const string EfiImage = "images/efiboot.img";

    /// <summary>Programs that decide bytes.</summary>
    public static readonly StepTools Tools = GrubTree.Program.With(EfiFileSystem.Programs);

    private const string StickCode = GrubCore.BiosModules + "/boot_hybrid.img";

    /// <summary>Files of the host that decide bytes.</summary>
    public static ValueList<LoaderFiles> Files =>
        [
            new("grub i386-pc", GrubCore.BiosModules, "moddep.lst", "grub-pc-bin"),
            new("grub x86_64-efi", GrubCore.EfiModules, "moddep.lst", "grub-efi-amd64-bin"),
        ];

    /// <summary>Adds the loader to the files of a medium; the menu is the caller's.</summary>
    /// <param name="medium">The files.</param>
    /// <param name="volume">The volume id: letters, digits, dots, dashes and underscores.</param>
    /// <param name="epoch">All times, seconds since 1970.</param>
    /// <param name="scratch">A directory for temporary files.</param>
    /// <param name="cancellationToken">Stops the tools.</param>
    /// <returns>Arguments of xorriso's mkisofs form that make the image start.</returns>
    public async Task<ValueList<string>> AddAsync(
        TreeHandle medium,
        string volume,
        long epoch,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var early = Path.Combine(scratch, "media.cfg");
        var text = $"search --no-floppy --set=root --label {volume}\nset prefix=($root)/boot/grub\nconfigfile ($root)/{Menu}\n";
        await File.WriteAllBytesAsync(early, Encoding.ASCII.GetBytes(text), cancellationToken);
        medium.MakeDirectories("boot/grub");
        medium.MakeDirectories("images");
        var grub = new GrubCore(tools);
        var efi = Path.Combine(scratch, "BOOTX64.EFI");
        await grub.MakeMediaEfiAsync(early, efi, cancellationToken);
        await grub.MakeMediaBiosAsync(early, medium.PathOnHost(BiosImage), cancellationToken);
        await new EfiFileSystem(tools).MakeImageAsync(medium.PathOnHost(EfiImage), efi, "BOOTX64.EFI", epoch, cancellationToken);
        return
        [
            .. (string[])["-c", "boot/boot.cat", "-b", BiosImage, "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"],
            .. (string[])["--grub2-boot-info", "--grub2-mbr", StickCode],
            .. (string[])["--efi-boot", EfiImage, "-efi-boot-part", "--efi-boot-image", "--protective-msdos-label"],
            .. (string[])["--sort-weight", Number(2), $"/{BiosImage}"],
        ];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
