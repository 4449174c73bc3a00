using System.Globalization;
using System.Text;
using Pipeline.Model.Reports;

namespace Pipeline.Kola.Runs;

/// <summary>The report as people read it on a terminal.</summary>
internal static class ReportTable
{
    /// <summary>One line per test, the reasons of failures, and a summary with the folder of the logs.</summary>
    public static string Write(TestReport report)
    {
        var text = new StringBuilder();
        var width = report.Tests.Select(t => t.Name.Length).DefaultIfEmpty().Max();
        foreach (var test in report.Tests)
        {
            text.Append(
                    string.Create(
                            CultureInfo.InvariantCulture,
                            $"{test.Outcome.ToString().ToUpperInvariant(), -4}  {test.Name.PadRight(width)}  "
                                + $"{test.Duration.TotalSeconds, 6:0.0} s  {test.Machine}"
                        )
                        .TrimEnd()
                )
                .Append('\n');
            if (test.Reason.Length > 0)
            {
                text.Append("      ").Append(test.Reason).Append('\n');
            }

            if (test.Outcome is TestOutcome.Fail or TestOutcome.Warn && test.Directory is not null)
            {
                text.Append("      logs: ").Append(test.Directory).Append('\n');
            }

            if (test.Again.Length > 0)
            {
                text.Append("      again: ").Append(test.Again).Append('\n');
            }
        }

        return text.Append(
                CultureInfo.InvariantCulture,
                $"{report.Version}: {(report.Tests.Count == 0 ? "no tests" : Counts(report))}{Where(report)}\n"
            )
            .ToString();
    }

    /// <summary>How many tests ended how: <c>3 passed, 1 failed</c>; empty without tests.</summary>
    public static string Counts(TestReport report) =>
        string.Join(
            ", ",
            report
                .Tests.GroupBy(t => t.Outcome)
                .OrderBy(g => g.Key)
                .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} {Word(g.Key)}"))
        );

    private static string Where(TestReport report) => report.Unchanged ? ", unchanged since the last passing run" : $"; {report.Directory}";

    private static string Word(TestOutcome outcome) =>
        outcome switch
        {
            TestOutcome.Pass => "passed",
            TestOutcome.Fail => "failed",
            TestOutcome.Warn => "warned",
            _ => "skipped",
        };
}
