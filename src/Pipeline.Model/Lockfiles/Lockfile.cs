using Pipeline.Model.Values;

namespace Pipeline.Model.Lockfiles;

/// <summary>Exactly which packages make a tree, for one architecture.</summary>
public sealed record Lockfile
{
    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>
    /// <c>metadata.generated</c>: the newest <c>Date:</c> of the verified indices; never the clock. Day of the version and
    /// SOURCE_DATE_EPOCH.
    /// </summary>
    public required DateTimeOffset Generated { get; init; }

    /// <summary>The packages in installation order of the resolver (dependencies first); the file lists them by name.</summary>
    public required ValueList<LockedPackage> Packages { get; init; }

    /// <summary>sha256 of each repository's verified Release or repomd document, by repository id, sorted.</summary>
    public ValueList<LockedRepo> Repos { get; init; } = [];

    /// <summary>Name of the file beside a build's meta.json that has its lock.</summary>
    /// <param name="architecture">Of the build.</param>
    public static string GeneratedName(string architecture) => $"manifest-lock.generated.{architecture}.json";
}

/// <summary>One package, by digest.</summary>
public sealed record LockedPackage
{
    /// <summary>Package name.</summary>
    public required string Name { get; init; }

    /// <summary>Version as the family writes it: Debian <c>[epoch:]upstream[-revision]</c>, RPM <c>[epoch:]version-release</c>.</summary>
    public required string Version { get; init; }

    /// <summary>Architecture as the family writes it (<c>amd64</c>, <c>all</c>, <c>noarch</c>).</summary>
    public required string PackageArchitecture { get; init; }

    /// <summary>sha256 of the package file.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Size of the package file in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Id of the repository it comes from.</summary>
    public required string Repo { get; init; }

    /// <summary>Path below the repository's base, for example <c>pool/main/b/bash/bash_5.2_amd64.deb</c>; no host name.</summary>
    public required string Location { get; init; }

    /// <summary>Source package with version, or <c>null</c> when unknown.</summary>
    public string? Source { get; init; }

    /// <summary>Whether the family marks it essential (Debian <c>Essential: yes</c>).</summary>
    public bool Essential { get; init; }
}

/// <summary>A repository's state when the lock was made.</summary>
public sealed record LockedRepo(string Id, Digest Release, DateTimeOffset Date);
