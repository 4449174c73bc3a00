using Pipeline.Model;

namespace Pipeline.Provisioning;

/// <summary>How a Butane config is translated.</summary>
public sealed record ButaneOptions
{
    /// <summary>What <c>local</c> paths are read from; <c>null</c> makes every <c>local</c> an error.</summary>
    public ILocalFiles? LocalFiles { get; init; }

    /// <summary>
    /// Whether embedded contents may be compressed where that is smaller; Butane's <c>--no-resource-auto-compression</c> turns it off.
    /// </summary>
    public bool CompressResources { get; init; } = true;
}
