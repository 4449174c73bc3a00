using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Host.Output;

/// <summary>
/// User names and passwords that this process was given in addresses. One list for the process: what must not be shown does not depend
/// on who shows it.
/// </summary>
public static partial class KnownSecrets
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Hidden = "***";

    /// <summary>A name and password this short, or a name alone, may occur in other text by chance.</summary>
    private const int Shortest = 5;

    /// <summary>A password this long does not occur in other text by chance, so it is hidden wherever it stands alone.</summary>
    private const int Telling = 8;

    private static ImmutableArray<string> _texts = [];

    /// <summary>Adds the user part of an address: <c>user:password</c>, percent-encoded as it stands there.</summary>
    public static void Learn(string user)
    {
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        var forms = Forms(user).ToHashSet(StringComparer.Ordinal);
        if (colon >= 0)
        {
            var (name, password) = (Uri.UnescapeDataString(user[..colon]), Uri.UnescapeDataString(user[(colon + 1)..]));
            forms.UnionWith(Forms($"{name}:{password}"));
            forms.Add($"{Uri.EscapeDataString(name)}:{Uri.EscapeDataString(password)}");
            forms.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
            forms.UnionWith(new[] { user[(colon + 1)..], password }.SelectMany(Forms).Where(f => f.Length >= Telling));
        }

        forms.RemoveWhere(f => f.Length < (colon < 0 ? 2 * Telling : Shortest));
        ImmutableInterlocked.Update(
            ref _texts,
            known => forms.IsSubsetOf(known) ? known : [.. known.Union(forms, StringComparer.Ordinal).OrderByDescending(t => t.Length)]
        );
    }

    /// <summary>Adds the user parts of all addresses in a text, such as an argument or an environment variable.</summary>
    public static void LearnFrom(string? text)
    {
        foreach (Match match in Address().Matches(text ?? ""))
        {
            Learn(match.Groups["user"].Value);
        }
    }

    /// <summary>The text without any secret of <see cref="Learn"/>.</summary>
    public static string Hide(string text)
    {
        foreach (var secret in _texts)
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>As <see cref="Hide"/>, and without the user part of any address: for text that nobody parses.</summary>
    public static string HideAll(string text)
    {
        var known = Hide(text);
        return known.Contains("://", StringComparison.Ordinal) && known.Contains('@', StringComparison.Ordinal)
            ? Address().Replace(known, m => $"://{Hidden}@")
            : known;
    }

    private static IEnumerable<string> Forms(string text) =>
        [text, Uri.UnescapeDataString(text), Uri.EscapeDataString(text), System.Text.Json.JsonEncodedText.Encode(text).ToString()];

    [GeneratedRegex("""://(?<user>[^/?#\s"'<>]*)@""", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
