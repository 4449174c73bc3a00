using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Releases;

namespace Pipeline.Cli;

/// <summary>What verbs get instead of reaching for statics; wired by hand in <see cref="ConsoleProgram"/>, by tests otherwise.</summary>
internal sealed record Services
{
    /// <summary>Starts programs.</summary>
    public required IToolRunner Tools { get; init; }

    /// <summary>Reports steps, notes and problems on standard error.</summary>
    public required IReporter Reporter { get; init; }

    /// <summary>Changes how <see cref="Reporter"/> shows what it is given; called once, before any step.</summary>
    public required Action<ReporterStyle> ShowProgress { get; init; }

    /// <summary>
    /// From now on shows each problem as a JSON object on a line of its own (<see cref="Answers.ProblemAnswer"/>); called once, before any
    /// step.
    /// </summary>
    public Action ShowProblemsAsJson { get; init; } = () => { };

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Standard output, for answers that programs read: documents and JSON, byte for byte.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard output, for answers that people read: what it is given cannot steer a terminal.</summary>
    public TextWriter Text => new CleanWriter(Output, TerminalText.Harmless);

    /// <summary>Standard error, for what is not an event of the run (help of a wrong call).</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input as bytes.</summary>
    public required Func<Stream> Input { get; init; }

    /// <summary>Opens standard output for bytes that are no text, or <c>null</c> when it is a terminal.</summary>
    public Func<Stream?> Bytes { get; init; } = () => Console.IsOutputRedirected ? Console.OpenStandardOutput() : null;

    /// <summary>The user's directory; relative paths on the command line start here.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>Where the program is; its own manifests are found from there.</summary>
    public string ProgramDirectory { get; init; } = AppContext.BaseDirectory;

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Standard output for an answer in either form.</summary>
    public TextWriter Answer(bool exact) => exact ? Output : Text;

    /// <summary>An absolute path for what the user typed.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, CurrentDirectory);

    /// <summary>The façades of streams and releases.</summary>
    public ReleaseDesk Releases =>
        new(
            new()
            {
                Tools = Tools,
                Reporter = Reporter,
                Time = Time,
                CurrentDirectory = CurrentDirectory,
                Environment = Environment,
            }
        );

    /// <summary>The checkout or project that the user stands in, or <c>null</c>.</summary>
    public string? Project => Host.Files.WorkDirectory.FindMarked(CurrentDirectory);

    /// <summary>The work directory for <c>-C</c> (<c>null</c> when not given).</summary>
    public WorkDirectory WorkDirectory(string? option) =>
        Host.Files.WorkDirectory.Find(option, Environment("PIPELINE_WORKDIR"), CurrentDirectory);
}
