using Pipeline.Host.Files;

namespace Pipeline.Compose.Families.Deb;

/// <summary>The enabled binary repositories of the machine's apt, in both formats.</summary>
internal static class AptEntries
{
    /// <summary>Address and suite of each http or https entry, in apt's order.</summary>
    public static IReadOnlyList<(string Url, string Suite)> Read(string directory)
    {
        var entries = new List<(string Url, string Suite)>();
        var parts = Path.Combine(directory, "sources.list.d");
        string[] files =
        [
            Path.Combine(directory, "sources.list"),
            .. Directory.Exists(parts) ? Directory.GetFiles(parts).Order(StringComparer.Ordinal).ToArray() : [],
        ];
        foreach (var file in files.Where(RegularFile.Is))
        {
            try
            {
                if (file.EndsWith(".list", StringComparison.Ordinal))
                {
                    entries.AddRange(RegularFile.ReadLines(file).Select(OneLine).OfType<(string Url, string Suite)>());
                }
                else if (file.EndsWith(".sources", StringComparison.Ordinal))
                {
                    entries.AddRange(Stanzas(RegularFile.ReadText(file), file));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Entries with credentials may be readable by root only; they are then no candidates.
            }
        }

        return
        [
            .. entries
                .Where(e => e.Url.StartsWith("http://", StringComparison.Ordinal) || e.Url.StartsWith("https://", StringComparison.Ordinal))
                .Where(e => !e.Suite.EndsWith('/'))
                .Distinct(),
        ];
    }

    private static (string Url, string Suite)? OneLine(string line)
    {
        var text = line.Split('#')[0].Trim();
        if (text.StartsWith("deb ", StringComparison.Ordinal))
        {
            text = text[4..].Trim();
            if (text.StartsWith('[') && text.Contains(']', StringComparison.Ordinal))
            {
                text = text[(text.IndexOf(']', StringComparison.Ordinal) + 1)..];
            }

            var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return words.Length >= 2 ? (words[0], words[1]) : null;
        }

        return null;
    }

    private static IEnumerable<(string Url, string Suite)> Stanzas(string text, string file) =>
        from stanza in Deb822.Parse(file, text, new())
        where stanza.Words("Types").Contains("deb") && stanza.Find("Enabled")?.Value is not ("no" or "false" or "0")
        from url in stanza.Words("URIs")
        from suite in stanza.Words("Suites")
        select (url, suite);
}
