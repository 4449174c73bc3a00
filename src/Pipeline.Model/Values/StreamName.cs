using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Model.Values;

/// <summary>
/// The name of a stream, such as <c>stable</c> or <c>testing-devel</c>: lower-case letters, digits and hyphens, at most 63.
/// </summary>
public readonly record struct StreamName : IComparable<StreamName>
{
    private const int Longest = 63;
    private readonly string? _text;

    private StreamName(string text) => _text = text;

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static StreamName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not the name of a stream");

    /// <summary>Reads a name; it need not be a known stream.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out StreamName name)
    {
        var valid =
            text is { Length: > 0 and <= Longest }
            && char.IsAsciiLetterOrDigit(text[0])
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && text[^1] != '-';
        name = valid ? new(text!) : default;
        return valid;
    }

    /// <inheritdoc/>
    public int CompareTo(StreamName other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>The name.</summary>
    public override string ToString() => _text ?? "";
}
