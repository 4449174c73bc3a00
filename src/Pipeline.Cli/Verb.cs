using System.CommandLine;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli;

/// <summary>
/// One verb of the command line: options as fields, then parse → one façade call → render. One file each under <c>Commands/</c>.
/// </summary>
internal abstract class Verb : Command
{
    /// <summary>A verb with its one-line description and at least one example line.</summary>
    /// <param name="name">As typed.</param>
    /// <param name="description">One sentence without a full stop.</param>
    /// <param name="examples">Whole command lines; shown by <c>--help</c>.</param>
    protected Verb(string name, string description, params string[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>Whole command lines; shown by <c>--help</c>, checked by a test to be there and to parse.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Makes <paramref name="run"/> the verb's action. Failures are thrown as <see cref="PipelineException"/>.</summary>
    protected void Run(Func<ParseResult, CancellationToken, Task<ExitClass>> run) =>
        SetAction(async (parsed, cancellationToken) => (int)await run(parsed, cancellationToken));

    /// <summary>A fresh <c>--json</c> option.</summary>
    protected static Option<bool> JsonOption() => new("--json") { Description = "Print the answer as JSON" };

    /// <summary>A fresh argument that names a build; the latest by default.</summary>
    protected static Argument<string> BuildArgument() =>
        new("ID") { Description = "Build id, 'latest', 'latest:NAME' or 'latest:STREAM'", DefaultValueFactory = _ => "latest" };

    /// <summary>A fresh <c>--build</c> option; <c>null</c> is the latest.</summary>
    internal static Option<string?> BuildOption() =>
        new("--build", "-b") { Description = "Build id, 'latest:NAME' or 'latest:STREAM' (default: latest)", HelpName = "ID" };

    /// <summary>A fresh <c>--dry-run</c> option.</summary>
    protected static Option<bool> DryRunOption() => new("--dry-run") { Description = "Show what would change, change nothing" };

    /// <summary>The work directory option; recursive on the root command.</summary>
    public static Option<string?> WorkDirectoryOption { get; } =
        new("--workdir", "-C")
        {
            Description = "Work directory with cache/, builds/ and tmp/ (default: PIPELINE_WORKDIR, then the checkout)",
            HelpName = "DIR",
            Recursive = true,
        };

    /// <summary>
    /// How steps are shown on standard error; recursive on the root command. <c>null</c> leaves the choice to the terminal.
    /// </summary>
    public static Option<ReporterStyle?> ProgressOption { get; } =
        new("--progress")
        {
            Description = "How progress is shown on standard error: terminal, plain, json or quiet (default: by the terminal)",
            HelpName = "STYLE",
            Recursive = true,
        };
}

/// <summary>A verb that only groups others, such as <c>manifest</c>.</summary>
internal sealed class VerbGroup : Command
{
    /// <summary>A group with its verbs.</summary>
    public VerbGroup(string name, string description, params Command[] verbs)
        : base(name, description)
    {
        foreach (var verb in verbs)
        {
            Subcommands.Add(verb);
        }
    }
}
