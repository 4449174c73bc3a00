using System.CommandLine;
using System.CommandLine.Parsing;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli;

/// <summary>Finds words that should have been a verb. The parser only says that it does not know them.</summary>
internal static class UnknownVerbs
{
    /// <summary>The problem with the verb, or nothing.</summary>
    /// <param name="parsed">The parsed line.</param>
    /// <param name="exists">Whether the user's directory has a file of that name: then the word is an argument.</param>
    /// <param name="require">Whether a verb that was left out is a problem too.</param>
    public static IReadOnlyList<Diagnostic> Of(ParseResult parsed, Func<string, bool> exists, bool require)
    {
        var command = parsed.CommandResult.Command;
        var verbs = NamesOf(command);
        if (verbs.Length == 0)
        {
            return [];
        }

        var word = FirstWord(parsed);
        if (command is Verb)
        {
            // A verb with verbs below it takes other words as arguments.
            return word is not null && ClosestName.Of(word, verbs).Count > 0 && !exists(word) ? [Unknown(command, word)] : [];
        }

        return word is not null ? [Unknown(command, word)]
            : command is RootCommand || !require ? []
            : [CommandLine.WrongUsage($"'{CommandLine.PathOf(command)}' needs a verb", $"one of {string.Join(", ", verbs)}")];
    }

    /// <summary>A word that is no verb of a command.</summary>
    public static Diagnostic Unknown(Command command, string word)
    {
        var verbs = NamesOf(command);
        var elsewhere = Everywhere(Root(command)).Where(p => p.Split(' ')[^1] == word).ToArray();
        return CommandLine.WrongUsage(
            command is RootCommand ? $"unknown verb '{word}'" : $"unknown verb '{word}' of '{CommandLine.PathOf(command)}'",
            verbs.Length == 0 ? "it has no verbs below it"
                : elsewhere.Length > 0 ? $"did you mean {string.Join(" or ", elsewhere.Select(p => $"'pipeline {p}'"))}?"
                : ClosestName.Hint(word, verbs, $"one of {string.Join(", ", verbs)}")
        );
    }

    private static string[] NamesOf(Command command) => [.. command.Subcommands.Where(s => !s.Hidden).Select(s => s.Name)];

    private static string? FirstWord(ParseResult parsed)
    {
        var values = new HashSet<Token>(UnknownOptions.OptionValues(parsed.RootCommandResult), ReferenceEqualityComparer.Instance);
        return parsed
            .Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash)
            .FirstOrDefault(t => t.Type == TokenType.Argument && !t.Value.StartsWith('-') && !values.Contains(t))
            ?.Value;
    }

    private static Command Root(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Root(parent) : command;

    private static IEnumerable<string> Everywhere(Command command) =>
        command.Subcommands.Where(s => !s.Hidden).SelectMany(s => Everywhere(s).Select(below => $"{s.Name} {below}").Prepend(s.Name));
}
