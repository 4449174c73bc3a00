namespace Pipeline.Images.Live.Iso;

/// <summary>A file or directory of an ISO 9660 image.</summary>
/// <param name="Path">Without a leading slash; names of Rock Ridge where there are, else in lower case.</param>
/// <param name="PlainPath">The names of ISO 9660 itself, in upper case and without versions: what is always there.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="Offset">Where its bytes begin in the image. Not checked against the image's size.</param>
/// <param name="Length">How many there are.</param>
internal sealed record IsoEntry(string Path, string PlainPath, bool IsDirectory, long Offset, long Length)
{
    /// <summary>The first byte behind it.</summary>
    public long End => checked(Offset + Length);

    /// <summary>The last part of <see cref="Path"/>.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Whether a path as people write it names this entry: whatever the case, and also where names were cut to 8 and 3
    /// letters.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cut">The same as <see cref="Cut"/> makes it.</param>
    public bool IsAt(string path, string cut) =>
        string.Equals(Path, path, StringComparison.OrdinalIgnoreCase)
        || string.Equals(PlainPath, path, StringComparison.OrdinalIgnoreCase)
        || PlainPath == cut;

    /// <summary>A path with names as the first level of ISO 9660 cuts them.</summary>
    public static string Cut(string path) => string.Join('/', path.Split('/').Select(Short));

    /// <summary>A name as the first level of ISO 9660 cuts it.</summary>
    private static string Short(string name)
    {
        const int stem = 8;
        const int extension = 3;
        var dot = name.LastIndexOf('.');
        var (front, back) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
        var shortened = front[..Math.Min(stem, front.Length)] + (dot < 0 ? "" : "." + back[..Math.Min(extension, back.Length)]);
        return shortened.ToUpperInvariant();
    }
}
