using System.Text;

namespace Pipeline.Compose.Manifests;

/// <summary>Splits an item of a package list at white space; <c>'…'</c> protects it, as in <c>corge 'foobar &gt;= 1.1' baz</c>.</summary>
internal static class PackageWords
{
    /// <summary>The words without their quotes, or <c>null</c> when a quote is not closed.</summary>
    public static IReadOnlyList<string>? Split(string item)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quoted = false;
        foreach (var c in item)
        {
            if (c == '\'')
            {
                quoted = !quoted;
                Flush();
            }
            else if (!quoted && char.IsWhiteSpace(c))
            {
                Flush();
            }
            else
            {
                word.Append(c);
            }
        }

        Flush();
        return quoted ? null : words;

        void Flush()
        {
            var text = word.ToString().Trim();
            if (text.Length > 0)
            {
                words.Add(text);
            }

            word.Clear();
        }
    }
}
