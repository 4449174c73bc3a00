using System.Text.RegularExpressions;

namespace Pipeline.Releases.Differences;

/// <summary>
/// Kernel arguments in a file of <c>usr/lib/bootc/kargs.d</c>: the strings of <c>kargs</c>, unless <c>match-architectures</c> names others.
/// What is not of that form has none.
/// </summary>
internal static partial class ArgumentFile
{
    /// <summary>Its arguments.</summary>
    /// <param name="text">The file.</param>
    /// <param name="architecture">RPM spelling.</param>
    public static IEnumerable<string> Read(string text, string architecture)
    {
        var architectures = Strings(Architectures().Match(text)).ToArray();
        return architectures.Length == 0 || architectures.Contains(architecture) ? Strings(Arguments().Match(text)) : [];
    }

    private static IEnumerable<string> Strings(Match match) => match.Groups["text"].Captures.Select(c => c.Value);

    private const string List = @"\s*=\s*\[(?>\s+|,|#[^\n]*|""(?<text>[^""\n]*)""|'(?<text>[^'\n]*)')*\]";

    [GeneratedRegex(@"^[ \t]*kargs" + List, RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Arguments();

    [GeneratedRegex(@"^[ \t]*match-architectures" + List, RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Architectures();
}
