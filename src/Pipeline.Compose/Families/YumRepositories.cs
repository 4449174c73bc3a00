using Pipeline.Host.Files;

namespace Pipeline.Compose.Families;

/// <summary>Finds repositories in the <c>*.repo</c> files of RPM systems, to say that they cannot be composed from.</summary>
internal static class YumRepositories
{
    private const int MaxFileSize = 1024 * 1024;

    /// <summary>The name of the file that has a section <c>[repository]</c>, or <c>null</c>.</summary>
    public static string? FileOf(string directory, string repository) =>
        Directory
            .EnumerateFiles(directory, "*.repo")
            .Order(StringComparer.Ordinal)
            .Where(f => RegularFile.Is(f) && new FileInfo(f).Length <= MaxFileSize)
            .FirstOrDefault(f => RegularFile.ReadLines(f).Any(l => l.Trim() == $"[{repository}]"))
            is { } found
            ? Path.GetFileName(found)
            : null;
}
