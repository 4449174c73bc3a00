using Pipeline.Images.Disks;

namespace Pipeline.Images.Formats;

/// <summary>Small members and the end of a tar.</summary>
internal static class TarMembers
{
    /// <summary>A member whose content is in memory.</summary>
    public static void Add(ImageStream target, string name, byte[] content, long epoch)
    {
        target.Write(TarHeader.Of(name, content.Length, epoch));
        target.Write(content);
        target.Pad(TarHeader.BlockSize);
    }

    /// <summary>Pads the last member and writes the two empty blocks.</summary>
    public static void End(ImageStream target)
    {
        target.Pad(TarHeader.BlockSize);
        target.WriteZeros(2 * TarHeader.BlockSize);
    }
}
