using System.Text;

namespace Pipeline.Host.Output;

/// <summary>Text of others, made fit for people's eyes.</summary>
public static class TerminalText
{
    /// <summary>
    /// Text that cannot steer a terminal: control characters show as <c>?</c>, and so do the marks that reverse the direction of text. Line
    /// feeds and tabs stay.
    /// </summary>
    public static string Harmless(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(IsHarmful(rune) ? new Rune('?') : rune);
        }

        return clean.ToString();
    }

    /// <summary>As <see cref="Harmless"/>, on one line and at most so many characters long: what a server or program said.</summary>
    public static string Shorten(string text, int length)
    {
        var first = text.AsSpan().Trim();
        var end = first.IndexOfAny('\r', '\n');
        var line = (end < 0 ? first : first[..end]).TrimEnd();
        return Harmless(line.Length <= length ? line.ToString() : $"{line[..length]}…");
    }

    private static bool IsHarmful(Rune rune) =>
        (Rune.IsControl(rune) && rune.Value is not ('\n' or '\t'))
        || rune.Value is (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0x061c or 0x200e or 0x200f or 0x2028 or 0x2029;
}
