using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pipeline.Kola;
using Pipeline.Kola.Machines;
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

    private readonly Option<MachinePort[]> _ports = new("--port")
    {
        Description = "Lead port H of this host's 127.0.0.1 to port G of the machine; may be repeated",
        HelpName = "H:G",
        CustomParser = ReadPorts,
    };
    private readonly Option<bool> _console = new("--console", "-c")
    {
        Description = "Show the serial console from the first line on, logged in, instead of a shell by ssh; Ctrl-] leaves",
    };

    private readonly Option<bool> _cold = new("--cold")
    {
        Description = "Boot; without it the machine starts where an earlier one of the same kind had booted",
    };

    /// <summary>The verb.</summary>
    public RunCommand(Services services)
        : base(
            "run",
            "Boot a build and open a shell in it, or run a command and return its exit code",
            "pipeline run",
            "pipeline run latest --firmware uefi -- systemctl --failed",
            "pipeline run --butane web.bu --port 8080:80",
            "pipeline run --console"
        )
    {
        var boot = new BootOptions(this);
        Arguments.Add(_words);
        Options.Add(_ports);
        Options.Add(_console);
        Options.Add(_cold);
        Run(
            async (parsed, cancellationToken) =>
            {
                var (build, command) = Split(parsed);
                if (parsed.GetValue(_console) && command.Length > 0)
                {
                    throw new PipelineException(Diagnostic.Error("PL4092", "--console runs no command", hint: "leave one of them out"));
                }
                return (ExitClass)
                    await new KolaRunner(services.Tools, services.Reporter, services.Time).ShellAsync(
                        boot.Request(services, parsed, build) with
                        {
                            Ports = [.. parsed.GetValue(_ports) ?? []],
                            Console = parsed.GetValue(_console),
                            Cold = parsed.GetValue(_cold),
                        },
                        [.. command],
                        cancellationToken
                    );
            }
        );
    }

    private static MachinePort[]? ReadPorts(ArgumentResult result)
    {
        var ports = new List<MachinePort>();
        foreach (var token in result.Tokens)
        {
            var numbers = token
                .Value.Split(':')
                .Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 65536 ? n : 0)
                .ToArray();
            if (numbers is not [> 0, > 0])
            {
                result.AddError($"--port: '{token.Value}' is not H:G, two ports from 1 to 65535, for example 8080:80");
                return null;
            }

            ports.Add(new(numbers[0], numbers[1]));
        }

        return [.. ports];
    }

    /// <summary>What stands before the first <c>--</c> names the build, the rest is the command.</summary>
    private (string? Build, string[] Command) Split(ParseResult parsed)
    {
        var words = parsed.GetValue(_words) ?? [];
        var tokens = parsed.Tokens;
        var mark = tokens.ToList().FindIndex(t => t.Type == TokenType.DoubleDash);
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
