using System.Buffers.Binary;
using Pipeline.Images.Live.Initrds;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Live.Areas;

/// <summary>
/// Where a live ISO has room for an initramfs image of its user. Three generations: <c>/coreos/igninfo.json</c> names a file, and on s390x
/// a part of it; before 2023 it was always <c>/images/ignition.img</c>; until 2022 a header at the end of the system area
/// (<c>coreiso+</c>, offset, length) pointed there too.
/// </summary>
internal static class InitrdArea
{
    /// <summary>The document that names the place.</summary>
    public const string Document = "coreos/igninfo.json";

    /// <summary>The file that the place usually is.</summary>
    public const string DefaultFile = "images/ignition.img";

    private const int Largest = 64 << 20;
    private const int HeaderSize = 24;

    /// <summary>The area and how it was found, or <c>null</c>: this is no live ISO.</summary>
    /// <exception cref="PipelineException">PL3101, PL3103, PL3104.</exception>
    public static (Region Region, string Source)? Find(IsoImage image)
    {
        if (AreaDocument.Find(image, Document) is { } info)
        {
            var path = info.Path(info.Root, "file");
            var file = image.FindFile(path) ?? throw info.Bad($"there is no '/{path}'");
            var offset = info.Number(info.Root, "offset") ?? 0;
            return offset < file.Length
                ? (Inside(image, file, offset, info.Number(info.Root, "length") ?? (file.Length - offset)), "igninfo.json")
                : throw info.Bad("'offset' is behind the end of the file");
        }

        return image.FindFile(DefaultFile) is { } fixedFile ? (Inside(image, fixedFile, 0, fixedFile.Length), "ignition.img")
            : FromHeader(image) is { } region ? (region, "system area")
            : null;
    }

    /// <summary>The files that are embedded.</summary>
    /// <exception cref="PipelineException">PL3110.</exception>
    public static InitrdImage Read(IsoImage image, Region region, CancellationToken cancellationToken)
    {
        var bytes = region.Read(image);
        return InitrdReader.Read(image.File, new MemoryStream(bytes), InitrdReader.LargestArea, _ => true, cancellationToken);
    }

    /// <summary>The bytes of the whole area with these files in it.</summary>
    /// <exception cref="PipelineException">PL3105.</exception>
    public static byte[] Write(IsoImage image, Region region, InitrdImage files)
    {
        var bytes = files.ToBytes();
        if (bytes.Length > region.Length)
        {
            throw new PipelineException(LiveDiagnostics.InitrdTooLarge(image.File, bytes.Length, region.Length));
        }

        var area = new byte[region.Length];
        bytes.CopyTo(area, 0);
        return area;
    }

    private static Region Inside(IsoImage image, IsoEntry file, long offset, long length)
    {
        var region = Sized(image, checked(file.Offset + offset), length);
        region.Require(image, file);
        return region;
    }

    private static Region? FromHeader(IsoImage image)
    {
        var header = image.Read(IsoImage.SystemArea - HeaderSize, HeaderSize, "the system area");
        if (!header.AsSpan().StartsWith("coreiso+"u8))
        {
            return null;
        }

        var region = Sized(
            image,
            BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8)),
            BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(16))
        );
        region.Require(image, null);
        return region;
    }

    private static Region Sized(IsoImage image, long offset, long length)
    {
        var region = new Region("Ignition embed area", offset, (int)Math.Clamp(length, 0, Largest));
        return region.Length == length ? region : throw region.Bad(image, $"cannot have {length} bytes");
    }
}
