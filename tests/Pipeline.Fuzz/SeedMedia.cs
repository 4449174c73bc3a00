using System.Buffers.Binary;
using System.IO.Compression;
using Pipeline.Host.Archives;
using Pipeline.Host.Files;
using Pipeline.Images.Live;
using Pipeline.Images.Live.Initrds;
using Pipeline.Images.Live.Iso;
using Pipeline.TestKit.Live;

namespace Pipeline.Fuzz;

/// <summary>Seeds of live media.</summary>
internal static class SeedMedia
{
    /// <summary>Images of three layouts, with small areas.</summary>
    public static IEnumerable<byte[]> Isos() =>
        from generation in new[] { "2021-01", "2022-02", "2023-07" }
        select LiveIsoFixture
            .Of(
                generation,
                files =>
                {
                    files["images/ignition.img"] = [.. new InitrdImage { Ignition = "{}"u8.ToArray() }.ToBytes(), .. new byte[1000]];
                    files["images/pxeboot/rootfs.img"] = "rootfs"u8.ToArray();
                    files.Remove("coreos/miniso.dat");
                }
            )
            .Bytes;

    /// <summary>A stream-optimised VMDK with a grain and a table.</summary>
    public static IEnumerable<byte[]> StreamDisks()
    {
        var file = new MemoryStream();
        var header = new byte[512];
        "KDMV"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 0x30001);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(12), 4096);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(20), 8);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(64), 1);
        header[77] = 1;
        file.Write(header);
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(new byte[4096]);
        }

        var grain = new byte[512];
        BinaryPrimitives.WriteInt64LittleEndian(grain, 8);
        BinaryPrimitives.WriteInt32LittleEndian(grain.AsSpan(8), (int)packed.Length);
        packed.ToArray().CopyTo(grain, 12);
        file.Write(grain);
        var table = new byte[1024];
        table[0] = 1;
        table[12] = 1;
        file.Write(table);
        file.Write(new byte[512]);
        yield return file.ToArray();
    }

    /// <summary>Plain and compressed archives.</summary>
    public static IEnumerable<byte[]> Initrds()
    {
        var stream = new MemoryStream();
        var writer = new CpioWriter(stream);
        writer.AddDirectory("etc", 0x1ed);
        writer.AddFile("etc/x", 0x1a4, "content"u8);
        writer.Finish();
        var compressed = new InitrdImage { Ignition = "{}"u8.ToArray() }.ToBytes();
        yield return stream.ToArray();
        yield return compressed;
        yield return [.. stream.ToArray(), .. new byte[8], .. compressed];
    }

    /// <summary>Lists of places of kernel arguments.</summary>
    public static IEnumerable<byte[]> KernelArgumentDocuments() => Documents("coreos/kargs.json");

    /// <summary>Places of the Ignition area.</summary>
    public static IEnumerable<byte[]> IgnitionDocuments() =>
        Documents("coreos/igninfo.json").Append("""{"file":"images/ignition.img","offset":4096,"length":1000}"""u8.ToArray());

    /// <summary>Data of a minimal image.</summary>
    public static IEnumerable<byte[]> MinimalIsos()
    {
        using var directory = new TemporaryDirectory();
        LiveIsoFixture.Of("2023-07").WriteTo(directory.File("full"));
        LiveIsoFixture.Of("2023-07", f => f.Remove("images/pxeboot/rootfs.img")).WriteTo(directory.File("minimal"));
        using var full = IsoImage.Open(directory.File("full"), "full");
        using var minimal = IsoImage.Open(directory.File("minimal"), "minimal");
        yield return MinimalIso.Pack(full, minimal);
    }

    private static IEnumerable<byte[]> Documents(string path)
    {
        byte[]? found = null;
        LiveIsoFixture.Of("2023-07", files => found = files[path]);
        yield return found!;
    }
}
