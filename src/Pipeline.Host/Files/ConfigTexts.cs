using Pipeline.Model.Configs;

namespace Pipeline.Host.Files;

/// <summary>Files beside a manifest, opened for the readers of <c>Pipeline.Model.Configs</c>.</summary>
public static class ConfigTexts
{
    private const long Limit = 1 << 20;

    /// <summary>A file of a directory; <c>null</c> when it is no regular file there, or larger than 1 MiB.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="display">The same as the user named it, for messages.</param>
    /// <param name="name">The file's name.</param>
    public static ConfigText? Open(string directory, string display, string name)
    {
        var path = name.Contains('\0', StringComparison.Ordinal) ? "" : Path.Combine(directory, name);
        return RegularFile.Is(path) && new FileInfo(path).Length <= Limit
            ? new(Path.Combine(display, name), RegularFile.ReadText(path))
            : null;
    }
}
