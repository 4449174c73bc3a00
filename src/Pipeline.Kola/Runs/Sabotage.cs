using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;

namespace Pipeline.Kola.Runs;

/// <summary>
/// One way to break the subject of a test: <c>sabotage/AREA.NAME/</c> with <c>expect</c> and <c>config.ign</c> or <c>overlay/</c>.
/// </summary>
/// <param name="Name">Folder name.</param>
/// <param name="Test">The test that must notice.</param>
/// <param name="Expected">Regular expression over single lines of the test's output.</param>
/// <param name="Config">Path of the Ignition config merged last, or <c>null</c>.</param>
/// <param name="Overlay">Path of the files laid over the tree, or <c>null</c>.</param>
internal sealed record Sabotage(string Name, KolaTest Test, string Expected, string? Config, string? Overlay)
{
    /// <summary>Reads all below a project directory; problems are PL4060.</summary>
    public static IReadOnlyList<Sabotage> Find(string directory, IReadOnlyList<KolaTest> tests, DiagnosticBag problems)
    {
        var root = Path.Combine(directory, "sabotage");
        var prefix = $"ext.{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)))}.";
        var found = new List<Sabotage>();
        string[] folders = Directory.Exists(root) ? Directory.GetDirectories(root) : [];
        foreach (var folder in folders.Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            var expect = Path.Combine(folder, "expect");
            var config = Path.Combine(folder, "config.ign");
            var overlay = Path.Combine(folder, "overlay");
            var expected = File.Exists(expect) ? RegularFile.ReadText(expect).Trim() : "";
            if (tests.FirstOrDefault(t => t.Name == prefix + name) is not { } test)
            {
                Problem(folder, $"there is no test '{prefix}{name}' to sabotage", "name the folder after the test");
            }
            else if (!IsRegex(expected))
            {
                Problem(expect, "'expect' must hold one regular expression", "write the line that the test prints");
            }
            else if (File.Exists(config) == Directory.Exists(overlay))
            {
                Problem(folder, "either 'config.ign' or 'overlay/' breaks the subject", "keep one of them");
            }
            else
            {
                found.Add(new(name, test, expected, File.Exists(config) ? config : null, Directory.Exists(overlay) ? overlay : null));
            }
        }

        return found;

        void Problem(string path, string message, string hint) => problems.Add(Diagnostic.Error("PL4060", message, new(path, 1, 1), hint));
    }

    /// <summary>Whether a test's result on the broken machine is the expected failure.</summary>
    public SabotageResult Evaluate(TestResult result)
    {
        var regex = new Regex(Expected, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        var lines = result.Output.Split('\n').Append(result.Reason).Select(l => l.Trim()).ToArray();
        var match = lines.FirstOrDefault(l => regex.IsMatch(l));
        var outcome =
            result.Outcome == TestOutcome.Pass ? SabotageOutcome.Missed
            : match is null ? SabotageOutcome.OtherFailure
            : SabotageOutcome.Caught;
        return new(
            Name,
            outcome,
            Expected,
            outcome == SabotageOutcome.Caught ? match!
                : result.Outcome == TestOutcome.Pass ? "the test passed"
                : result.Reason,
            result
        );
    }

    /// <summary>The log that is kept.</summary>
    public static string Log(SabotageReport report)
    {
        var text = new StringBuilder();
        var width = report.Results.Select(r => r.Name.Length).DefaultIfEmpty().Max();
        foreach (var result in report.Results)
        {
            text.Append(
                    CultureInfo.InvariantCulture,
                    $"{Word(result.Outcome), -6}  {result.Name.PadRight(width)}  {result.Result.Duration.TotalSeconds, 6:0.0} s  "
                )
                .Append(result.Line)
                .Append('\n');
            if (result.Outcome == SabotageOutcome.OtherFailure)
            {
                text.Append("        expected: ").Append(result.Expected).Append('\n');
            }

            if (result.Outcome != SabotageOutcome.Caught)
            {
                text.Append("        logs: ").Append(result.Result.Directory).Append('\n');
            }
        }

        foreach (var name in report.Untested)
        {
            text.Append("none    ").Append(name).Append(": no sabotage proves this test\n");
        }

        var caught = report.Results.Count(r => r.Outcome == SabotageOutcome.Caught);
        return text.Append(CultureInfo.InvariantCulture, $"{caught} of {report.Results.Count} sabotages caught; {report.Directory}\n")
            .ToString();
    }

    private static string Word(SabotageOutcome outcome) =>
        outcome switch
        {
            SabotageOutcome.Caught => "caught",
            SabotageOutcome.Missed => "MISSED",
            _ => "OTHER",
        };

    private static bool IsRegex(string text)
    {
        try
        {
            _ = new Regex(text, RegexOptions.CultureInvariant);
            return text.Length > 0;
        }
        catch (RegexParseException)
        {
            return false;
        }
    }
}
