using System.Globalization;
using System.Numerics;
using System.Text;
using Pipeline.Model.Text;

namespace Pipeline.Provisioning.Butane;

/// <summary>Types YAML scalars as the library Butane uses does when it knows the wanted type.</summary>
internal static class YamlScalars
{
    private const string CorePrefix = "tag:yaml.org,2002:";

    /// <summary>The text; a <c>!!binary</c> one is decoded. <c>null</c> when it is not text.</summary>
    public static string? Text(YamlScalar scalar)
    {
        if (scalar.Tag != CorePrefix + "binary")
        {
            return scalar.Text;
        }

        try
        {
            return new UTF8Encoding(false, true).GetString(Convert.FromBase64String(scalar.Text));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary><c>true</c> and <c>false</c>, and the yes and no of YAML 1.1.</summary>
    public static bool? Flag(YamlScalar scalar) =>
        scalar.Text switch
        {
            "true" or "True" or "TRUE" when scalar.Style == YamlScalarStyle.Plain => true,
            "false" or "False" or "FALSE" when scalar.Style == YamlScalarStyle.Plain => false,
            "y" or "Y" or "yes" or "on" => true,
            "n" or "N" or "no" or "off" => false,
            _ => null,
        };

    /// <summary>An integer: decimal, 0x, 0o or 0 (octal), 0b, with underscores; or a float without a fraction.</summary>
    public static long? Number(YamlScalar scalar)
    {
        if (scalar.Style != YamlScalarStyle.Plain || scalar.Tag == CorePrefix + "str")
        {
            return null;
        }

        var text = scalar.Text.Replace("_", "", StringComparison.Ordinal);
        var negative = text.StartsWith('-');
        var digits = text.StartsWith('-') || text.StartsWith('+') ? text[1..] : text;
        var (radix, body) = digits switch
        {
            ['0', 'x' or 'X', .. var rest] => (16, rest),
            ['0', 'b' or 'B', .. var rest] => (2, rest),
            ['0', 'o' or 'O', .. var rest] => (8, rest),
            ['0', .. { Length: > 0 } rest] when rest.All(c => c is >= '0' and <= '7') => (8, rest),
            _ => (10, digits),
        };
        return Parse(body, radix, negative) ?? (radix == 10 ? Whole(text) : null);
    }

    private static long? Parse(string digits, int radix, bool negative)
    {
        // 64 binary digits are the longest that can fit; more would only cost time.
        if (digits.Length is 0 or > 64)
        {
            return null;
        }

        BigInteger value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        value = negative ? -value : value;
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : null;
    }

    private static long? Whole(string text) =>
        text.Length <= 64
        && text.All(c => char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '+' or '-')
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && Math.Abs(value) < 1e15
        && Math.Floor(value) == value
            ? (long)value
            : null;
}
