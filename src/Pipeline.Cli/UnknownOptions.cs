using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli;

/// <summary>
/// Finds options that a verb does not have. The parser takes what it does not know for an argument, so a mistyped option would be looked
/// for as a file, and the file that was meant would be called the wrong one.
/// </summary>
internal static class UnknownOptions
{
    /// <summary>One problem for each unknown option before <c>--</c>, in their order.</summary>
    public static IReadOnlyList<Diagnostic> Of(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        var known = Known(parsed.CommandResult.Command).ToArray();
        var values = new HashSet<Token>(OptionValues(parsed.RootCommandResult), ReferenceEqualityComparer.Instance);
        var found = new List<Diagnostic>();
        foreach (var token in parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).Where(t => t.Type == TokenType.Argument))
        {
            if (!LooksLikeOption(token.Value))
            {
                // A word that should have been a verb is named by the parser.
                if (parsed.CommandResult.Command is not Verb)
                {
                    break;
                }
            }
            else if (!values.Contains(token) || IsMistypedAfterOption(token.Value, known, arguments))
            {
                found.Add(Unknown(token.Value, known));
            }
        }

        return found;
    }

    private static bool LooksLikeOption(string text) =>
        text.Length > 1 && text[0] == '-' && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>
    /// The value of an option may start with a dash; one that stands alone and is nearly the name of an option is not meant as a value.
    /// </summary>
    private static bool IsMistypedAfterOption(string text, IEnumerable<string> known, IReadOnlyList<string> arguments) =>
        text.StartsWith("--", StringComparison.Ordinal) && arguments.Contains(text) && ClosestName.Of(NameOf(text), known).Count > 0;

    private static Diagnostic Unknown(string text, IReadOnlyCollection<string> known)
    {
        var name = NameOf(text);
        var hint =
            name == "--version" ? "'pipeline --version' prints the version of the program"
            : name.StartsWith("--", StringComparison.Ordinal) ? ClosestName.Hint(name, known)
            : null;
        return CommandLine.WrongUsage($"unknown option '{name}'", hint ?? $"write './{text}' when it is the name of a file");
    }

    /// <summary>The option without a value behind <c>=</c>.</summary>
    private static string NameOf(string text) => text.Split('=', 2)[0];

    private static IEnumerable<string> Known(Command command)
    {
        for (Command? at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
        {
            foreach (var option in at.Options.Where(o => !o.Hidden && (o.Recursive || at == command)))
            {
                yield return option.Name;
                foreach (var alias in option.Aliases)
                {
                    yield return alias;
                }
            }
        }
    }

    /// <summary>The words that are values of options.</summary>
    internal static IEnumerable<Token> OptionValues(CommandResult command) =>
        command.Children.SelectMany(c =>
            c switch
            {
                OptionResult option => option.Tokens,
                CommandResult inner => OptionValues(inner),
                _ => [],
            }
        );
}
