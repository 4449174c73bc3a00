using System.CommandLine;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline help [VERB…]</c>: what <c>--help</c> says.</summary>
internal sealed class HelpCommand : Verb
{
    private readonly Argument<string[]> _words = new("VERB")
    {
        Description = "A verb, such as 'compose' or 'kola run' (default: the whole program)",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>The verb.</summary>
    public HelpCommand()
        : base("help", "Show help for the program or a verb", "pipeline help", "pipeline help kola run")
    {
        Arguments.Add(_words);
        Run(
            (parsed, cancellationToken) =>
            {
                var root = parsed.RootCommandResult.Command;
                var found = root;
                foreach (var word in parsed.GetValue(_words) ?? [])
                {
                    found =
                        found.Subcommands.FirstOrDefault(s => s.Name == word && !s.Hidden)
                        ?? throw new PipelineException(UnknownVerbs.Unknown(found, word));
                }

                string[] line = [.. CommandLine.PathOf(found).Split(' ')[1..], "--help"];
                root.Parse(line).Invoke(parsed.InvocationConfiguration);
                return Task.FromResult(ExitClass.Done);
            }
        );
    }
}
