using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

/// <summary>Which tests to try on broken machines.</summary>
public sealed record SabotageRequest
{
    /// <summary>What to boot, which tests, and where logs go.</summary>
    public required KolaRequest Kola { get; init; }

    /// <summary>
    /// Makes the build again with one more layer over its tree and returns what to boot; receives the absolute path of the layer's files
    /// and the sabotage's name. <c>null</c> when this cannot be done here: such a sabotage then counts as an error.
    /// </summary>
    public Func<string, string, CancellationToken, Task<BootRequest>>? Variant { get; init; }
}

/// <summary>Whether a test noticed that its subject was broken.</summary>
public enum SabotageOutcome
{
    /// <summary>It failed with the expected line.</summary>
    Caught,

    /// <summary>It passed on the broken machine: the test does not detect the fault.</summary>
    Missed,

    /// <summary>It failed, but not with the expected line.</summary>
    OtherFailure,
}

/// <summary>One test on one broken machine.</summary>
/// <param name="Name">Folder name of the sabotage, <c>area.test</c>.</param>
/// <param name="Outcome">Whether the test noticed.</param>
/// <param name="Expected">The regular expression its output must match.</param>
/// <param name="Line">The line that matched, or the last thing the test said.</param>
/// <param name="Result">The test's result.</param>
public sealed record SabotageResult(string Name, SabotageOutcome Outcome, string Expected, string Line, TestResult Result);

/// <summary>All of a run.</summary>
/// <param name="Results">In the order of their names.</param>
/// <param name="Untested">Tests without a sabotage.</param>
/// <param name="Directory">Where the logs are.</param>
public sealed record SabotageReport(ValueList<SabotageResult> Results, ValueList<string> Untested, string Directory)
{
    /// <summary>Whether every test noticed.</summary>
    public bool Passed => Results.All(r => r.Outcome == SabotageOutcome.Caught) && Untested.Count == 0;
}
