using Pipeline.Compose.Solving;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>Debian's Packages indices.</summary>
internal sealed class DebIndexFormat : IIndexFormat
{
    /// <summary>Larger than any package; sums of such sizes do not overflow.</summary>
    private const long MostBytes = 1L << 40;

    /// <inheritdoc/>
    public IndexSyntax Syntax => IndexSyntax.DebianPackages;

    /// <inheritdoc/>
    public int DefaultPriority => PackagesFacts.DefaultPriority;

    /// <inheritdoc/>
    public string Spell(Architecture architecture) => architecture.Debian;

    /// <inheritdoc/>
    public bool Fits(string packageArchitecture, Architecture tree) => packageArchitecture == "all" || packageArchitecture == tree.Debian;

    /// <inheritdoc/>
    public IEnumerable<PackageFacts> Facts(ReadOnlyMemory<byte> text) => PackagesFacts.Read(text);

    /// <inheritdoc/>
    public bool IsUsable(PackageRow row) =>
        row.Digest is not null
        && row.Size is >= 0 and <= MostBytes
        && DebNames.IsName(row.Name)
        && DebNames.IsVersion(row.Version)
        && DebNames.IsName(row.Architecture)
        && DebNames.IsName(row.Source)
        && DebNames.IsSafeLocation(row.Location);
}
