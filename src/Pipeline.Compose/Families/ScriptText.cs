namespace Pipeline.Compose.Families;

/// <summary>What can be told from the text of a script of a package.</summary>
internal static class ScriptText
{
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
