using Amazon;

namespace Pipeline.Clouds.Aws;

/// <summary>Names of regions.</summary>
internal static class AwsRegions
{
    /// <summary>The region that knows all others.</summary>
    public const string First = "us-east-1";

    /// <summary>Whether the SDK knows a region of that name; new ones it may not.</summary>
    public static bool IsKnown(string name) => RegionEndpoint.EnumerableAllRegions.Any(r => r.SystemName == name);
}
