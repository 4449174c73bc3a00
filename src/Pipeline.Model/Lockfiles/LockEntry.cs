using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Model.Lockfiles;

/// <summary>A package of a lockfile as it was read: everything but name and version may be missing, as in files of rpm-ostree.</summary>
public sealed record LockEntry
{
    /// <summary>Package name.</summary>
    public required string Name { get; init; }

    /// <summary>Version as the family writes it.</summary>
    public required string Version { get; init; }

    /// <summary>Architecture as the family writes it; <c>null</c> for any.</summary>
    public string? PackageArchitecture { get; init; }

    /// <summary>sha256 of the package file.</summary>
    public Digest? Digest { get; init; }

    /// <summary>Bytes of the package file.</summary>
    public long? Size { get; init; }

    /// <summary>Id of the repository.</summary>
    public string? Repo { get; init; }

    /// <summary>Path below the repository's base.</summary>
    public string? Location { get; init; }

    /// <summary>Source package.</summary>
    public string? Source { get; init; }

    /// <summary>Whether the family marks it essential.</summary>
    public bool Essential { get; init; }

    /// <summary>Place in the installation order.</summary>
    public long? Order { get; init; }

    /// <summary>Where its key stands; <c>null</c> when it was made.</summary>
    public SourceSpan? Span { get; init; }

    /// <summary>The package, or <c>null</c> when the file does not say all of it.</summary>
    public LockedPackage? Complete() =>
        this is { PackageArchitecture: { } architecture, Digest: { } digest, Size: { } size, Repo: { } repo, Location: { } location }
        && Order is not null
            ? new()
            {
                Name = Name,
                Version = Version,
                PackageArchitecture = architecture,
                Digest = digest,
                Size = size,
                Repo = repo,
                Location = location,
                Source = Source,
                Essential = Essential,
            }
            : null;
}

/// <summary>A lockfile as it was read.</summary>
/// <param name="Generated"><c>metadata.generated</c>.</param>
/// <param name="Entries">Its packages in the order of the file.</param>
/// <param name="Repos">The repositories whose state it names.</param>
public sealed record LockEntries(DateTimeOffset Generated, ValueList<LockEntry> Entries, ValueList<LockedRepo> Repos)
{
    /// <summary>The lock of a file that we wrote ourselves; <c>null</c> when something is missing in it.</summary>
    public Lockfile? Complete(Architecture architecture)
    {
        var packages = Entries.OrderBy(e => e.Order).Select(e => e.Complete()).OfType<LockedPackage>().ToValueList();
        return packages.Count == Entries.Count
            ? new()
            {
                Architecture = architecture,
                Generated = Generated,
                Packages = packages,
                Repos = Repos,
            }
            : null;
    }
}
