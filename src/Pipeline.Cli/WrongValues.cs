using System.CommandLine;
using System.CommandLine.Parsing;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli;

/// <summary>
/// Finds values that do not fit their option. The parser would name types of the program, or take the value of a switch for the next
/// argument; here they are named by what the user wrote.
/// </summary>
internal static class WrongValues
{
    private static readonly string[] Truth = ["true", "false"];

    /// <summary>One problem for each value that cannot be used.</summary>
    public static IReadOnlyList<Diagnostic> Of(ParseResult parsed, IReadOnlyList<string> arguments) =>
        [.. Results(parsed.RootCommandResult).Where(IsWrong).Select(r => Wrong(r)), .. ValuesOfSwitches(parsed, arguments)];

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
