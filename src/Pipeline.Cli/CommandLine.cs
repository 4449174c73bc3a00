using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli;

/// <summary>Builds the command tree and turns outcomes into exit codes (<see cref="ExitClass"/>).</summary>
internal static class CommandLine
{
    /// <summary>The whole tree.</summary>
    public static RootCommand Build(Services services)
    {
        var root = new RootCommand("Composes, images, tests and releases an image-based Linux OS");
        root.Options.Add(Verb.WorkDirectoryOption);
        root.Options.Add(Verb.ProgressOption);
        foreach (var verb in Commands.Verbs.All(services))
        {
            root.Subcommands.Add(verb);
        }

        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        }

        return root;
    }

    /// <summary>Parses and runs; every failure becomes diagnostics on the reporter and an exit code.</summary>
    public static async Task<int> RunAsync(Services services, string[] args, CancellationToken cancellationToken)
    {
        try
        {
            // "@1700000000" is a time, not a response file.
            var parsed = Build(services).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            var configuration = new InvocationConfiguration
            {
                Output = services.Output,
                Error = services.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            if (parsed.Action is ParseErrorAction)
            {
                foreach (var error in parsed.Errors)
                {
                    services.Reporter.Report(Diagnostic.Error("PL0002", Lower(error.Message)));
                }

                services.Error.WriteLine($"  hint: see '{Path(parsed.CommandResult.Command)} --help'");
                return (int)ExitClass.BadInput;
            }

            if (parsed.GetValue(Verb.ProgressOption) is { } style)
            {
                services.ShowProgress(style);
            }

            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            services.Reporter.Report(Diagnostic.Error("PL0003", "cancelled", exit: ExitClass.Cancelled));
            return (int)ExitClass.Cancelled;
        }
        catch (PipelineException e)
        {
            foreach (var diagnostic in e.Diagnostics)
            {
                services.Reporter.Report(diagnostic);
            }

            return (int)e.Exit;
        }
#pragma warning disable CA1031 // the last line of defence: users never see a stack trace unless they ask
        catch (Exception e) when (services.Environment("PIPELINE_DEBUG") is null)
#pragma warning restore CA1031
        {
            var unexpected = Unexpected(e);
            services.Reporter.Report(unexpected);
            return (int)unexpected.Exit;
        }
    }

    private static Diagnostic Unexpected(Exception e)
    {
        const int noSpace = 28;
        const int noAccess = 13;
        return e switch
        {
            IOException io when (io.HResult & 0xffff) == noSpace || io.Message.Contains("No space left", StringComparison.Ordinal) =>
                Diagnostic.Error(
                    "PL0306",
                    $"the disk is full: {io.Message}",
                    hint: "free space, or point -C at a larger disk; the next run goes on where this one stopped",
                    exit: ExitClass.WorkFailed
                ),
            UnauthorizedAccessException => Diagnostic.Error(
                "PL0307",
                Lower(e.Message.TrimEnd('.')),
                hint: "check the owner and mode of that path",
                exit: ExitClass.MissingTool
            ),
            FileNotFoundException or DirectoryNotFoundException => Diagnostic.Error(
                "PL0308",
                Lower(e.Message.TrimEnd('.')),
                hint: "check the spelling of that path"
            ),
            IOException io => Diagnostic.Error(
                "PL0309",
                Lower(io.Message.TrimEnd('.')),
                hint: (io.HResult & 0xffff) == noAccess ? "check the owner and mode of that path" : null,
                exit: ExitClass.WorkFailed
            ),
            _ => Diagnostic.Error(
                "PL0000",
                $"internal error: {e.GetType().Name}: {e.Message}",
                hint: "this is a defect; run again with PIPELINE_DEBUG=1 and report the output",
                exit: ExitClass.WorkFailed
            ),
        };
    }

    private static string Path(Symbol command) => string.Join(' ', Chain(command).Reverse());

    private static IEnumerable<string> Chain(Symbol command)
    {
        for (Symbol? at = command; at is not null; at = at.Parents.FirstOrDefault())
        {
            yield return at is RootCommand ? "pipeline" : at.Name;
        }
    }

    private static string Lower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');

    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = inner.Invoke(parseResult);
            if (parseResult.CommandResult.Command is Verb verb)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in verb.Examples)
                {
                    output.WriteLine($"  {example}");
                }

                output.WriteLine();
            }

            return code;
        }
    }
}
