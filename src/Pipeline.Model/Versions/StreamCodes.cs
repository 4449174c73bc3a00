using Pipeline.Model.Contracts;

namespace Pipeline.Model.Versions;

/// <summary>The number of a stream inside versions.</summary>
public static class StreamCodes
{
    /// <summary>Code by stream name.</summary>
    public static ValueMap<long> All { get; } =
        new([
            new("next", 1),
            new("testing", 2),
            new("stable", 3),
            new("next-devel", 10),
            new("testing-devel", 20),
            new("rawhide", 91),
            new("branched", 92),
            new("bodhi-updates-testing", 93),
            new("bodhi-updates", 94),
        ]);

    /// <summary>Streams that users install and that are rolled out.</summary>
    public static IReadOnlyList<string> Production { get; } = ["next", "testing", "stable"];

    /// <summary>The code of <paramref name="stream"/>, or <c>null</c> for an unknown one.</summary>
    public static long? Of(string stream) => All.TryFind(stream, out var code) ? code : null;
}
