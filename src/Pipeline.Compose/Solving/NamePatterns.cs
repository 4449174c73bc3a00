using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Compose.Solving;

/// <summary>
/// Patterns of package names with <c>*</c>, <c>?</c> and <c>[…]</c>, as dnf's <c>excludepkgs</c> has them. A pattern is matched against
/// the name alone, and the name with architecture, version or both.
/// </summary>
internal sealed class NamePatterns
{
    private readonly Regex _pattern;

    /// <summary>Matches what any of the patterns matches.</summary>
    public NamePatterns(IEnumerable<string> patterns) =>
        _pattern = new(
            $"^(?:{string.Join('|', patterns.Select(Translate))})\\z",
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
        );

    /// <summary>Whether a package is meant.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="version">Its version with epoch and release.</param>
    /// <param name="architecture">Its architecture.</param>
    public bool Match(string name, string version, string architecture)
    {
        var plain = version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return _pattern.IsMatch(name)
            || _pattern.IsMatch($"{name}.{architecture}")
            || _pattern.IsMatch($"{name}-{plain}")
            || _pattern.IsMatch($"{name}-{plain}.{architecture}")
            || _pattern.IsMatch($"{name}-{version}.{architecture}");
    }

    private static string Translate(string pattern)
    {
        var text = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            var close = pattern[i] == '[' ? pattern.IndexOf(']', Math.Min(i + 2, pattern.Length)) : -1;
            if (close > 0)
            {
                var negated = pattern[i + 1] == '!';
                var set = pattern[(i + (negated ? 2 : 1))..close];
                text.Append(negated ? "[^" : "[");
                text.Append(set.Replace("\\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal));
                text.Append(']');
                i = close;
                continue;
            }

            text.Append(
                pattern[i] switch
                {
                    '*' => ".*",
                    '?' => ".",
                    var c => Regex.Escape(c.ToString()),
                }
            );
        }

        return text.ToString();
    }
}
