using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Evidence;

/// <summary>One test of the record.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Outcome">How it ended; a denylisted failure is <see cref="TestOutcome.Warn"/>.</param>
/// <param name="Reason">Why it was skipped, or why its failure only warned; empty for a pass.</param>
public sealed record TestEvidence(string Name, TestOutcome Outcome, string Reason);

/// <summary>What a build must show to count as tested.</summary>
/// <param name="Required">Names of tests, with <c>*</c> for any characters, that must have passed: not skipped, not warned.</param>
/// <param name="AllowWarnings">Whether failures that the denylist turned into warnings are accepted in other tests.</param>
public sealed record TestPolicy(ValueList<string> Required, bool AllowWarnings = true)
{
    /// <summary>At least one test passed and none failed.</summary>
    public static TestPolicy Any { get; } = new([]);
}

/// <summary>
/// Proof that exactly this build passed its tests, with which tests those were. There is no public way to make one but
/// <see cref="TestedBuildGate.Prove"/>, which makes it from the records on disk, again each time; it is never stored or read from a flag.
/// </summary>
public sealed record TestedBuild
{
    internal TestedBuild() { }

    /// <summary>The build.</summary>
    public required string Id { get; init; }

    /// <summary>RPM spelling.</summary>
    public required string Architecture { get; init; }

    /// <summary>Its OSTree commit.</summary>
    public required string Commit { get; init; }

    /// <summary>Platform the tests ran on.</summary>
    public required string Platform { get; init; }

    /// <summary>Digest of everything that went into the run: image, tests, denylist, harness.</summary>
    public required Digest Inputs { get; init; }

    /// <summary>All tests that were selected, in the order of the record.</summary>
    public required ValueList<TestEvidence> Tests { get; init; }

    /// <summary>Those that passed.</summary>
    public IEnumerable<TestEvidence> Passed => Tests.Where(t => t.Outcome == TestOutcome.Pass);

    /// <summary>Those that did not run, with the reason.</summary>
    public IEnumerable<TestEvidence> Skipped => Tests.Where(t => t.Outcome == TestOutcome.Skip);

    /// <summary>Those that failed where the denylist says that a failure only warns.</summary>
    public IEnumerable<TestEvidence> Warned => Tests.Where(t => t.Outcome == TestOutcome.Warn);
}
