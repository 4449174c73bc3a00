using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Which package a header describes.</summary>
/// <param name="Name">Name of the package.</param>
/// <param name="Epoch">The epoch, or <c>null</c>: as 0.</param>
/// <param name="Version">Version without epoch and release.</param>
/// <param name="Release">The packaging release.</param>
/// <param name="Architecture">Of the machine, or <c>noarch</c>.</param>
internal sealed record RpmPackageIdentity(string Name, long? Epoch, string Version, string Release, string Architecture)
{
    private const int Longest = 256;

    /// <summary>Version, release and an epoch that is not 0, as rows and locks have it.</summary>
    public string FullVersion => Epoch is null or 0 ? $"{Version}-{Release}" : $"{Epoch}:{Version}-{Release}";

    /// <summary>Reads it; the parts become names of files and arguments, so they are checked.</summary>
    /// <exception cref="BadPackageException">One is missing or not usable.</exception>
    public static RpmPackageIdentity Read(RpmHeader header) =>
        new(
            Word(header, RpmTag.Name, "+-._"),
            header.Number(RpmTag.Epoch),
            Word(header, RpmTag.Version, "+._~^"),
            Word(header, RpmTag.Release, "+._~^"),
            Word(header, RpmTag.Architecture, "_")
        );

    private static string Word(RpmHeader header, RpmTag tag, string marks) =>
        header.Text(tag) is { Length: > 0 and <= Longest } word
        && word[0] != '-'
        && word.All(c => char.IsAsciiLetterOrDigit(c) || marks.Contains(c, StringComparison.Ordinal))
            ? word
            : throw BadPackageException.Damaged($"it lacks a usable {tag.ToString().ToLowerInvariant()}");
}
