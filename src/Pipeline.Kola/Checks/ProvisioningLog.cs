using System.Text.RegularExpressions;
using Pipeline.Host.Files;

namespace Pipeline.Kola.Checks;

/// <summary>What Ignition itself said on a console about a machine that it did not provision.</summary>
internal static partial class ProvisioningLog
{
    private const int MostLines = 40;
    private const int LongestLine = 500;

    /// <summary>How much of the end of a console is looked at.</summary>
    private const int Window = 4 << 20;

    /// <summary>Ignition's last lines; empty when the machine failed for another reason.</summary>
    /// <param name="reason">Why the machine failed: a fatal line of the table, or another sentence.</param>
    /// <param name="output">The folder with its <c>console.txt</c>.</param>
    public static string Of(string reason, string output)
    {
        var console = Path.Combine(output, "console.txt");
        return reason.Contains("ignition", StringComparison.OrdinalIgnoreCase) && RegularFile.Is(console)
            ? Lines(ConsoleText.End(console, Window).Text)
            : "";
    }

    /// <summary>
    /// The lines of a console that Ignition logged, without the config that it prints when it fails: it stands in <c>ignition.json</c>.
    /// </summary>
    internal static string Lines(string console) =>
        string.Concat(
            console
                .Split('\n')
                .Select(ConsoleFollower.Plain)
                .Where(l => Own().IsMatch(l))
                .TakeLast(MostLines)
                .Select(l => ConsoleText.Shorten(l, LongestLine).TrimEnd() + "\n")
        );

    [GeneratedRegex(@"ignition\[\d+\]: *(\w+ *: |\w+ failed|[Ff]ailed|panic|goroutine)", RegexOptions.CultureInvariant)]
    private static partial Regex Own();
}
