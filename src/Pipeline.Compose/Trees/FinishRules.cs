using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>What finishing a tree does for one package family, beside what it does for every tree.</summary>
internal sealed record FinishRules
{
    /// <summary>Files and directories that no commit has: caches, locks and settings of the package manager.</summary>
    public required ValueList<string> Scrub { get; init; }

    /// <summary>Names that are removed from a directory when they match.</summary>
    public required ValueList<ScrubPattern> Patterns { get; init; }

    /// <summary>Endings of files below <c>/etc</c> that the package manager leaves beside configuration files.</summary>
    public required ValueList<string> Leftovers { get; init; }

    /// <summary>Databases that describe <c>/usr</c> and therefore move there.</summary>
    public required ValueList<DatabaseMove> Databases { get; init; }
}

/// <summary>Names of a directory that are removed.</summary>
/// <param name="Directory">Relative to the root.</param>
/// <param name="Pattern">A regular expression over the name.</param>
internal sealed record ScrubPattern(string Directory, string Pattern);

/// <summary>A directory that moves.</summary>
/// <param name="From">Where the package manager keeps it while packages are configured.</param>
/// <param name="To">Where a commit has it.</param>
internal sealed record DatabaseMove(string From, string To);
