using System.Globalization;
using System.Text.Encodings.Web;
using Fluid;
using Pipeline.Model.Reports;

namespace Pipeline.Kola.Runs;

/// <summary>The report as one page for a browser, without anything from elsewhere.</summary>
internal static class HtmlReport
{
    /// <summary>Its name in the folder of reports.</summary>
    public const string FileName = "report.html";

    private const int MostOutputLines = 100;

    private const string Page = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{ outcome }}: {{ version }}</title>
        <style>
        :root { color-scheme: light dark; --pass: #1a7f37; --fail: #cf222e; --warn: #9a6700; --skip: #6e7781 }
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em }
        table { border-collapse: collapse; width: 100% }
        td, th { border-bottom: 1px solid #8885; padding: .3em .6em; text-align: left; vertical-align: top }
        td.time { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
        .bar { display: block; height: .3em; margin-left: auto; background: #8888 }
        .pass { color: var(--pass) } .fail { color: var(--fail) } .warn { color: var(--warn) } .skip { color: var(--skip) }
        .state { font-weight: bold }
        .past { display: inline-block; width: .6em; height: 1em; margin-right: 1px; background: currentColor }
        pre { overflow-x: auto; padding: .6em; border: 1px solid #8885; font-size: 13px }
        .number { color: var(--skip); user-select: none }
        @media (prefers-color-scheme: dark) { :root { --pass: #57ab5a; --fail: #f47067; --warn: #daaa3f } }
        </style>
        <h1><span class="{{ outcome | downcase }}">{{ outcome }}</span> {{ version }}</h1>
        <p>{{ counts }} on {{ platform }}; {{ machines }}.
        {%- if flaky > 0 %} <b class="warn">Flaky: {{ flaky }}.</b>{% endif %}
        The small boxes are earlier runs, the oldest first.
        <table>
        <tr><th>Result<th>Test<th>Earlier<th>Time<th>Machine
        {%- for test in tests %}
        <tr id="{{ test.Name }}"><td class="state {{ test.Class }}">{{ test.State }}
        <td>{% if test.Detail %}<a href="#about-{{ test.Name }}">{{ test.Name }}</a>{% else %}{{ test.Name }}{% endif %}
        {%- if test.Reason != "" %}<br>{{ test.Reason }}{% endif %}
        <td>{% for past in test.Past %}<span class="past {{ past.Class }}" title="{{ past.Title }}"></span>{% endfor %}
        <td class="time">{{ test.Time }}<span class="bar" style="width: {{ test.Share }}%"></span>
        <td>{{ test.Machine }}
        {%- endfor %}
        </table>
        {%- for test in details %}
        <h2 id="about-{{ test.Name }}"><span class="{{ test.Class }}">{{ test.State }}</span> {{ test.Name }}</h2>
        <p>{{ test.Reason }}
        {%- if test.Again != "" %}
        <p>Run it again: <code>{{ test.Again }}</code>
        {%- endif %}
        {%- for log in test.Logs %}
        <h3>{{ log.Name }}</h3>
        <pre>{% for line in log.Lines %}{% if line.Number > 0 %}<span class="number">{{ line.Label }} </span>{% endif %}
        {%- if line.What != "" %}<mark title="{{ line.What }}">{{ line.Text }}</mark>{% else %}{{ line.Text }}{% endif %}
        {% endfor %}</pre>
        {%- endfor %}
        {%- endfor %}

        """;

    private static readonly Lazy<IFluidTemplate> Template = new(() => new FluidParser().Parse(Page));

    /// <summary>Writes the page. Every value is encoded: names, output and logs are foreign text.</summary>
    /// <param name="report">The report.</param>
    /// <param name="history">Earlier runs.</param>
    public static async Task<string> WriteAsync(TestReport report, TestHistory history)
    {
        var context = new TemplateContext(new TemplateOptions { MemberAccessStrategy = new UnsafeMemberAccessStrategy() });
        var longest = report.Tests.Select(t => t.Duration.TotalSeconds).DefaultIfEmpty(0).Max();
        var broken = report.Tests.Where(t => t.Outcome is TestOutcome.Fail or TestOutcome.Warn).ToArray();
        context.SetValue("outcome", Word(report.Outcome));
        context.SetValue("version", report.Version);
        context.SetValue("platform", report.Platform);
        context.SetValue("machines", report.Accelerator.Length == 0 ? "no machine was started" : $"machines run by {report.Accelerator}");
        context.SetValue("counts", report.Tests.Count == 0 ? "No tests" : ReportTable.Counts(report));
        context.SetValue("flaky", report.Tests.Count(t => t.Flaky));
        context.SetValue("tests", report.Tests.Select(t => Row(t, history, longest, broken.Contains(t))).ToArray());
        context.SetValue("details", broken.Select(Detail).ToArray());
        return await Template.Value.RenderAsync(context, HtmlEncoder.Default);
    }

    private static object Row(TestResult test, TestHistory history, double longest, bool detail) =>
        new
        {
            test.Name,
            Class = Class(test.Outcome),
            State = Word(test.Outcome),
            Detail = detail,
            test.Reason,
            Past = history.Of(test.Name).Select(p => new { Class = Class(p.Outcome), Title = Title(p) }).ToArray(),
            Time = test.Outcome == TestOutcome.Skip ? "" : Seconds(test.Duration.TotalSeconds),
            Share = longest > 0 ? (int)(100 * test.Duration.TotalSeconds / longest) : 0,
            test.Machine,
        };

    private static object Detail(TestResult test) =>
        new
        {
            test.Name,
            Class = Class(test.Outcome),
            State = Word(test.Outcome),
            test.Reason,
            test.Again,
            Logs = Logs(test)
                .Select(l => new
                {
                    l.Name,
                    Lines = l
                        .Lines.Select(i => new
                        {
                            i.Number,
                            Label = i.Number.ToString(CultureInfo.InvariantCulture).PadLeft(6),
                            i.Text,
                            i.What,
                        })
                        .ToArray(),
                })
                .ToArray(),
        };

    private static IEnumerable<(string Name, IReadOnlyList<LogLine> Lines)> Logs(TestResult test)
    {
        if (test.Output.Length > 0)
        {
            var lines = test.Output.TrimEnd('\n').Split('\n').TakeLast(MostOutputLines);
            yield return ("what the test printed", [.. lines.Select(l => new LogLine(0, Checks.ConsoleFollower.Plain(l), ""))]);
        }

        foreach (var file in (string[])["console.txt", "journal.txt"])
        {
            if (test.Directory is { } directory && LogExcerpt.Of(Path.Combine(directory, file)) is { Count: > 0 } lines)
            {
                yield return (file, lines);
            }
        }
    }

    private static string Title(PastResult past) => $"{Word(past.Outcome)}{(past.Flaky ? ", flaky" : "")}, {Seconds(past.Seconds)}";

    private static string Word(TestOutcome outcome) => outcome.ToString().ToUpperInvariant();

    private static string Class(TestOutcome outcome) =>
        outcome switch
        {
            TestOutcome.Pass => "pass",
            TestOutcome.Fail => "fail",
            TestOutcome.Warn => "warn",
            _ => "skip",
        };

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");
}
