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
        WrongValues.OneOf(_shell, "bash", "zsh", "fish");
        Arguments.Add(_shell);
        Run(
            (parsed, _) =>
            {
                services.Output.Write(Script(parsed.GetRequiredValue(_shell)));
                return Task.FromResult(ExitClass.Done);
            }
        );
    }

    // The program answers "[suggest:POSITION]" directives itself, so a script only passes the line on.
    private static string Script(string shell) =>
        shell switch
        {
            "bash" => """
                _pipeline() {
                  local IFS=$'\n'
                  COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" \
                    -- "${COMP_WORDS[COMP_CWORD]}"))
                }
                complete -o default -F _pipeline pipeline ./pipeline

                """,
            "zsh" => """
                _pipeline() {
                  local -a found
                  found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                  compadd -- $found
                }
                compdef _pipeline pipeline

                """,
            _ => """
                complete -c pipeline -a '(pipeline "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'

                """,
        };
}
