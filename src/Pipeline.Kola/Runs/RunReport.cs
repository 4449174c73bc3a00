using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>
/// The reports of a run, written after each result. While the run goes on, a test without a result counts as failed: a run that is cut
/// short leaves reports that nothing can take for a pass.
/// </summary>
/// <param name="selected">All tests, in the order of the report.</param>
/// <param name="platform">Where they ran.</param>
/// <param name="machines">What ran the machines, for people; empty when there were none.</param>
/// <param name="build">The build.</param>
/// <param name="directory">Folder of the reports.</param>
/// <param name="history">Earlier runs.</param>
/// <param name="time">Clock for the run's time.</param>
internal sealed class RunReport(
    IReadOnlyList<SelectedTest> selected,
    string platform,
    string machines,
    BuildUnderTest build,
    string directory,
    TestHistory history,
    TimeProvider time
)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly long _mark = time.GetTimestamp();
    private readonly Dictionary<string, TestResult> _results = new(StringComparer.Ordinal);

    /// <summary>Adds a result and writes the reports.</summary>
    public Task AddAsync(TestResult result, CancellationToken cancellationToken)
    {
        _results[result.Name] = result;
        return WriteAsync(cancellationToken);
    }

    /// <summary>Writes the reports as they are while the run goes on.</summary>
    public Task WriteAsync(CancellationToken cancellationToken) =>
        ReportWriter.WriteAsync(Report(TestOutcome.Fail, "not run: the run ended before it"), history, directory, cancellationToken);

    /// <summary>Writes the reports of the whole run: what was not run was not to be run.</summary>
    public async Task<TestReport> CloseAsync(CancellationToken cancellationToken)
    {
        var report = Report(TestOutcome.Skip, "not run: stopped after the first failure (--keep-going goes on)");
        await ReportWriter.WriteAsync(report, history, directory, cancellationToken);
        return report;
    }

    private TestReport Report(TestOutcome missing, string reason) =>
        new()
        {
            Platform = platform,
            Version = build.Version ?? build.Id,
            Tests = selected.Select(s => Result(s, missing, reason) with { Source = s.Test.Executable }).ToValueList(),
            Started = _started,
            Elapsed = time.GetElapsedTime(_mark),
            Accelerator = machines,
            Directory = directory,
        };

    private TestResult Result(SelectedTest test, TestOutcome missing, string reason) =>
        _results.GetValueOrDefault(test.Test.Name) ?? Without(test, missing, reason);

    private static TestResult Without(SelectedTest test, TestOutcome missing, string reason) =>
        new()
        {
            Name = test.Test.Name,
            Outcome = test.Denial == Denial.Skip ? TestOutcome.Skip : missing,
            Duration = TimeSpan.Zero,
            Reason = test.Denial == Denial.Skip ? test.Why : reason,
        };
}
