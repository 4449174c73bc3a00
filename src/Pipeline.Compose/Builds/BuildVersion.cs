using System.Globalization;
using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Builds;

/// <summary>Numbers of builds: <c>X.YYYYMMDD.Z.A</c>, at a desk <c>X.YYYYMMDD.Z.devA</c>.</summary>
internal static class BuildVersion
{
    /// <summary>Z for each stream; a build without a stream has 0.</summary>
    private static readonly Dictionary<string, int> Codes = new(StringComparer.Ordinal)
    {
        ["next"] = 1,
        ["testing"] = 2,
        ["stable"] = 3,
        ["next-devel"] = 10,
        ["testing-devel"] = 20,
        ["rawhide"] = 91,
        ["branched"] = 92,
        ["bodhi-updates-testing"] = 93,
        ["bodhi-updates"] = 94,
    };

    /// <summary>The next free version for content of a given day.</summary>
    /// <param name="manifest">Its automatic version prefix, else its releasever, is X.</param>
    /// <param name="generated">The lock's time: the day.</param>
    /// <param name="stream">The stream, or <c>null</c> at a desk without one.</param>
    /// <param name="development">Whether the last part is <c>devA</c>.</param>
    /// <param name="index">The builds there are.</param>
    /// <exception cref="PipelineException">PL2301, PL2302 (class 2): no prefix, or an unknown stream.</exception>
    public static string Next(Manifest manifest, DateTimeOffset generated, string? stream, bool development, BuildIndex index)
    {
        var code = 0;
        if (stream is not null && !Codes.TryGetValue(stream, out code))
        {
            throw new PipelineException(
                Diagnostic.Error(
                    "PL2302",
                    $"unknown stream '{stream}'",
                    hint: ClosestName.Hint(stream, Codes.Keys, $"known: {string.Join(", ", Codes.Keys)}")
                )
            );
        }

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
        var stem =
            $"{prefix}.{generated.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}.{code.ToString(CultureInfo.InvariantCulture)}.{(development ? "dev" : "")}";
        var highest = index
            .Builds.Where(b => b.Id.StartsWith(stem, StringComparison.Ordinal))
            .Select(b => int.TryParse(b.Id.AsSpan(stem.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1)
            .DefaultIfEmpty(-1)
            .Max();
        return $"{stem}{(highest + 1).ToString(CultureInfo.InvariantCulture)}";
    }
}
