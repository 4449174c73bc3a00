namespace Pipeline.Compose.Families;

/// <summary>Scripts of packages: what their texts say, and how messages name them.</summary>
internal static class ScriptText
{
    /// <summary>Names the packages one of whose scripts did something; <paramref name="otherwise"/> for none.</summary>
    public static string Blame(string[] packages, string otherwise) =>
        packages.Length == 0 ? otherwise : $"a script of {string.Join(" or ", packages.Select(p => $"'{p}'"))}";

    /// <summary>Whether a script has a path as a word of its own, not as the beginning of a longer one.</summary>
    public static bool Mentions(string script, string path)
    {
        var word = "/" + path;
        for (var at = script.IndexOf(word, StringComparison.Ordinal); at >= 0; at = script.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var after = at + word.Length < script.Length ? script[at + word.Length] : '\n';
            if (!char.IsAsciiLetterOrDigit(after) && after is not ('/' or '.' or '-' or '_'))
            {
                return true;
            }
        }

        return false;
    }
}
