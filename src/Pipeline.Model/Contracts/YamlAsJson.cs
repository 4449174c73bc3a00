using System.Globalization;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>
/// YAML nodes as JSON nodes with the same spans, so that one reader serves both. Plain scalars are typed by YAML's core schema.
/// </summary>
public static class YamlAsJson
{
    /// <summary>Converts a node and everything below it.</summary>
    public static JsonTextNode Convert(YamlNode node) =>
        node switch
        {
            YamlMapping m => new JsonTextObject(
                m.Entries.Select(e => new JsonTextMember(e.Key.Text, Convert(e.Value), e.Key.Span)).ToValueList()
            )
            {
                Span = m.Span,
            },
            YamlSequence s => new JsonTextArray(s.Items.Select(Convert).ToValueList()) { Span = s.Span },
            YamlScalar scalar => Scalar(scalar) with { Span = scalar.Span },
            _ => new JsonTextNull { Span = node.Span },
        };

    private static JsonTextNode Scalar(YamlScalar scalar)
    {
        var text = scalar.Text;
        if (scalar.IsNull)
        {
            return new JsonTextNull();
        }

        if (scalar.Style != YamlScalarStyle.Plain || scalar.Tag is not null)
        {
            return new JsonTextString(text);
        }

        return text switch
        {
            "true" or "True" or "TRUE" => new JsonTextBool(true),
            "false" or "False" or "FALSE" => new JsonTextBool(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => new JsonTextNumber(
                text.TrimStart('+')
            ),
            _ when IsReal(text) => new JsonTextNumber(text.TrimStart('+')),
            _ => new JsonTextString(text),
        };
    }

    private static bool IsReal(string text) =>
        text.Length > 0
        && (
            char.IsAsciiDigit(text[0])
            || (text[0] is '-' or '+' or '.' && text.Length > 1 && (char.IsAsciiDigit(text[1]) || text[1] == '.'))
        )
        && double.TryParse(
            text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out _
        );
}
