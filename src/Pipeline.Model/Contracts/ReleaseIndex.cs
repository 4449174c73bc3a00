using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary><c>releases.json</c>: every release of a stream, oldest first. Its positions are the age of graph nodes.</summary>
public sealed record ReleaseIndex : ContractRecord
{
    /// <summary>The warning that publishers write into every index.</summary>
    public const string StandardNote =
        "For use only by Fedora CoreOS internal tooling.  "
        + "All other applications should obtain release info from stream metadata endpoints.";

    /// <summary>A warning to readers.</summary>
    [Member("note")]
    public string? Note { get; init; }

    /// <summary>Oldest first.</summary>
    [Member("releases")]
    public required ValueList<IndexRelease> Releases { get; init; }

    /// <summary>When the document changed.</summary>
    [Member("metadata")]
    public DocumentMetadata? Metadata { get; init; }

    /// <summary>The stream's name.</summary>
    [Member("stream")]
    public required string Stream { get; init; }
}

/// <summary>One release of the index.</summary>
public sealed record IndexRelease : ContractRecord
{
    /// <summary>OSTree commits by architecture; absent since content is only shipped as container images.</summary>
    [Member("commits")]
    public ValueList<IndexCommit>? Commits { get; init; }

    /// <summary>Container images by architecture; absent before 2025.</summary>
    [Member("oci-images")]
    public ValueList<IndexImage>? OciImages { get; init; }

    /// <summary>The release's version.</summary>
    [Member("version")]
    public required string Version { get; init; }

    /// <summary>URL of its release.json.</summary>
    [Member("metadata")]
    public string? MetadataUrl { get; init; }
}

/// <summary>An OSTree commit for one architecture.</summary>
public sealed record IndexCommit : ContractRecord
{
    /// <summary>RPM's name of the architecture.</summary>
    [Member("architecture")]
    public required string Architecture { get; init; }

    /// <summary>The commit's checksum; empty means none.</summary>
    [Member("checksum")]
    public required string Checksum { get; init; }
}

/// <summary>A container image for one architecture.</summary>
public sealed record IndexImage : ContractRecord
{
    /// <summary>Pull spec with the floating tag.</summary>
    [Member("image")]
    public string? Image { get; init; }

    /// <summary>Pull spec by digest; empty means none.</summary>
    [Member("digest-ref")]
    public required string DigestRef { get; init; }

    /// <summary>RPM's name of the architecture.</summary>
    [Member("architecture")]
    public required string Architecture { get; init; }
}

/// <summary>Facts about a document itself.</summary>
public sealed record DocumentMetadata : ContractRecord
{
    /// <summary>RFC 3339, as it was found; what is written anew is UTC, to the second.</summary>
    [Member("last-modified", Pattern = Patterns.Moment, Expected = Patterns.MomentText)]
    public string? LastModified { get; init; }

    /// <summary>Program and version that made the document.</summary>
    [Member("generator", OmitEmpty = true)]
    public string? Generator { get; init; }
}
