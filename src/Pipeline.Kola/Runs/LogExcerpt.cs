using System.Globalization;
using Pipeline.Kola.Checks;

namespace Pipeline.Kola.Runs;

/// <summary>One line of a log in a report.</summary>
/// <param name="Number">From 1; 0 for a gap.</param>
/// <param name="Text">Without escape sequences and control characters.</param>
/// <param name="What">What pattern of <see cref="FatalPatterns"/> it completes; empty for none.</param>
internal sealed record LogLine(int Number, string Text, string What);

/// <summary>The part of a log that explains a failure: what is around its marked lines, and its end.</summary>
internal static class LogExcerpt
{
    private const int Around = 4;
    private const int End = 40;
    private const int MostMarks = 20;
    private const int LongestLine = 400;

    /// <summary>The last bytes of a log that are looked at.</summary>
    private const int MostBytes = 1024 * 1024;

    /// <summary>Reads a log; empty when it is not there.</summary>
    public static IReadOnlyList<LogLine> Of(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        var (text, isCut) = ConsoleText.End(file, MostBytes);
        var lines = text.TrimEnd('\n').Split('\n');
        var scanner = new FatalScanner();
        var all = lines.Select((l, i) => Line(i + 1, l, scanner)).ToArray();
        var marked = all.Where(l => l.What.Length > 0).Take(MostMarks).Select(l => l.Number - 1).ToArray();
        var shown = Enumerable
            .Range(0, all.Length)
            .Where(i => i >= all.Length - End || marked.Any(m => Math.Abs(m - i) <= Around))
            .ToArray();
        return [.. shown.SelectMany((at, n) => Before(at, n == 0 ? -1 : shown[n - 1], isCut).Append(all[at]))];
    }

    private static LogLine Line(int number, string text, FatalScanner scanner)
    {
        var plain = ConsoleFollower.Plain(text);
        var what = scanner.Scan(plain)?.Pattern.Name ?? "";
        return new(number, ConsoleText.Shorten(plain, LongestLine), what);
    }

    private static IEnumerable<LogLine> Before(int at, int last, bool isCut) =>
        at == last + 1 && !(isCut && last < 0)
            ? []
            :
            [
                new(
                    0,
                    isCut && last < 0
                        ? "… the beginning is left out"
                        : string.Create(CultureInfo.InvariantCulture, $"… {at - last - 1} lines are left out"),
                    ""
                ),
            ];
}
