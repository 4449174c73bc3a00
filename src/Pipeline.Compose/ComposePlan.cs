using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

/// <summary>What a compose would do, found without asking any server and without changing anything.</summary>
public sealed record ComposePlan
{
    /// <summary>The manifest's name.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The kind of packages; <c>null</c> when the repositories are of no one kind.</summary>
    public required string? Family { get; init; }

    /// <summary>How many packages the manifest requests.</summary>
    public required int Requests { get; init; }

    /// <summary>The repositories in order; without those that are not defined well enough to be asked.</summary>
    public required ValueList<PlannedRepository> Repositories { get; init; }

    /// <summary>How many packages the tree has; <c>null</c> before the indices are here.</summary>
    public int? Packages { get; init; }

    /// <summary>How many of them would be fetched.</summary>
    public int? Missing { get; init; }

    /// <summary>Their bytes.</summary>
    public long? MissingBytes { get; init; }

    /// <summary>The first address that would be asked; <c>null</c> when everything is here, or nothing can be asked.</summary>
    public string? FirstAddress { get; init; }

    /// <summary>Extensions of extensions.yaml beside the manifest, for the architecture.</summary>
    public ValueList<PlannedExtension> Extensions { get; init; } = [];

    /// <summary>What a compose would refuse, all of it.</summary>
    public required ValueList<Diagnostic> Problems { get; init; }
}

/// <summary>Packages that a machine may get beside its image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Packages">
/// How many packages it adds; <c>null</c> before the indices are here, after a problem, and for extensions of kind development.
/// </param>
public sealed record PlannedExtension(string Name, int? Packages);

/// <summary>A repository that would be asked.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Index">The address of its signed index.</param>
/// <param name="IsCached">Whether its last verified index is here.</param>
public sealed record PlannedRepository(string Id, string Index, bool IsCached);
