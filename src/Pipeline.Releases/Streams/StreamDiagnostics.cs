using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Publishing;

namespace Pipeline.Releases.Streams;

/// <summary>Problems of a stream's sources that the command line finds.</summary>
public static class StreamDiagnostics
{
    /// <summary>Neither or both of release and index were given.</summary>
    public static Diagnostic OneSource() => PublishingDiagnostics.OneSource();

    /// <summary>The index is empty.</summary>
    public static Diagnostic NoReleases(string file) => PublishingDiagnostics.NoReleases(file);

    /// <summary>The release.json found is of another version.</summary>
    public static Diagnostic OtherRelease(string expected, string found) => PublishingDiagnostics.OtherRelease(expected, found);
}
