using Pipeline.Compose.Solving;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>primary.xml of RPM repositories. libsolv's reader keeps everything that a row needs.</summary>
internal sealed class RpmIndexFormat : IIndexFormat
{
    /// <summary>Larger than any package; sums of such sizes do not overflow.</summary>
    private const long MostBytes = 1L << 40;

    /// <inheritdoc/>
    public IndexSyntax Syntax => IndexSyntax.RpmPrimary;

    /// <inheritdoc/>
    public int DefaultPriority => 0;

    /// <inheritdoc/>
    public string Spell(Architecture architecture) => architecture.Name;

    /// <inheritdoc/>
    /// <remarks>Of 32-bit packages only those of x86 can be beside 64-bit ones.</remarks>
    public bool Fits(string packageArchitecture, Architecture tree) =>
        packageArchitecture == "noarch"
        || packageArchitecture == tree.Name
        || (tree == Architecture.X86_64 && packageArchitecture is "i386" or "i486" or "i586" or "i686" or "athlon");

    /// <inheritdoc/>
    public IEnumerable<PackageFacts> Facts(ReadOnlyMemory<byte> text) => [];

    /// <inheritdoc/>
    public bool IsUsable(PackageRow row) =>
        row.Digest is not null
        && row.Size is >= 0 and <= MostBytes
        && RpmNames.IsName(row.Name)
        && RpmNames.IsVersion(row.Version)
        && RpmNames.IsName(row.Architecture)
        && RpmNames.IsName(row.Source)
        && RpmNames.IsSafeLocation(row.Location);
}
