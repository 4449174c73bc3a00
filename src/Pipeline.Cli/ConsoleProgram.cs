using System.Runtime.InteropServices;
using Pipeline.Cli.Answers;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;

namespace Pipeline.Cli;

/// <summary>
/// What every program of the toolchain is made of: the streams of its console, how progress is shown on it, and Ctrl-C and SIGTERM as one
/// cancellation.
/// </summary>
internal sealed class ConsoleProgram : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly TextWriter _output = StandardStreams.Output();
    private readonly TextWriter _error = StandardStreams.Error();

    /// <summary>Takes over console and signals.</summary>
    public ConsoleProgram()
    {
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel),
        ];
        var style = Renderings.Detect(
            !Console.IsErrorRedirected,
            Environment.GetEnvironmentVariable("CI") ?? Environment.GetEnvironmentVariable("JENKINS_URL"),
            Environment.GetEnvironmentVariable("TERM")
        );
        var colour = style == ReporterStyle.Terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var reporter = new Reporter(_error, style, TimeProvider.System, colour) { Cancellation = _cancellation.Token };
        if (Environment.GetEnvironmentVariable("GITHUB_ACTIONS") == "true")
        {
            var annotations = new GitHubAnnotations(Environment.GetEnvironmentVariable("GITHUB_WORKSPACE"));
            reporter.Use(new ProblemLines(Renderings.Of(style, _error, colour, TimeProvider.System), annotations.Of));
        }

        Services = new()
        {
            Tools = new ToolRunner(),
            Reporter = reporter,
            ShowProgress = chosen => reporter.Use(Renderings.Of(chosen, _error, colour, TimeProvider.System)),
            ShowProblemsAsJson = () =>
                reporter.Use(new ProblemLines(Renderings.Of(style, _error, colour, TimeProvider.System), ProblemAnswer.JsonOf)),
            Time = TimeProvider.System,
            Output = _output,
            Error = _error,
            Input = Console.OpenStandardInput,
            CurrentDirectory = Environment.CurrentDirectory,
            Environment = Environment.GetEnvironmentVariable,
        };
    }

    /// <summary>What verbs are given.</summary>
    public Services Services { get; }

    /// <summary>Cancelled by Ctrl-C and SIGTERM.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _output.Dispose();
        _error.Dispose();
        _cancellation.Dispose();
    }

    private void Cancel(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _cancellation.Cancel();
    }
}
