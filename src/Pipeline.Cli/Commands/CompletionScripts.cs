namespace Pipeline.Cli.Commands;

/// <summary>
/// What a shell needs to complete verbs, options and their values. The program answers <c>[suggest:POSITION]</c> itself, so a script only
/// passes the line on.
/// </summary>
internal static class CompletionScripts
{
    /// <summary>The shells there are scripts for.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    /// <summary>Where a shell looks for it, below <c>/usr</c>, <c>/usr/local</c> or <c>~/.local</c>.</summary>
    public static string PlaceOf(string shell) =>
        shell switch
        {
            "bash" => "share/bash-completion/completions/pipeline",
            "zsh" => "share/zsh/site-functions/_pipeline",
            _ => "share/fish/vendor_completions.d/pipeline.fish",
        };

    /// <summary>The script.</summary>
    public static string Of(string shell) =>
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
                #compdef pipeline
                _pipeline() {
                  local -a found
                  found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                  compadd -- $found
                }
                # Read by compinit, this file is the function; read by a user, it defines it.
                if [ "$funcstack[1]" = _pipeline ]; then _pipeline "$@"; else compdef _pipeline pipeline; fi

                """,
            _ => """
                complete -c pipeline -a '(pipeline "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'

                """,
        };
}
