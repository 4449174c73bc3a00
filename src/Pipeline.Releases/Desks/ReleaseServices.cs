using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Releases.Plans;

namespace Pipeline.Releases.Desks;

/// <summary>What the façades of this project use of the outside; made once by the program, by tests otherwise.</summary>
public sealed record ReleaseServices
{
    /// <summary>Runs git and gpg.</summary>
    public required IToolRunner Tools { get; init; }

    /// <summary>Receives progress and warnings.</summary>
    public required IReporter Reporter { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Directory that relative paths in requests start from.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>Reads an environment variable, for the credentials of stores.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Where plans go that need nothing but files: applied, or in a dry run only shown.</summary>
    internal IPlanSink Sink(bool dryRun) => Sink(dryRun, new() { Reporter = Reporter, Tools = Tools });

    /// <summary>Where plans go: applied, or in a dry run only shown.</summary>
    internal IPlanSink Sink(bool dryRun, PlanTools on) => dryRun ? new PlanPreview(Reporter) : new PlanApplier(on);

    /// <summary>The absolute path of a path in a request.</summary>
    internal string FullPath(string path) => Path.GetFullPath(path, CurrentDirectory);
}
