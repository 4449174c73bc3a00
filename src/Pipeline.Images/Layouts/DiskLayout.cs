using System.Globalization;
using System.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Layouts;

/// <summary>What a partition is for.</summary>
internal enum PartitionRole
{
    /// <summary>Holds GRUB's core for BIOS.</summary>
    BiosBoot,

    /// <summary>EFI system partition, FAT.</summary>
    Efi,

    /// <summary>PowerPC PReP boot.</summary>
    Prep,

    /// <summary>Keeps a number free.</summary>
    Reserved,

    /// <summary>Kernels and the boot menu, ext4.</summary>
    Boot,

    /// <summary>The OSTree sysroot, ext4; the last on the disk, so that it can grow.</summary>
    Root,
}

/// <summary>One partition.</summary>
/// <param name="Number">From 1; its slot in the table.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Label">Name in the table.</param>
/// <param name="Type">Type GUID.</param>
/// <param name="Id">Unique GUID, fixed.</param>
/// <param name="Start">Offset of the first byte.</param>
/// <param name="Size">Length.</param>
/// <param name="Attributes">GPT attribute bits; 4 = legacy BIOS bootable.</param>
internal sealed record Partition(
    int Number,
    PartitionRole Role,
    string Label,
    Guid Type,
    Guid Id,
    ByteSize Start,
    ByteSize Size,
    ulong Attributes
)
{
    /// <summary>Offset of the first byte after the partition.</summary>
    public ByteSize End => Start + Size;
}

/// <summary>A disk: its identity, size and partitions. The layout in MiB is the same for sectors of 512 and 4096 bytes.</summary>
internal sealed record DiskLayout
{
    /// <summary>Everything starts and ends on this unit.</summary>
    public static readonly ByteSize Alignment = ByteSize.FromMiB(1);

    /// <summary>The identity every image starts with; a machine may take its own on first boot.</summary>
    public static readonly Guid SentinelDisk = new("00000000-0000-4000-a000-000000000001");

    /// <summary>The same for the boot file system.</summary>
    public static readonly Guid BootFileSystem = new("96d15588-3596-4b3c-adca-a2ff7279ea63");

    /// <summary>The same for the root file system.</summary>
    public static readonly Guid RootFileSystem = new("910678ff-f77e-4a7d-8d53-86f2ac47a823");

    /// <summary>Volume number of the EFI system partition.</summary>
    public const uint EfiVolume = 0x7B7795E7;

    /// <summary>Size of the whole disk.</summary>
    public required ByteSize Size { get; init; }

    /// <summary>Logical sector in bytes.</summary>
    public required int SectorSize { get; init; }

    /// <summary>Partitions by place on the disk.</summary>
    public required ValueList<Partition> Partitions { get; init; }

    /// <summary>The one partition of <paramref name="role"/>.</summary>
    public Partition this[PartitionRole role] => Partitions.Single(p => p.Role == role);

    /// <summary>The layout of an architecture with a root and a disk of at least the given sizes.</summary>
    /// <param name="architecture">Decides the partitions before root and root's type.</param>
    /// <param name="root">Size of the root partition, rounded up to a MiB; not zero.</param>
    /// <param name="least">
    /// Least size of the disk, rounded up to a MiB; the rest stays unpartitioned and root grows into it on first boot.
    /// </param>
    /// <param name="sectorSize">512 or 4096.</param>
    public static DiskLayout For(Architecture architecture, ByteSize root, ByteSize? least, int sectorSize)
    {
        ArgumentOutOfRangeException.ThrowIfZero(root.Bytes);
        if (sectorSize is not (512 or 4096))
        {
            throw new ArgumentOutOfRangeException(nameof(sectorSize), sectorSize, "sectors have 512 or 4096 bytes");
        }

        var at = Alignment;
        var partitions = new List<Partition>();
        foreach (var (number, role, label, type, mebibytes, attributes) in Rows(architecture))
        {
            var size = role == PartitionRole.Root ? root.RoundUp(Alignment) : ByteSize.FromMiB(mebibytes);
            var id = new Guid($"00000000-0000-4000-a000-{0x100 + number:x12}");
            partitions.Add(new(number, role, label, new Guid(type), id, at, size, attributes));
            at += size;
        }

        var content = at + Alignment; // the backup table lies in the last MiB
        var wanted = (least ?? content).RoundUp(Alignment);
        return new()
        {
            Size = wanted.CompareTo(content) > 0 ? wanted : content,
            SectorSize = sectorSize,
            Partitions = [.. partitions],
        };
    }

    /// <summary>A table for people and golden files.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"disk {SentinelDisk} {Size.Bytes} bytes, sectors of {SectorSize}\n");
        foreach (var p in Partitions)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{p.Number} {p.Label, -19} start={p.Start.Bytes / 1048576}MiB size={p.Size.Bytes / 1048576}MiB "
                    + $"type={p.Type} id={p.Id} attributes={p.Attributes}\n"
            );
        }

        return text.ToString();
    }

    private static (int Number, PartitionRole Role, string Label, string Type, long MiB, ulong Attributes)[] Rows(Architecture architecture)
    {
        const string reserved = "8DA63339-0007-60C0-C436-083AC8230908";
        const string efi = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
        const string boot = "BC13C2FF-59E6-4262-A352-B275FD6F7172";
        const ulong bootable = 4;
        return architecture.Name switch
        {
            "x86_64" =>
            [
                (1, PartitionRole.BiosBoot, "BIOS-BOOT", "21686148-6449-6E6F-744E-656564454649", 1, bootable),
                (2, PartitionRole.Efi, "EFI-SYSTEM", efi, 127, 0),
                (3, PartitionRole.Boot, "boot", boot, 384, 0),
                (4, PartitionRole.Root, "root", "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", 0, 0),
            ],
            "aarch64" =>
            [
                (1, PartitionRole.Reserved, "reserved", reserved, 1, 0),
                (2, PartitionRole.Efi, "EFI-SYSTEM", efi, 127, 0),
                (3, PartitionRole.Boot, "boot", boot, 384, 0),
                (4, PartitionRole.Root, "root", "B921B045-1DF0-41C3-AF44-4C6F280D3FAE", 0, 0),
            ],
            "ppc64le" =>
            [
                (1, PartitionRole.Prep, "PowerPC-PReP-boot", "9E1A2D38-C612-4316-AA26-8B49521E5A8B", 4, bootable),
                (2, PartitionRole.Reserved, "reserved", reserved, 1, 0),
                (3, PartitionRole.Boot, "boot", boot, 384, 0),
                (4, PartitionRole.Root, "root", "C31C45E6-3F39-412E-80FB-4809C4980599", 0, 0),
            ],
            _ =>
            [
                (3, PartitionRole.Boot, "boot", boot, 384, 0),
                (4, PartitionRole.Root, "root", "5EEAD9A9-FE09-4A1E-A1D7-520D00531306", 0, 0),
            ],
        };
    }
}
