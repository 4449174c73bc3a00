using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Model.Text;

namespace Pipeline.Provisioning.Butane;

/// <summary>
/// Types YAML scalars as the library Butane uses (yaml.v3) does when it knows the wanted type. A value is null, a boolean, a number, binary
/// data or text by its look or its tag; a tag its text does not fit makes it nothing at all.
/// </summary>
internal static partial class YamlScalars
{
    private const string Core = "tag:yaml.org,2002:";
    private const int LongestNumber = 64;
    private static readonly string[] Times =
    [
        "yyyy-M-d",
        "yyyy-M-d'T'H:m:s.FFFFFFFK",
        "yyyy-M-d't'H:m:s.FFFFFFFK",
        "yyyy-M-d H:m:s.FFFFFFF",
    ];

    private enum Kind
    {
        Nothing,
        Null,
        Flag,
        Number,
        Text,
        Binary,
    }

    /// <summary>The text, as written unless it is <c>!!binary</c>; <c>null</c> when it is not text.</summary>
    public static string? Text(YamlScalar scalar)
    {
        var (kind, value) = Resolve(scalar);
        return kind switch
        {
            Kind.Nothing or Kind.Null => null,
            Kind.Binary => Decode((byte[])value!),
            _ => scalar.Text,
        };
    }

    /// <summary>The bytes of a <c>!!binary</c>; <c>null</c> when it is something else.</summary>
    public static byte[]? Bytes(YamlScalar scalar) => Resolve(scalar) is (Kind.Binary, byte[] bytes) ? bytes : null;

    /// <summary><c>true</c> and <c>false</c>, and the yes and no of YAML 1.1.</summary>
    public static bool? Flag(YamlScalar scalar) =>
        Resolve(scalar) switch
        {
            (Kind.Flag, bool flag) => flag,
            (Kind.Text, _) => Word(scalar.Text),
            (Kind.Binary, byte[] bytes) => Word(Decode(bytes)),
            _ => null,
        };

    /// <summary>An integer: decimal, 0x, 0o or 0 (octal), 0b, with underscores; or a float without a fraction.</summary>
    public static long? Number(YamlScalar scalar) =>
        Resolve(scalar) switch
        {
            (Kind.Number, long number) => number,
            (Kind.Number, double number) when Math.Floor(number) == number && Math.Abs(number) < 9.2233720368547758e18 => (long)number,
            _ => null,
        };

    /// <summary>The scalar as it would be without quotes and tag.</summary>
    public static YamlScalar Bare(YamlScalar scalar) => scalar with { Style = YamlScalarStyle.Plain, Tag = null };

    private static (Kind Kind, object? Value) Resolve(YamlScalar scalar)
    {
        var tag =
            scalar.Tag is null ? null
            : scalar.Tag.StartsWith(Core, StringComparison.Ordinal) ? scalar.Tag[Core.Length..]
            : "";
        if (tag == "binary")
        {
            return Binary(scalar.Text) is { } bytes ? (Kind.Binary, bytes) : (Kind.Nothing, null);
        }

        if (tag is null ? scalar.Style != YamlScalarStyle.Plain : tag is not ("bool" or "int" or "float" or "null" or "timestamp"))
        {
            return (Kind.Text, null);
        }

        var resolved = ByLook(scalar.Text);
        var fits = tag switch
        {
            null => true,
            "bool" => resolved.Kind == Kind.Flag,
            "int" => resolved is (Kind.Number, long or BigInteger),
            "float" => resolved.Kind == Kind.Number,
            "null" => resolved.Kind == Kind.Null,
            _ => DateTime.TryParseExact(scalar.Text, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        };
        return fits ? resolved : (Kind.Nothing, null);
    }

    private static (Kind Kind, object? Value) ByLook(string text) =>
        text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => (Kind.Null, null),
            "true" or "True" or "TRUE" => (Kind.Flag, true),
            "false" or "False" or "FALSE" => (Kind.Flag, false),
            ".nan" or ".NaN" or ".NAN" => (Kind.Number, double.NaN),
            ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" => (Kind.Number, double.PositiveInfinity),
            "-.inf" or "-.Inf" or "-.INF" => (Kind.Number, double.NegativeInfinity),
            [(>= '0' and <= '9') or '+' or '-', ..] => Numeric(text.Replace("_", "", StringComparison.Ordinal)),
            ['.', ..] => Numeric(text),
            _ => (Kind.Text, null),
        };

    private static (Kind Kind, object? Value) Numeric(string text)
    {
        if (Integer(text) is { } integer)
        {
            return (Kind.Number, integer >= long.MinValue && integer <= long.MaxValue ? (object)(long)integer : integer);
        }

        return
            Decimal().IsMatch(text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            ? (Kind.Number, number)
            : (Kind.Text, null);
    }

    /// <summary>An integer of 64 bits, with or without sign.</summary>
    private static BigInteger? Integer(string text)
    {
        var negative = text.StartsWith('-');
        var digits = negative || text.StartsWith('+') ? text[1..] : text;
        var (radix, body) = digits switch
        {
            ['0', 'x' or 'X', .. var rest] => (16, rest),
            ['0', 'b' or 'B', .. var rest] => (2, rest),
            ['0', 'o' or 'O', .. var rest] => (8, rest),
            ['0', .. { Length: > 0 } rest] => (8, rest),
            _ => (10, digits),
        };

        // 64 binary digits are the longest that can fit; leading zeros are no digits.
        body =
            body.Length > 1
                ? body.TrimStart('0') is { Length: > 0 } trimmed
                    ? trimmed
                    : "0"
                : body;
        if (body.Length is 0 or > LongestNumber)
        {
            return null;
        }

        BigInteger value = 0;
        foreach (var c in body)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        value = negative ? -value : value;
        return value >= long.MinValue && value <= ulong.MaxValue ? value : null;
    }

    private static byte[]? Binary(string text)
    {
        // Line ends may stand between the characters, other white space may not.
        var packed = text.Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        var bytes = new byte[packed.Length];
        return !packed.AsSpan().ContainsAny(' ', '\t') && Convert.TryFromBase64String(packed, bytes, out var length)
            ? bytes[..length]
            : null;
    }

    private static string? Decode(byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool? Word(string? text) =>
        text switch
        {
            "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => true,
            "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => false,
            _ => null,
        };

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();
}
