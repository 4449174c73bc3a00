using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Versions;

namespace Pipeline.Compose.Builds;

/// <summary>Numbers of builds: <c>X.YYYYMMDD.Z.A</c>, at a desk <c>X.YYYYMMDD.Z.devA</c>.</summary>
internal static class BuildVersion
{
    /// <summary>The next free version for content of a given day.</summary>
    /// <param name="manifest">Its automatic version prefix, else its releasever, is X.</param>
    /// <param name="generated">The lock's time: the day.</param>
    /// <param name="stream">The stream, or <c>null</c> at a desk without one.</param>
    /// <param name="development">Whether the last part is <c>devA</c>.</param>
    /// <param name="index">The builds there are.</param>
    /// <exception cref="PipelineException">PL2301, PL2302 (class 2): no prefix, or an unknown stream.</exception>
    public static string Next(Manifest manifest, DateTimeOffset generated, string? stream, bool development, BuildIndex index)
    {
        var code = stream is null ? 0 : RequireStream(stream);
        var prefix =
            manifest.AutomaticVersionPrefix
            ?? manifest.ReleaseVersion
            ?? throw new PipelineException(
                Diagnostic.Error(
                    "PL2301",
                    "the manifest gives no start for the version",
                    hint: "set 'automatic-version-prefix', or pass --version"
                )
            );
        var stem = new VersionStem(prefix, DateOnly.FromDateTime(generated.UtcDateTime), code, development);
        return stem.With(stem.NextIteration(index.Builds.Select(b => b.Id)));
    }

    /// <summary>The number of a stream in versions.</summary>
    /// <exception cref="PipelineException">PL2302 (class 2): no stream has that name.</exception>
    public static long RequireStream(string stream) =>
        StreamCodes.Of(stream)
        ?? throw new PipelineException(
            Diagnostic.Error(
                "PL2302",
                $"unknown stream '{stream}'",
                hint: ClosestName.Hint(stream, StreamCodes.All.Keys, $"known: {string.Join(", ", StreamCodes.All.Keys)}")
            )
        );
}
