using System.CommandLine;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline run</c>: a shell in a machine, or one command and its exit code.</summary>
internal sealed class RunCommand : Verb
{
    private readonly Argument<string[]> _words = new("build")
    {
        Description = "Build id, 'latest' (default), 'latest:NAME' or 'latest:STREAM', and after '--' the command",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "ID",
    };

    /// <summary>The verb.</summary>
    public RunCommand(Services services)
        : base(
            "run",
            "Boot a build and open a shell in it, or run a command and return its exit code",
            "pipeline run",
            "pipeline run latest --firmware uefi -- systemctl --failed"
        )
    {
        var boot = new BootOptions(this);
        Arguments.Add(_words);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (build, command) = Split(parsed);
                return (ExitClass)
                    await new KolaRunner(services.Tools, services.Reporter, services.Time).ShellAsync(
                        boot.Request(services, parsed, build),
                        [.. command],
                        cancellationToken
                    );
            }
        );
    }

    /// <summary>What stands before the first <c>--</c> names the build, the rest is the command.</summary>
    private (string? Build, string[] Command) Split(ParseResult parsed)
    {
        var words = parsed.GetValue(_words) ?? [];
        var tokens = parsed.Tokens;
        var mark = tokens.ToList().FindIndex(t => t.Type == System.CommandLine.Parsing.TokenType.DoubleDash);
        var after = mark < 0 ? 0 : tokens.Count - mark - 1;
        var before = words[..Math.Max(0, words.Length - after)];
        return before.Length <= 1
            ? (before.FirstOrDefault(), words[before.Length..])
            : throw new PipelineException(
                Diagnostic.Error(
                    "PL4091",
                    $"one build, not {before.Length}: '{string.Join(' ', before)}'",
                    hint: "put '--' before the command"
                )
            );
    }
}
