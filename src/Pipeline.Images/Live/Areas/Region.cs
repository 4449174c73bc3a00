using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Live.Areas;

/// <summary>Bytes of an image that may be changed in place.</summary>
/// <param name="What">For messages, such as "Ignition embed area".</param>
/// <param name="Offset">In the image.</param>
/// <param name="Length">How many.</param>
internal sealed record Region(string What, long Offset, int Length)
{
    /// <summary>The first byte behind it.</summary>
    public long End => checked(Offset + Length);

    /// <summary>
    /// Refuses a region that would change anything else than the file it is for: parts of other files, directories or descriptors. An image
    /// can say anything about its areas, and whatever is there is overwritten.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="owner">The file that it is said to be in; <c>null</c> when only a position is known.</param>
    public void Require(IsoImage image, IsoEntry? owner)
    {
        if (Offset < image.Contents || Length <= 0 || Offset > image.Length - Length)
        {
            throw Bad(image, "is not inside the image");
        }

        if (owner is not null && (Offset < owner.Offset || Offset >= owner.End))
        {
            throw Bad(image, $"is not inside '/{owner.Path}'");
        }

        if (owner is null && !image.Entries.Any(e => !e.IsDirectory && e.Offset <= Offset && End <= e.End))
        {
            throw Bad(image, "is in no file");
        }

        foreach (var entry in image.Entries.Where(e => e.Length > 0 && e.Offset < End && Offset < e.End))
        {
            var inside = entry.Offset <= Offset && End <= entry.End;
            if (entry.IsDirectory || !(inside || entry == owner))
            {
                throw Bad(image, $"overlaps '/{entry.Path}'");
            }
        }
    }

    /// <summary>Refuses regions that overlap.</summary>
    public static void RequireApart(IsoImage image, IEnumerable<Region> regions)
    {
        Region? before = null;
        foreach (var region in regions.OrderBy(r => r.Offset))
        {
            if (before is not null && region.Offset < before.End)
            {
                throw region.Bad(image, $"overlaps the {before.What}");
            }

            before = region;
        }
    }

    /// <summary>The bytes that are there.</summary>
    public byte[] Read(IsoImage image) => image.Read(Offset, Length, $"the {What}");

    /// <summary>The region cannot be used.</summary>
    public PipelineException Bad(IsoImage image, string what) => new(LiveDiagnostics.BadArea(image.File, What, what));
}
