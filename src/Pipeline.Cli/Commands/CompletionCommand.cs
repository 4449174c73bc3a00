using System.CommandLine;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline completion SHELL</c>: prints what a shell needs to complete verbs, options and their values.</summary>
internal sealed class CompletionCommand : Verb
{
    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh or fish" };

    /// <summary>The verb.</summary>
    public CompletionCommand(Services services)
        : base(
            "completion",
            "Print a shell completion script",
            "pipeline completion bash > ~/.local/share/bash-completion/completions/pipeline"
        )
    {
        WrongValues.OneOf(_shell, [.. CompletionScripts.Shells]);
        Arguments.Add(_shell);
        Run(
            (parsed, _) =>
            {
                services.Output.Write(CompletionScripts.Of(parsed.GetRequiredValue(_shell)));
                return Task.FromResult(ExitClass.Done);
            }
        );
    }
}
