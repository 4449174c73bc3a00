using System.Globalization;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines;

/// <summary>The sectors that a disk reports.</summary>
public enum DiskSectors
{
    /// <summary>512 bytes, physical and logical.</summary>
    Bytes512,

    /// <summary>4096 bytes physical, 512 logical (<c>512e</c>).</summary>
    Emulated512,

    /// <summary>4096 bytes, physical and logical (<c>4k</c>).</summary>
    Bytes4096,
}

/// <summary>How a disk is attached.</summary>
public enum DiskChannel
{
    /// <summary>virtio-blk.</summary>
    Virtio,

    /// <summary>NVMe.</summary>
    Nvme,

    /// <summary>A SCSI disk on virtio-scsi.</summary>
    Scsi,
}

/// <summary>One disk of a machine.</summary>
public sealed record MachineDisk
{
    /// <summary>Least size of the system disk, exact size of a further one; <c>null</c> for the image's own.</summary>
    public ByteSize? Size { get; init; }

    /// <summary>Its sectors.</summary>
    public DiskSectors Sectors { get; init; }

    /// <summary>How it is attached. A disk with several paths is a SCSI disk.</summary>
    public DiskChannel Channel { get; init; }

    /// <summary>Whether it is reached by two paths.</summary>
    public bool IsMultipath { get; init; }

    /// <summary>Serial number; <c>null</c> for the machine's own choice.</summary>
    public string? Serial { get; init; }

    /// <summary>World wide name; <c>null</c> for none. SCSI only.</summary>
    public ulong? Wwn { get; init; }

    /// <summary>Whether it is more than an empty disk of some size, which any machine has.</summary>
    public bool IsSpecial => this != new MachineDisk { Size = Size };

    /// <summary>The disk as kola writes it: <c>SIZE:OPTION,…</c>.</summary>
    public override string ToString()
    {
        var options = new List<string>();
        if (Sectors != DiskSectors.Bytes512)
        {
            options.Add(Sectors == DiskSectors.Bytes4096 ? "4k" : "512e");
        }

        if (IsMultipath)
        {
            options.Add("mpath");
        }
        else if (Channel != DiskChannel.Virtio)
        {
            options.Add(Channel == DiskChannel.Nvme ? "channel=nvme" : "channel=scsi");
        }

        if (Serial is not null)
        {
            options.Add($"serial={Serial}");
        }

        if (Wwn is { } wwn)
        {
            options.Add(string.Create(CultureInfo.InvariantCulture, $"wwn=0x{wwn:x16}"));
        }

        var mib = (Size?.Bytes ?? 0) / (1024 * 1024);
        var size =
            Size is null ? ""
            : mib % 1024 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{mib / 1024}G")
            : string.Create(CultureInfo.InvariantCulture, $"{mib}M");
        return options.Count == 0 ? size : $"{size}:{string.Join(',', options)}";
    }
}
