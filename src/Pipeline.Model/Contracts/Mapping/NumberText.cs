using System.Globalization;

namespace Pipeline.Model.Contracts;

/// <summary>
/// Numbers as the programs that publish our documents print them; .NET's own forms differ in exponents and trailing zeros.
/// </summary>
public static class NumberText
{
    /// <summary>As Python's <c>repr</c>: shortest digits, <c>0.0</c>, <c>1e-05</c>, <c>1e+16</c>.</summary>
    public static string Python(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN"
                : value > 0 ? "Infinity"
                : "-Infinity";
        }

        var (sign, digits, point) = Shortest(value);
        if (point is > -4 and <= 16)
        {
            var plain = Plain(digits, point);
            return sign + (plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0");
        }

        var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        var exponent = point - 1;
        return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    /// <summary>
    /// As Rust's <c>Display</c>: shortest digits, never an exponent, no point for whole numbers: <c>0</c>, <c>1</c>, <c>0.35</c>.
    /// </summary>
    public static string Rust(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN"
                : value > 0 ? "inf"
                : "-inf";
        }

        var (sign, digits, point) = Shortest(value);
        return sign + Plain(digits, point);
    }

    /// <summary>A number token as its publisher would print it again: integers as they are, others as <see cref="Python"/>.</summary>
    public static string Canonical(string raw)
    {
        if (raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return raw == "-0" ? "0" : raw;
        }

        var value = double.Parse(raw, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(value) ? Python(value) : raw;
    }

    private static string Plain(string digits, int point) =>
        point <= 0 ? "0." + new string('0', -point) + digits
        : point >= digits.Length ? digits + new string('0', point - digits.Length)
        : $"{digits[..point]}.{digits[point..]}";

    /// <summary>Sign, significant digits and the position of the decimal point after the first digit's place (0.35 is "35", 0).</summary>
    private static (string Sign, string Digits, int Point) Shortest(double value)
    {
        var text = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = exponentAt < 0 ? 0 : int.Parse(text[(exponentAt + 1)..], CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? mantissa : mantissa[..dot];
        var digits = whole + (dot < 0 ? "" : mantissa[(dot + 1)..]);
        var point = whole.Length + exponent;
        var trimmed = digits.TrimStart('0');
        point -= digits.Length - trimmed.Length;
        trimmed = trimmed.TrimEnd('0');
        var sign = double.IsNegative(value) ? "-" : "";
        return trimmed.Length == 0 ? (sign, "0", 1) : (sign, trimmed, point);
    }
}
