using Pipeline.Host.Files;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <summary>Which images of which build to make.</summary>
public sealed record ImageRequest
{
    /// <summary>Where builds and caches are.</summary>
    public required WorkDirectory WorkDirectory { get; init; }

    /// <summary>A build's id, <c>latest</c>, <c>latest:NAME</c> or <c>latest:STREAM</c>.</summary>
    public string BuildId { get; init; } = "latest";

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Platforms, each once, in the order they are made.</summary>
    public ValueList<string> Platforms { get; init; } = [PlatformTable.Default];

    /// <summary>Sizes and kernel arguments beside those of the platform table.</summary>
    public ImageSettings Settings { get; init; } = new();

    /// <summary>Compress as the platform table says; the uncompressed image is not kept.</summary>
    public bool Compress { get; init; }

    /// <summary>Make everything again although nothing changed.</summary>
    public bool Force { get; init; }

    /// <summary>Wait for another process that works on this build; otherwise that is an error.</summary>
    public bool Wait { get; init; } = true;
}

/// <summary>An artifact that was asked for.</summary>
/// <param name="Artifact">The file.</param>
/// <param name="Unchanged">Whether it was there already, made from the same inputs.</param>
/// <param name="Build">Id of the build.</param>
public sealed record ImageResult(Artifact Artifact, bool Unchanged, string Build);
