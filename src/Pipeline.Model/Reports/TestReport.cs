using Pipeline.Model.Values;

namespace Pipeline.Model.Reports;

/// <summary>How a test ended; the names in upper case are what report files hold.</summary>
public enum TestOutcome
{
    /// <summary>It did what it should.</summary>
    Pass,

    /// <summary>It failed, or its machine did.</summary>
    Fail,

    /// <summary>It failed but a denylist entry says that a failure only warns.</summary>
    Warn,

    /// <summary>It did not run; the reason says why.</summary>
    Skip,
}

/// <summary>The outcome of one kola test.</summary>
public sealed record TestResult
{
    /// <summary>Full name, for example <c>ext.kola-tests.files</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How it ended.</summary>
    public required TestOutcome Outcome { get; init; }

    /// <summary>From the moment its machine was asked for, or for a test on a shared machine from its own start, to its end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>One line: the console line that was fatal, the exit status, or why it was skipped; empty for a pass.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What the test printed, bounded; untrusted text.</summary>
    public string Output { get; init; } = "";

    /// <summary>
    /// Absolute path of the folder with console, journal, Ignition config and QEMU command; <c>null</c> when no machine was started.
    /// </summary>
    public string? Directory { get; init; }

    /// <summary>Absolute path of the test's script, for those who mend it; empty when that is not known.</summary>
    public string Source { get; init; } = "";

    /// <summary>Whether it failed, and passed when it was run again.</summary>
    public bool Flaky { get; init; }

    /// <summary>A line to paste into a shell that runs this test again; empty for a test that passed or did not run.</summary>
    public string Again { get; init; } = "";

    /// <summary>How the machine came up: <c>boot</c>, <c>shared</c> or <c>fork</c>; empty when there was none.</summary>
    public string Machine { get; init; } = "";
}

/// <summary>Outcomes of all tests of one run against one build.</summary>
public sealed record TestReport
{
    /// <summary>Version of the build, or the name of the image file when it has none.</summary>
    public required string Version { get; init; }

    /// <summary>Where the tests ran, for example <c>qemu</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>The results in the order the tests are listed.</summary>
    public required ValueList<TestResult> Tests { get; init; }

    /// <summary>Whether this is the result of an earlier run because nothing has changed since.</summary>
    public bool Unchanged { get; init; }

    /// <summary>What the machines ran on, for example <c>tcg (multi-threaded, 5.2 times slower than native)</c>.</summary>
    public string Accelerator { get; init; } = "";

    /// <summary>When the run began; <c>null</c> for one that is not of this process.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>What the run has taken; less than the sum of its tests', which run side by side. <c>null</c> as above.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <summary>Absolute path of the output directory.</summary>
    public string Directory { get; init; } = "";

    /// <summary>Fail when any test failed; else warn when any warned; skip when none ran; else pass.</summary>
    public TestOutcome Outcome =>
        Tests.Any(t => t.Outcome == TestOutcome.Fail) ? TestOutcome.Fail
        : Tests.Any(t => t.Outcome == TestOutcome.Warn) ? TestOutcome.Warn
        : Tests.All(t => t.Outcome == TestOutcome.Skip) ? TestOutcome.Skip
        : TestOutcome.Pass;
}
