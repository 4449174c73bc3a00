using Pipeline.Model.Values;

namespace Pipeline.Compose.Solving;

/// <summary>One package of an index: what the solver chooses and a lock pins.</summary>
internal sealed record PackageRow
{
    /// <summary>Id of its repository.</summary>
    public required string Repo { get; init; }

    /// <summary>Package name.</summary>
    public required string Name { get; init; }

    /// <summary>Version as the family writes it.</summary>
    public required string Version { get; init; }

    /// <summary>Architecture as the family writes it.</summary>
    public required string Architecture { get; init; }

    /// <summary>sha256 of the package file, or <c>null</c> when the index has none.</summary>
    public required Digest? Digest { get; init; }

    /// <summary>Bytes of the package file; negative when the index does not say.</summary>
    public required long Size { get; init; }

    /// <summary>Path below the repository's base as the index gives it; not checked.</summary>
    public required string Location { get; init; }

    /// <summary>Name of the source package; the package's own when the index names none.</summary>
    public required string Source { get; init; }

    /// <summary>Whether the family marks it essential.</summary>
    public required bool Essential { get; init; }
}

/// <summary>What an index says about a package and libsolv does not keep.</summary>
/// <param name="Name">Package name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Architecture">Its architecture.</param>
/// <param name="Size">Bytes of its file; <c>null</c> when libsolv knows them or the index does not say.</param>
/// <param name="Priority">0 is the highest. Of several providers of a name the one with the highest priority is taken.</param>
/// <param name="Essential">Whether it is part of every tree.</param>
internal sealed record PackageFacts(string Name, string Version, string Architecture, long? Size, int Priority, bool Essential);
