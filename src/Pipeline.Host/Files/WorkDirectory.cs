using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Files;

/// <summary>The directory that holds <c>cache/</c>, <c>builds/</c> and <c>tmp/</c>.</summary>
/// <param name="Root">Absolute path.</param>
public sealed record WorkDirectory(string Root)
{
    /// <summary>Marks a checkout, and with it the default work directory.</summary>
    public const string Marker = "cake.config";

    /// <summary>Marks a project that <c>pipeline init</c> made, and with it the default work directory.</summary>
    public const string ProjectMarker = "pipeline.project";

    /// <summary>Caches that may be deleted at any time.</summary>
    public string Cache => Path.Combine(Root, "cache");

    /// <summary>Finished builds.</summary>
    public string Builds => Path.Combine(Root, "builds");

    /// <summary>Scratch space and test runs.</summary>
    public string Temporary => Path.Combine(Root, "tmp");

    /// <summary>
    /// Finds the work directory: the option, then PIPELINE_WORKDIR, then the nearest marked parent of <paramref name="current"/>.
    /// </summary>
    /// <exception cref="PipelineException">PL0330 when none of the three names one.</exception>
    public static WorkDirectory Find(string? option, string? environment, string current) =>
        (option ?? environment) is { Length: > 0 } named ? new(Path.GetFullPath(named, current))
        : FindMarked(current) is { } marked ? new(marked)
        : throw new PipelineException(
            Diagnostic.Error(
                "PL0330",
                $"no '{ProjectMarker}' or '{Marker}' in '{current}' or above it",
                hint: "make a project with 'pipeline init DIR', make this directory one with 'touch "
                    + ProjectMarker
                    + "', or name a work directory with -C DIR or PIPELINE_WORKDIR"
            )
        );

    /// <summary>The nearest directory with a marker, from <paramref name="current"/> upwards; <c>null</c> for none.</summary>
    public static string? FindMarked(string current)
    {
        for (var directory = new DirectoryInfo(current); directory is not null; directory = directory.Parent)
        {
            if (IsMarked(directory.FullName))
            {
                return directory.FullName;
            }
        }

        return null;
    }

    /// <summary>Whether a directory is a checkout or a project.</summary>
    public static bool IsMarked(string directory) =>
        File.Exists(Path.Combine(directory, ProjectMarker)) || File.Exists(Path.Combine(directory, Marker));
}
