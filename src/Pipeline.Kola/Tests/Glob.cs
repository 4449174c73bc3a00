using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Kola.Tests;

/// <summary>
/// Shell globs over test names: <c>*</c> and <c>?</c> stop at <c>/</c>, <c>[a-c]</c> and <c>[^a]</c> are sets, <c>\</c> quotes.
/// </summary>
internal static class Glob
{
    /// <summary>Whether the whole name matches. A set that is not closed matches nothing.</summary>
    public static bool Matches(string pattern, string name)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '[')
            {
                var end = pattern.IndexOf(']', Math.Min(i + 2, pattern.Length));
                if (end < 0)
                {
                    return false;
                }

                var set = pattern[(i + 1)..end];
                var negated = set.StartsWith('^') || set.StartsWith('!');
                var body = (negated ? set[1..] : set)
                    .Replace("\\", "\\\\", StringComparison.Ordinal)
                    .Replace("[", "\\[", StringComparison.Ordinal)
                    .Replace("^", "\\^", StringComparison.Ordinal);
                regex.Append('[').Append(negated ? "^" : "").Append(body).Append(']');
                i = end;
                continue;
            }

            if (c == '\\' && i + 1 < pattern.Length)
            {
                c = pattern[++i];
                regex.Append(Regex.Escape(c.ToString()));
                continue;
            }

            regex.Append(
                c switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    _ => Regex.Escape(c.ToString()),
                }
            );
        }

        try
        {
            return Regex.IsMatch(name, regex.Append("\\z").ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (RegexParseException)
        {
            return false; // for example a reversed range
        }
    }
}
