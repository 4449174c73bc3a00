using System.Buffers.Binary;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats.Raw;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Vhd;

/// <summary>
/// Fixed VHD ("Virtual Hard Disk Image Format Specification", 2006): the disk, then one sector that describes it. The disk's size is a
/// whole number of MiB, as Azure wants it, because every layout's is.
/// </summary>
internal sealed class VhdWriter : IDiskWriter
{
    private const int FooterSize = 512;
    private const int Checksum = 64;

    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.Vhd;

    /// <inheritdoc/>
    public StepTools Tools => StepTools.None;

    /// <inheritdoc/>
    public void Write(DiskView disk, DiskFacts facts, ImageStream target, CancellationToken cancellationToken)
    {
        target.Announce(disk.Length + FooterSize);
        RawWriter.Copy(disk, target, cancellationToken);
        target.Write(Footer(disk.Length, facts));
    }

    /// <summary>The last sector. All numbers are big-endian.</summary>
    internal static byte[] Footer(long length, DiskFacts facts)
    {
        const long year2000 = 946_684_800;
        const uint fixedDisk = 2;
        var footer = new byte[FooterSize];
        "conectix"u8.CopyTo(footer);
        Put(8, 2); // features: the bit that is always set
        Put(12, 0x00010000); // version
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(16), -1); // no dynamic header
        Put(24, (uint)Math.Clamp(facts.Epoch - year2000, 0, uint.MaxValue));

        // Readers take the size from the footer, not from the geometry, when the creator is this one.
        "win "u8.CopyTo(footer.AsSpan(28));
        Put(32, 0x000A0000);
        "Wi2k"u8.CopyTo(footer.AsSpan(36));
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(40), length);
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(48), length);
        Geometry(length / 512).CopyTo(footer.AsSpan(56));
        Put(60, fixedDisk);
        facts.Id("disk").TryWriteBytes(footer.AsSpan(68), bigEndian: true, out _);
        Put(Checksum, ~(uint)footer.Sum(b => b));
        return footer;

        void Put(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(at), value);
    }

    /// <summary>Cylinders (two bytes), heads and sectors per track, by the specification's appendix.</summary>
    private static byte[] Geometry(long sectors)
    {
        sectors = Math.Min(sectors, 65535L * 16 * 255);
        long perTrack;
        long heads;
        if (sectors >= 65535L * 16 * 63)
        {
            (perTrack, heads) = (255, 16);
        }
        else
        {
            perTrack = 17;
            heads = Math.Max((sectors / perTrack + 1023) / 1024, 4);
            if (sectors / perTrack >= heads * 1024 || heads > 16)
            {
                (perTrack, heads) = (31, 16);
            }

            if (perTrack == 31 && sectors / perTrack >= heads * 1024)
            {
                (perTrack, heads) = (63, 16);
            }
        }

        var cylinders = sectors / perTrack / heads;
        return [(byte)(cylinders >> 8), (byte)(cylinders & 0xFF), (byte)heads, (byte)perTrack];
    }
}
