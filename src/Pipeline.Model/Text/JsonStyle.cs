namespace Pipeline.Model.Text;

/// <summary>How a document is laid out; each publisher has its own.</summary>
/// <param name="Indent">One level of indentation, or <c>null</c> for everything on one line.</param>
/// <param name="FinalNewline">Whether the text ends with a line feed.</param>
/// <param name="EscapeHtml">Write <c>&lt; &gt; &amp;</c> and U+2028/2029 as escapes, as Go's encoder does.</param>
/// <param name="EscapeNonAscii">Write everything outside ASCII as escapes, as Python's encoder does.</param>
/// <param name="KeepRaw">Write strings that were read with the escapes they were read with.</param>
/// <param name="SpaceAfterColon">On one line: a space after colons and commas, as Python's encoder does.</param>
public sealed record JsonStyle(
    string? Indent,
    bool FinalNewline,
    bool EscapeHtml = false,
    bool EscapeNonAscii = false,
    bool KeepRaw = false,
    bool SpaceAfterColon = false
)
{
    /// <summary>One line, no spaces, no final line feed: the form that is hashed.</summary>
    public static JsonStyle Compact { get; } = new(null, false);

    /// <summary>Two spaces and a final line feed: for people and files of our own.</summary>
    public static JsonStyle Pretty { get; } = new("  ", true);
}
