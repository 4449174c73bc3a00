namespace Pipeline.Model.Versions;

/// <summary>The parts of a package's version, of any package family.</summary>
/// <param name="Epoch">A number; <c>0</c> when the version has none.</param>
/// <param name="Version">The upstream version.</param>
/// <param name="Release">The packaging release; empty when there is none.</param>
public sealed record PackageVersion(string Epoch, string Version, string Release)
{
    /// <summary>Cuts <c>[epoch:]version[-release]</c>.</summary>
    public static PackageVersion Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var rest = text[(colon + 1)..];
        var dash = rest.LastIndexOf('-');
        return new(colon < 0 ? "0" : text[..colon], dash < 0 ? rest : rest[..dash], dash < 0 ? "" : rest[(dash + 1)..]);
    }
}
