using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary><c>builds.json</c>: the builds of a stream, newest first.</summary>
public sealed record BuildsDocument : ContractRecord
{
    /// <summary>"1.0.0".</summary>
    [Member("schema-version")]
    public required string SchemaVersion { get; init; }

    /// <summary>Newest first.</summary>
    [Member("builds")]
    public required ValueList<BuildEntry> Builds { get; init; }

    /// <summary>Names for builds.</summary>
    [Member("tags")]
    public ValueList<BuildTag>? Tags { get; init; }

    /// <summary>When the document changed; pruning takes it as its change detector.</summary>
    [Member("timestamp")]
    public string? Timestamp { get; init; }

    /// <summary>Builds whose files are gone.</summary>
    [Member("tombstone-builds")]
    public ValueList<BuildEntry>? Tombstones { get; init; }
}

/// <summary>One build.</summary>
public sealed record BuildEntry : ContractRecord
{
    /// <summary>The version.</summary>
    [Member("id")]
    public required string Id { get; init; }

    /// <summary>Architectures that were built.</summary>
    [Member("arches")]
    public required ValueList<string> Arches { get; init; }

    /// <summary>What pruning removed already.</summary>
    [Member("policy-cleanup")]
    public PolicyCleanup? PolicyCleanup { get; init; }
}

/// <summary>What pruning removed from a build.</summary>
public sealed record PolicyCleanup : ContractRecord
{
    /// <summary>Images in clouds.</summary>
    [Member("cloud-uploads")]
    public bool? CloudUploads { get; init; }

    /// <summary>All image files but these.</summary>
    [Member("images-kept")]
    public ValueList<string>? ImagesKept { get; init; }

    /// <summary>Container images.</summary>
    [Member("containers")]
    public bool? Containers { get; init; }
}

/// <summary>A name for a build.</summary>
public sealed record BuildTag : ContractRecord
{
    /// <summary>The name.</summary>
    [Member("name")]
    public required string Name { get; init; }

    /// <summary>When it was given.</summary>
    [Member("created")]
    public string? Created { get; init; }

    /// <summary>The build.</summary>
    [Member("target")]
    public required string Target { get; init; }

    /// <summary>Why.</summary>
    [Member("description")]
    public string? Description { get; init; }
}
