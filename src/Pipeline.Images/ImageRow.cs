using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <summary>An image of the platform table on one architecture: a disk image, or live media.</summary>
/// <param name="Name">The artifact, as options name it.</param>
/// <param name="Platform">The platform it is for.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Format">Format of the disk in lower case, or <c>iso</c>.</param>
/// <param name="Suffix">Suffix of the file without a compressor's.</param>
/// <param name="Compression">How it is compressed for publication.</param>
/// <param name="Obstacle">Why it cannot be made, or <c>null</c> when it can.</param>
public sealed record ImageRow(
    string Name,
    string Platform,
    Architecture Architecture,
    string Format,
    string Suffix,
    Compression Compression,
    string? Obstacle
)
{
    /// <summary>The format of live media: an ISO, and with it the files of network boot.</summary>
    public const string Media = "iso";
}

/// <summary>Names that stand for several images.</summary>
public static class ImageGroups
{
    /// <summary>Every image that can be made.</summary>
    public const string All = "all";

    /// <summary>Those of clouds and hypervisors.</summary>
    public const string Cloud = "cloud";

    /// <summary>Those written to disks of machines.</summary>
    public const string BareMetal = "bare-metal";

    /// <summary>The groups.</summary>
    public static ValueList<string> Names { get; } = [All, Cloud, BareMetal];

    /// <summary>The names with groups replaced by the images of an architecture that can be made, each once, in order.</summary>
    /// <param name="names">Images and groups.</param>
    /// <param name="table">The table.</param>
    /// <param name="architecture">The architecture.</param>
    public static ValueList<string> Expand(IEnumerable<string> names, ValueList<ImageRow> table, Architecture architecture)
    {
        var made = table.Where(r => r.Architecture == architecture && r.Obstacle is null).ToArray();
        return names
            .SelectMany(n => Names.Contains(n) ? made.Where(r => IsIn(r, n)).Select(r => r.Name) : [n])
            .Distinct(StringComparer.Ordinal)
            .ToValueList();
    }

    private static bool IsIn(ImageRow row, string group) =>
        group switch
        {
            All => true,
            BareMetal => row.Platform == "metal",
            _ => row.Platform is not "metal" && row.Platform != PlatformTable.Qemu,
        };
}
