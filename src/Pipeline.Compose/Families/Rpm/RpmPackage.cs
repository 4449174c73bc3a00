using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>An RPM package on its way into a tree.</summary>
internal sealed record RpmPackage : TreePackage
{
    private readonly Lazy<Dictionary<string, (RpmPackageEntry Entry, long Colour)>> _files;

    /// <summary>Reads the headers that its layer keeps.</summary>
    /// <exception cref="BadPackageException">A header cannot be read, or does not say which package it is.</exception>
    public RpmPackage(PackageLayer layer)
        : base(layer)
    {
        Header = RpmHeader.Parse(layer.Layer.Control[RpmReader.Header], RpmTag.HeaderImmutable);
        Signature = RpmHeader.Parse(layer.Layer.Control[RpmReader.Signature], RpmTag.HeaderSignatures);
        Identity = RpmPackageIdentity.Read(Header);
        _files = new(ReadFiles);
    }

    /// <inheritdoc/>
    public override string Name => Identity.Name;

    /// <summary>Name, version and architecture by its own header.</summary>
    public RpmPackageIdentity Identity { get; }

    /// <summary>The main header.</summary>
    public RpmHeader Header { get; }

    /// <summary>The signature header.</summary>
    public RpmHeader Signature { get; }

    /// <summary>As rpm names it in what it writes: name-version-release.architecture.</summary>
    public string FullName => $"{Name}-{Identity.Version}-{Identity.Release}.{Identity.Architecture}";

    /// <summary>A file as the header lists it, and its colour: 1 for 32-bit programs, 2 for 64-bit ones, 0 for everything else.</summary>
    /// <param name="entry">Of this package.</param>
    public (RpmPackageEntry Entry, long Colour) Listed(LayerEntry entry) => _files.Value["/" + entry.RawPath];

    private Dictionary<string, (RpmPackageEntry Entry, long Colour)> ReadFiles()
    {
        var entries = RpmPackageEntries.Read(Header, LayerLimits.Default);
        var colours = Header.Numbers(RpmTag.FileColours, LayerLimits.Default.Entries);
        var files = new Dictionary<string, (RpmPackageEntry Entry, long Colour)>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Length; i++)
        {
            files["/" + PackagePath.Clean(entries[i].Path[1..])] = (entries[i], i < colours.Length ? colours[i] : 0);
        }

        return files;
    }
}

/// <summary>
/// The lock, and the index that it was made from, name a package; its own header must say the same. Otherwise a repository could have one
/// package approved and another one installed.
/// </summary>
internal static class RpmIdentity
{
    /// <summary>Reports PL2121 for every field that differs.</summary>
    public static void Check(RpmPackage package, DiagnosticBag problems)
    {
        var (locked, own) = (package.Layer.Package, package.Identity);
        Compare("name", own.Name, locked.Name);
        Compare("version", own.FullVersion, RpmNames.WithoutZeroEpoch(locked.Version));
        Compare("architecture", own.Architecture, locked.PackageArchitecture);

        void Compare(string what, string says, string expected)
        {
            if (says != expected)
            {
                problems.Add(TreeDiagnostics.Identity(locked.Name, "header", what, says, expected));
            }
        }
    }
}
