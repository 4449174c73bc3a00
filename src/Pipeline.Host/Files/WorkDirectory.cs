using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Files;

/// <summary>The directory that holds <c>cache/</c>, <c>builds/</c> and <c>tmp/</c>.</summary>
/// <param name="Root">Absolute path.</param>
public sealed record WorkDirectory(string Root)
{
    /// <summary>Marks a checkout, and with it the default work directory.</summary>
    public const string Marker = "cake.config";

    /// <summary>Caches that may be deleted at any time.</summary>
    public string Cache => Path.Combine(Root, "cache");

    /// <summary>Finished builds.</summary>
    public string Builds => Path.Combine(Root, "builds");

    /// <summary>Scratch space and test runs.</summary>
    public string Temporary => Path.Combine(Root, "tmp");

    /// <summary>
    /// Finds the work directory: the option, then PIPELINE_WORKDIR, then the nearest parent of <paramref name="current"/> with <see
    /// cref="Marker"/>.
    /// </summary>
    /// <exception cref="PipelineException">PL0330 when none of the three names one.</exception>
    public static WorkDirectory Find(string? option, string? environment, string current)
    {
        if ((option ?? environment) is { Length: > 0 } named)
        {
            return new(Path.GetFullPath(named, current));
        }

        for (var directory = new DirectoryInfo(current); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, Marker)))
            {
                return new(directory.FullName);
            }
        }

        throw new PipelineException(
            Diagnostic.Error(
                "PL0330",
                $"no '{Marker}' in '{current}' or above it",
                hint: "run inside a checkout, or name a work directory with -C DIR or PIPELINE_WORKDIR"
            )
        );
    }
}
