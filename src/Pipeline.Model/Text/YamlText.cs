using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Model.Text;

/// <summary>
/// Reads one YAML document into nodes that keep raw scalar, style and span. Memory and time are bounded by
/// <see cref="TextLimits"/>: aliases are expanded by reference and counted, so an alias bomb ends as an error.
/// </summary>
public static class YamlText
{
    /// <summary>Parses <paramref name="text"/>, which must hold at most one document with content.</summary>
    /// <param name="file">Name for spans.</param>
    /// <param name="text">The whole document.</param>
    /// <param name="problems">Receives PL0010–PL0018; duplicates are reported and reading goes on.</param>
    /// <param name="limits">Bounds; <see cref="TextLimits.Default"/> when <c>null</c>.</param>
    /// <returns>The root, or <c>null</c> when the document is empty or could not be read.</returns>
    public static YamlNode? Parse(string file, string text, DiagnosticBag problems, TextLimits? limits = null)
    {
        limits ??= TextLimits.Default;
        if (text.Length > limits.MaxLength)
        {
            problems.Error("PL0010", $"the document is larger than {ByteSize.FromBytes(limits.MaxLength)}", new SourceSpan(file, 1, 1));
            return null;
        }

        if (text.StartsWith('\uFEFF'))
        {
            text = text[1..];
        }

        if (YamlCursor.FirstForbidden(text) is var forbidden and >= 0)
        {
            problems.Error(
                "PL0018",
                $"the character U+{(int)text[forbidden]:X4} is not allowed in YAML",
                PlaceOf(file, text, forbidden),
                "write it as an escape in double quotes, for example \"\\e\""
            );
            return null;
        }

        try
        {
            return new YamlReader(file, problems, limits, new YamlScanner(text)).ReadDocument();
        }
        catch (YamlSyntaxException e)
        {
            problems.Error(
                "PL0011",
                $"not valid YAML: {e.Message}",
                new SourceSpan(file, e.Mark.Line, e.Mark.Column),
                e.Hint ?? "check the indentation and quoting at this place"
            );
            return null;
        }
        catch (YamlReader.StopReadingException)
        {
            return null;
        }
    }

    private static SourceSpan PlaceOf(string file, string text, int index)
    {
        var at = new YamlCursor(text);
        at.SkipTo(index);
        return new(file, at.Mark.Line, at.Mark.Column);
    }
}
