using System.CommandLine.Parsing;
using System.Globalization;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary>Readers of numbers in options: an error names the option, what was typed, and the limit.</summary>
internal static class Numbers
{
    /// <summary>A whole number of an option that may be left out.</summary>
    public static Func<ArgumentResult, int?> Whole(int least = 0, int most = int.MaxValue) => result => (int?)Read(result, least, most);

    /// <summary>A whole number of an option that has a default.</summary>
    public static Func<ArgumentResult, int> WholeOrDefault(int least = 0, int most = int.MaxValue) =>
        result => (int)(Read(result, least, most) ?? least);

    /// <summary>A large whole number of an option that has a default.</summary>
    public static Func<ArgumentResult, long> LongOrDefault() => result => Read(result, long.MinValue, long.MaxValue) ?? 0;

    /// <summary>A size of an option that may be left out: <c>20G</c>, <c>500M</c>, <c>64K</c>, or bytes.</summary>
    public static Func<ArgumentResult, ByteSize?> Size() =>
        result =>
        {
            var text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
            var unit = text.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
            var digits = unit < 0 ? text : text[..^1];
            if (
                long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number <= long.MaxValue >> (10 * (unit + 1))
            )
            {
                return ByteSize.FromBytes(number << (10 * (unit + 1)));
            }

            result.AddError($"{NameOf(result)}: '{text}' is not a size such as 20G, 500M or 0");
            return null;
        };

    private static string NameOf(ArgumentResult result) => (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;

    private static long? Read(ArgumentResult result, long least, long most)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
        if (
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
        )
        {
            return number;
        }

        var option = NameOf(result);
        var limits =
            most < int.MaxValue ? $" from {least} to {most}"
            : least > int.MinValue ? $" of at least {least}"
            : "";
        result.AddError($"{option}: '{text}' is not a whole number{limits}");
        return null;
    }
}
