using System.Buffers.Binary;
using System.IO.Compression;

namespace Pipeline.Tests.Clouds;

/// <summary>Writes stream-optimised VMDK by the letter of its description, independent of the product's writer.</summary>
internal static class TestVmdk
{
    private const int Grain = 64 << 10;

    /// <summary>A VMDK of a disk.</summary>
    /// <param name="disk">The disk's bytes.</param>
    /// <param name="moved">The n-th stored grain says that it is at this sector.</param>
    public static byte[] Of(byte[] disk, (int Number, long Sector)? moved = null)
    {
        using var file = new MemoryStream();
        var header = new byte[512];
        "KDMV"u8.CopyTo(header);
        header[4] = 3;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 0x30001);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(12), disk.Length / 512);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(20), Grain / 512);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(64), 3);
        header[77] = 1;
        file.Write(header);
        file.Write(new byte[2 * 512]);
        var number = 0;
        for (var at = 0; at < disk.Length; at += Grain)
        {
            var grain = new byte[Grain];
            disk.AsSpan(at, Math.Min(Grain, disk.Length - at)).CopyTo(grain);
            if (grain.AsSpan().ContainsAnyExcept((byte)0))
            {
                Add(file, moved?.Number == number ? moved.Value.Sector : at / 512, grain);
                number++;
            }

            // A table somewhere in the middle is skipped.
            if (at == 4 * Grain)
            {
                file.Write(Marker(4, 1));
                file.Write(new byte[4 * 512]);
            }
        }

        file.Write(Marker(0, 0));
        return file.ToArray();
    }

    private static void Add(MemoryStream file, long sector, byte[] grain)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(grain);
        }

        var head = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(head, sector);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), (int)packed.Length);
        file.Write(head);
        file.Write(packed.ToArray());
        file.Write(new byte[(512 - (file.Length % 512)) % 512]);
    }

    private static byte[] Marker(long sectors, uint type)
    {
        var marker = new byte[512];
        BinaryPrimitives.WriteInt64LittleEndian(marker, sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(marker.AsSpan(12), type);
        return marker;
    }
}
