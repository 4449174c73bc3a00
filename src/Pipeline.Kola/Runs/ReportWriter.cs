using System.Globalization;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>Writes reports: kola's <c>reports/report.json</c>, <c>test.tap</c>, JUnit XML, a page; reads report.json back.</summary>
internal static class ReportWriter
{
    private const int MostOutput = 64 * 1024;

    /// <summary>Writes all four below <paramref name="directory"/>.</summary>
    public static async Task WriteAsync(TestReport report, TestHistory history, string directory, CancellationToken cancellationToken)
    {
        var page = await HtmlReport.WriteAsync(report, history);
        await AtomicFile.WriteAsync(Path.Combine(directory, "reports", HtmlReport.FileName), page, cancellationToken);
        await AtomicFile.WriteAsync(Path.Combine(directory, "reports", "report.json"), Json(report), cancellationToken);
        await AtomicFile.WriteAsync(Path.Combine(directory, "reports", "junit.xml"), JUnitReport.Write(report), cancellationToken);
        await AtomicFile.WriteAsync(Path.Combine(directory, "test.tap"), Tap(report), cancellationToken);
    }

    /// <summary>kola's report; durations are whole nanoseconds.</summary>
    public static string Json(TestReport report) => JsonTextWriter.Write(ToNode(report), JsonStyle.Pretty);

    /// <summary>The report as a node.</summary>
    public static JsonTextObject ToNode(TestReport report) =>
        new([
            new("tests", new JsonTextArray([.. report.Tests.Select(ToNode)])),
            new("result", Word(report.Outcome)),
            new("platform", new JsonTextString(report.Platform)),
            new("version", new JsonTextString(report.Version)),
        ]);

    /// <summary>A report read back from <see cref="Json"/>, or <c>null</c> when it is not one.</summary>
    public static TestReport? Parse(string file, byte[] bytes)
    {
        if (JsonText.Parse(file, bytes, new DiagnosticBag()) is not JsonTextObject root || root.Find("tests") is not JsonTextArray tests)
        {
            return null;
        }

        return new()
        {
            Version = Text(root, "version"),
            Platform = Text(root, "platform"),
            Tests = tests
                .Items.OfType<JsonTextObject>()
                .Select(t => new TestResult
                {
                    Name = Text(t, "name"),
                    Outcome = Enum.TryParse<TestOutcome>(Text(t, "result"), ignoreCase: true, out var outcome) ? outcome : TestOutcome.Fail,
                    Duration =
                        t.Find("duration") is JsonTextNumber n
                        && long.TryParse(n.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var ns)
                            ? TimeSpan.FromTicks(ns / 100)
                            : TimeSpan.Zero,
                    Reason = Text(t, "reason"),
                    Machine = Text(t, "machine"),
                    Again = Text(t, "again"),
                })
                .ToValueList(),
        };
    }

    /// <summary>Test Anything Protocol.</summary>
    public static string Tap(TestReport report)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"1..{report.Tests.Count}\n");
        foreach (var test in report.Tests)
        {
            var note = test.Outcome switch
            {
                TestOutcome.Skip => $" # SKIP {OneLine(test.Reason)}",
                TestOutcome.Warn => $" # TODO {OneLine(test.Reason)}",
                TestOutcome.Fail => $" # {OneLine(test.Reason)}",
                _ => "",
            };
            text.Append(test.Outcome is TestOutcome.Fail or TestOutcome.Warn ? "not ok - " : "ok - ")
                .Append(test.Name)
                .Append(note)
                .Append('\n');
        }

        return text.ToString();
    }

    private static JsonTextObject ToNode(TestResult test)
    {
        var members = new List<JsonTextMember>
        {
            new("name", new JsonTextString(test.Name)),
            new("subtests", new JsonTextNull()),
            new("result", Word(test.Outcome)),
            new("duration", new JsonTextNumber((test.Duration.Ticks * 100).ToString(CultureInfo.InvariantCulture))),
            new("output", new JsonTextString(test.Output.Length > MostOutput ? test.Output[^MostOutput..] : test.Output)),
            new("reason", new JsonTextString(test.Reason)),
            new("machine", new JsonTextString(test.Machine)),
        };
        if (test.Again.Length > 0)
        {
            members.Add(new("again", new JsonTextString(test.Again)));
        }

        return new([.. members]);
    }

    private static JsonTextString Word(TestOutcome outcome) => new(outcome.ToString().ToUpperInvariant());

    private static string Text(JsonTextObject node, string name) => node.Find(name) is JsonTextString text ? text.Value : "";

    private static string OneLine(string text) => text.Replace('\n', ' ').Replace('#', ' ').Trim();
}
