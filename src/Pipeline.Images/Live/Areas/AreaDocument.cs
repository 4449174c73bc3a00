using System.Globalization;
using Pipeline.Images.Live.Iso;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Images.Live.Areas;

/// <summary>A small JSON document below <c>/coreos</c> of an image. Members that are not known are left alone.</summary>
internal sealed class AreaDocument
{
    private const int Largest = 1 << 20;
    private readonly string _image;
    private readonly string _path;

    private AreaDocument(string image, string path, JsonTextObject root) => (_image, _path, Root) = (image, path, root);

    /// <summary>The document.</summary>
    public JsonTextObject Root { get; }

    /// <summary>Reads the document at a path, or <c>null</c> when there is none.</summary>
    /// <exception cref="PipelineException">PL3101, PL3104.</exception>
    public static AreaDocument? Find(IsoImage image, string path) =>
        image.FindFile(path) is { } entry ? Parse(image.File, path, image.Read(entry, Largest)) : null;

    /// <summary>Reads a document. Spaces and zeros behind it fill its file.</summary>
    /// <exception cref="PipelineException">PL3104.</exception>
    public static AreaDocument Parse(string image, string path, byte[] bytes)
    {
        var problems = new DiagnosticBag();
        var root = JsonText.Parse(path, bytes.AsMemory(0, bytes.AsSpan().TrimEnd((byte)0).Length), problems);
        return problems.Items.FirstOrDefault(p => p.Severity == Severity.Error) is { } problem
                ? throw new PipelineException(LiveDiagnostics.BadDocument(image, path, $"{problem.Message} at line {problem.Span?.Line}"))
            : root is JsonTextObject json ? new(image, path, json)
            : throw new PipelineException(LiveDiagnostics.BadDocument(image, path, "it is no object"));
    }

    /// <summary>A text that has to be there.</summary>
    public string Text(JsonTextObject of, string name) =>
        of.Find(name) is JsonTextString text ? text.Value : throw Bad($"'{name}' is not a string");

    /// <summary>A number from 0 on, or <c>null</c> when it is not there.</summary>
    public long? Number(JsonTextObject of, string name) =>
        of.Find(name) switch
        {
            null or JsonTextNull => null,
            JsonTextNumber number when long.TryParse(number.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var value) => value,
            _ => throw Bad($"'{name}' is not a number from 0 on"),
        };

    /// <summary>One ASCII character, or <paramref name="otherwise"/> when it is not there.</summary>
    public byte Character(JsonTextObject of, string name, char otherwise) =>
        of.Find(name) switch
        {
            null or JsonTextNull => (byte)otherwise,
            JsonTextString { Value: [var c] } when char.IsAscii(c) => (byte)c,
            _ => throw Bad($"'{name}' is not one character"),
        };

    /// <summary>A path inside the image.</summary>
    public string Path(JsonTextObject of, string name)
    {
        var path = Text(of, name).TrimStart('/');
        return path.Length > 0 && !path.Split('/').Any(p => p is "" or "." or "..") ? path : throw Bad($"'{name}' is no path in the image");
    }

    /// <summary>The document cannot be used.</summary>
    public PipelineException Bad(string what) => new(LiveDiagnostics.BadDocument(_image, _path, what));
}
