using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli;

/// <summary>
/// Finds values that do not fit their option. The parser would name types of the program, or take the value of a switch for the next
/// argument; here they are named by what the user wrote.
/// </summary>
internal static class WrongValues
{
    private static readonly string[] Truth = ["true", "false"];

    private static readonly ConditionalWeakTable<Symbol, string[]> Choices = [];

    /// <summary>One problem for each value that cannot be used.</summary>
    public static IReadOnlyList<Diagnostic> Of(ParseResult parsed, IReadOnlyList<string> arguments) =>
        [
            .. Results(parsed.RootCommandResult).Where(IsWrong).Select(r => Wrong(r)),
            .. Chosen(parsed.RootCommandResult),
            .. ValuesOfSwitches(parsed, arguments),
        ];

    /// <summary>Values that are none of those a verb lists with <c>OneOf</c>.</summary>
    private static IEnumerable<Diagnostic> Chosen(CommandResult command) =>
        command.Children.SelectMany(c =>
            c switch
            {
                CommandResult inner => Chosen(inner),
                OptionResult { Implicit: false } o when Choices.TryGetValue(o.Option, out var names) => Outside(
                    o.Option.Name,
                    o.Tokens,
                    names
                ),
                ArgumentResult a when Choices.TryGetValue(a.Argument, out var names) => Outside(a.Argument.Name, a.Tokens, names),
                _ => [],
            }
        );

    private static IEnumerable<Diagnostic> Outside(string name, IEnumerable<Token> tokens, string[] names) =>
        tokens
            .Where(t => !names.Contains(t.Value))
            .Select(t =>
                CommandLine.WrongUsage(
                    $"'{t.Value}' is not a value for '{name}'",
                    ClosestName.Hint(t.Value, names, $"expected is one of {string.Join(", ", names.Select(n => $"'{n}'"))}")
                )
            );

    /// <summary>Makes an option or an argument take only some words, which help and completion list.</summary>
    public static void OneOf(Option<string> option, params string[] names)
    {
        option.AcceptOnlyFromAmong(names);
        Choices.AddOrUpdate(option, names);
    }

    /// <inheritdoc cref="OneOf(Option{string}, string[])"/>
    public static void OneOf(Argument<string> argument, params string[] names)
    {
        argument.AcceptOnlyFromAmong(names);
        Choices.AddOrUpdate(argument, names);
    }

    private static IEnumerable<OptionResult> Results(CommandResult command) =>
        command.Children.SelectMany(c =>
            c switch
            {
                OptionResult { Implicit: false } option => [option],
                CommandResult inner => Results(inner),
                _ => Enumerable.Empty<OptionResult>(),
            }
        );

    /// <summary>Numbers are judged by their own readers.</summary>
    private static bool IsWrong(OptionResult result) =>
        TypeOf(result.Option) is { IsEnum: true } type && result.Tokens.Any(t => !Enum.TryParse(type, t.Value, ignoreCase: true, out _));

    private static Type TypeOf(Option option) => Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;

    private static Diagnostic Wrong(OptionResult result)
    {
        var names = Enum.GetNames(TypeOf(result.Option)).Select(n => $"'{n.ToLowerInvariant()}'");
        var value = string.Join(' ', result.Tokens.Select(t => t.Value));
        return CommandLine.WrongUsage(
            $"'{value}' is not a value for '{result.Option.Name}'",
            $"expected is one of {string.Join(", ", names)}"
        );
    }

    /// <summary>A switch with a value behind <c>=</c>: the parser would take the value for the next argument.</summary>
    private static IEnumerable<Diagnostic> ValuesOfSwitches(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        var switches = new HashSet<string>(StringComparer.Ordinal);
        for (Command? at = parsed.CommandResult.Command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
        {
            switches.UnionWith(at.Options.Where(o => o.ValueType == typeof(bool)).SelectMany(o => o.Aliases.Append(o.Name)));
        }

        foreach (var parts in arguments.TakeWhile(a => a != "--").Select(a => a.Split('=', 2)))
        {
            if (parts.Length == 2 && switches.Contains(parts[0]) && !Truth.Contains(parts[1], StringComparer.OrdinalIgnoreCase))
            {
                yield return CommandLine.WrongUsage(
                    $"'{parts[1]}' is not a value for '{parts[0]}'",
                    "leave it out, or write true or false"
                );
            }
        }
    }
}
