using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Pipeline.Host.Output;
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

        Completions.Attach(root, services);
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        }

        root.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(Guide.Text));

        return root;
    }

    /// <summary>Parses and runs; every failure becomes diagnostics on the reporter and an exit code.</summary>
    public static async Task<int> RunAsync(Services services, string[] args, CancellationToken cancellationToken)
    {
        foreach (var argument in args)
        {
            KnownSecrets.LearnFrom(argument);
        }

        return await OutcomeAsync(services, RunAsync, cancellationToken);

        async Task<int> RunAsync()
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
            var json = AsksForJson(args);
            if (json)
            {
                services.ShowProblemsAsJson();
            }

            var wrong = WrongWords(parsed, args, word => Exists(services, word));
            if (wrong.Length > 0)
            {
                foreach (var error in wrong)
                {
                    services.Reporter.Report(error);
                }

                if (!json)
                {
                    services.Error.WriteLine($"  hint: see '{PathOf(parsed.CommandResult.Command)} --help'");
                }

                return (int)ExitClass.BadInput;
            }

            if (parsed.GetValue(Verb.ProgressOption) is { } style)
            {
                services.ShowProgress(style);
            }

            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
    }

    /// <summary>
    /// Runs work that may fail; what it throws becomes diagnostics on the reporter and an exit code. Also the build program's last resort.
    /// </summary>
    internal static async Task<int> OutcomeAsync(Services services, Func<Task<int>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
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
            var unexpected = UnexpectedFailure.Of(e);
            services.Reporter.Report(unexpected);
            return (int)unexpected.Exit;
        }
    }

    /// <summary>What is wrong with the command line; help and the like answer although something is.</summary>
    private static Diagnostic[] WrongWords(ParseResult parsed, string[] args, Func<string, bool> exists)
    {
        if (parsed.Action is not ParseErrorAction && parsed.Action != parsed.CommandResult.Command.Action)
        {
            return [];
        }

        // What the parser says of the words around a mistake is a guess.
        Diagnostic[] words = [.. UnknownOptions.Of(parsed, args), .. WrongValues.Of(parsed, args)];
        Diagnostic[] own = [.. UnknownVerbs.Of(parsed, exists, words.Length == 0), .. words];
        return own.Length > 0 || parsed.Action is not ParseErrorAction
            ? own
            : [.. parsed.Errors.Select(e => WrongUsage(Lower(e.Message), null))];
    }

    /// <summary>The command line itself is wrong.</summary>
    internal static Diagnostic WrongUsage(string message, string? hint) => Diagnostic.Error("PL0002", message, hint: hint);

    /// <summary>Whether programs read the run, and did not say how they want to read it.</summary>
    private static bool AsksForJson(string[] args)
    {
        var words = args.TakeWhile(a => a != "--").ToArray();
        return words.Contains("--json") && !words.Any(w => w == "--progress" || w.StartsWith("--progress=", StringComparison.Ordinal));
    }

    private static bool Exists(Services services, string word)
    {
        var path = services.FullPath(word);
        return File.Exists(path) || Directory.Exists(path);
    }

    /// <summary>A command as typed: <c>pipeline kola run</c>.</summary>
    internal static string PathOf(Symbol command) => string.Join(' ', Chain(command).Reverse());

    private static IEnumerable<string> Chain(Symbol command)
    {
        for (Symbol? at = command; at is not null; at = at.Parents.FirstOrDefault())
        {
            yield return at is RootCommand ? "pipeline" : at.Name;
        }
    }

    private static string Lower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');

    /// <summary>
    /// Some verbs write into a directory that coreos-installer's users give with <c>-C</c>, and use no work directory: of theirs, the work
    /// directory's option keeps only its long name.
    /// </summary>
    private static string WithoutTakenAlias(Command verb, string page)
    {
        const string alias = "-C";
        var line = $"{alias}, {Verb.WorkDirectoryOption.Name} <{Verb.WorkDirectoryOption.HelpName}>";
        var isTaken = verb.Options.Any(o => o != Verb.WorkDirectoryOption && o.Aliases.Contains(alias));
        return isTaken ? page.Replace(line, line[(alias.Length + 2)..].PadRight(line.Length), StringComparison.Ordinal) : page;
    }

    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var configuration = parseResult.InvocationConfiguration;
            var output = configuration.Output;
            using var page = new StringWriter();
            configuration.Output = page;
            var code = inner.Invoke(parseResult);
            configuration.Output = output;
            output.Write(WithoutTakenAlias(parseResult.CommandResult.Command, page.ToString()));
            if (parseResult.CommandResult.Command is Verb verb)
            {
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
