using System.Buffers.Binary;
using System.Text;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live.Areas;

/// <summary>A place of the kernel arguments.</summary>
/// <param name="Region">The bytes.</param>
/// <param name="Pad">What fills the bytes behind the arguments.</param>
/// <param name="End">What stands behind the arguments.</param>
internal sealed record KernelArgumentPlace(Region Region, byte Pad, byte End);

/// <summary>
/// Where a live ISO keeps the kernel arguments of its boot loaders; all places hold the same. <c>/coreos/kargs.json</c> lists them since
/// September 2021; before, from January 2021 on, a header in the system area did (<c>coreKarg</c>, length, place of the default, six
/// places).
/// </summary>
/// <param name="Places">At least one, ascending.</param>
/// <param name="Length">Bytes of each place.</param>
/// <param name="Default">The arguments that the image was released with.</param>
/// <param name="Source">How the places were found.</param>
internal sealed record KernelArgumentArea(ValueList<KernelArgumentPlace> Places, int Length, string Default, string Source)
{
    /// <summary>The document that lists the places.</summary>
    public const string Document = "coreos/kargs.json";

    /// <summary>Most bytes of a place that coreos-installer accepts.</summary>
    public const int Largest = 2048;
    private const string What = "kernel argument area";
    private const int MostPlaces = 64;
    private const int HeaderSize = 72;
    private const int HeaderPlaces = 6;
    private const int BehindHeader = 24;

    /// <summary>The area, or <c>null</c> when the image has none.</summary>
    /// <exception cref="PipelineException">PL3101, PL3103, PL3104.</exception>
    public static KernelArgumentArea? Find(IsoImage image)
    {
        var area = AreaDocument.Find(image, Document) is { } document ? FromDocument(image, document) : FromHeader(image);
        if (area is not null)
        {
            Region.RequireApart(image, area.Places.Select(p => p.Region));
        }

        return area;
    }

    /// <summary>The arguments that are there.</summary>
    /// <exception cref="PipelineException">PL3103 they are no text, or differ from place to place.</exception>
    public string Current(IsoImage image)
    {
        var texts = Places.Select(p => Text(image, p.Region, p.Region.Read(image), p)).ToArray();
        return texts.All(t => t == texts[0])
            ? texts[0]
            : throw Places[1].Region.Bad(image, "does not hold the same arguments in all places");
    }

    /// <summary>The bytes of each place with these arguments in it.</summary>
    /// <exception cref="PipelineException">PL3106, PL3114.</exception>
    public IEnumerable<(Region Region, byte[] Bytes)> Write(IsoImage image, string arguments)
    {
        if (arguments.Any(char.IsControl))
        {
            throw new PipelineException(LiveDiagnostics.BadKernelArgument(arguments, "has control characters in it"));
        }

        var text = Encoding.UTF8.GetBytes(arguments.Trim());
        if (text.Length >= Length)
        {
            throw new PipelineException(LiveDiagnostics.KernelArgumentsTooLarge(image.File, text.Length + 1, Length));
        }

        foreach (var place in Places)
        {
            var bytes = new byte[Length];
            bytes.AsSpan().Fill(place.Pad);
            text.CopyTo(bytes, 0);
            bytes[text.Length] = place.End;
            yield return (place.Region, bytes);
        }
    }

    private static KernelArgumentArea FromDocument(IsoImage image, AreaDocument document)
    {
        var size = Size(document.Number(document.Root, "size") ?? throw document.Bad("'size' is missing"), document.Bad);
        var normal = document.Text(document.Root, "default");
        if (normal.Length > size)
        {
            throw document.Bad("'default' is longer than 'size'");
        }

        if (document.Root.Find("files") is not JsonTextArray { Items.Count: > 0 and <= MostPlaces } files)
        {
            throw document.Bad($"'files' is not a list of 1 to {MostPlaces} places");
        }

        var places = files.Items.Select(item =>
        {
            var file = item as JsonTextObject ?? throw document.Bad("'files' has something else than objects");
            var path = document.Path(file, "path");
            var entry = image.FindFile(path) ?? throw document.Bad($"there is no '/{path}'");
            var offset = document.Number(file, "offset") ?? throw document.Bad("'offset' is missing");
            var region = new Region(
                What,
                offset < entry.Length ? entry.Offset + offset : throw document.Bad("'offset' is behind the end"),
                size
            );
            region.Require(image, entry);
            return new KernelArgumentPlace(region, document.Character(file, "pad", '#'), document.Character(file, "end", '\n'));
        });
        return new([.. places.OrderBy(p => p.Region.Offset)], size, normal, "kargs.json");
    }

    private static KernelArgumentArea? FromHeader(IsoImage image)
    {
        var header = image.Read(IsoImage.SystemArea - BehindHeader - HeaderSize, HeaderSize, "the system area");
        if (!header.AsSpan().StartsWith("coreKarg"u8))
        {
            return null;
        }

        PipelineException Bad(string what) => new(LiveDiagnostics.BadArea(image.File, What, what));
        long Field(int number) => BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8 * number));

        var size = Size(Field(1), Bad);
        var places = Enumerable
            .Range(3, HeaderPlaces)
            .Select(Field)
            .TakeWhile(offset => offset != 0)
            .Select(offset =>
            {
                var region = new Region(What, offset, size);
                region.Require(image, null);
                return new KernelArgumentPlace(region, (byte)'#', (byte)'\n');
            })
            .OrderBy(p => p.Region.Offset)
            .ToValueList();
        if (places.Count == 0)
        {
            throw Bad("has no place");
        }

        var normal = new Region("default of the kernel arguments", Field(2), size);
        return new(places, size, Text(image, normal, normal.Read(image), places[0]), "system area");
    }

    private static int Size(long size, Func<string, PipelineException> bad) =>
        size is > 0 and <= Largest ? (int)size : throw bad($"cannot have {size} bytes for kernel arguments, at most {Largest}");

    private static string Text(IsoImage image, Region region, byte[] bytes, KernelArgumentPlace place)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return text.TrimEnd((char)place.Pad).TrimEnd((char)place.End).Trim();
        }
        catch (DecoderFallbackException)
        {
            throw region.Bad(image, "holds something else than text");
        }
    }
}
