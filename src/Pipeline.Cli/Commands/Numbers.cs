using System.CommandLine.Parsing;
using System.Globalization;

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

        var option = (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;
        var limits =
            most < int.MaxValue ? $" from {least} to {most}"
            : least > int.MinValue ? $" of at least {least}"
            : "";
        result.AddError($"{option}: '{text}' is not a whole number{limits}");
        return null;
    }
}
