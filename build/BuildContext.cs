using Cake.Core;
using Cake.Frosting;
using Pipeline.Build.Tasks;
using Pipeline.Cli;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build;

/// <summary>What every task is given: the shared seams and the arguments of this run.</summary>
internal sealed class BuildContext : FrostingContext, IDisposable
{
    private readonly ConsoleProgram _program = new();

    public BuildContext(ICakeContext context)
        : base(context)
    {
        Services = _program.Services with { Input = () => Stream.Null, CurrentDirectory = Root };
        Requests = new(name => Arguments.HasArgument(name) ? Arguments.GetArguments(name) : null, Services);
    }

    /// <summary>The checkout.</summary>
    public string Root => Environment.WorkingDirectory.FullPath;

    /// <summary>Starts programs.</summary>
    public IToolRunner Programs => Services.Tools;

    /// <summary>Reports steps, notes and problems.</summary>
    public IReporter Reporter => Services.Reporter;

    /// <summary>The same seams as the verbs of the command line have.</summary>
    public Services Services { get; }

    /// <summary>What the arguments of this run ask of each façade.</summary>
    public Requests Requests { get; }

    /// <summary>Cancelled by Ctrl-C and SIGTERM.</summary>
    public CancellationToken Cancellation => _program.Cancellation;

    /// <summary>The last value of an argument, or <c>null</c>.</summary>
    public string? Argument(string name) => Arguments.GetArguments(name).LastOrDefault();

    /// <summary>Whether a flag was given.</summary>
    public bool Flag(string name) => Arguments.HasArgument(name) && Argument(name) != "false";

    /// <summary>A path inside the checkout.</summary>
    public string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public void Dispose() => _program.Dispose();
}

/// <summary>Keeps why a run failed, so that the process ends with the same codes as <c>pipeline</c>.</summary>
internal sealed class BuildLifetime : FrostingLifetime<BuildContext>
{
    private static Exception? _failure;

    /// <summary>The exit code for what the host returned.</summary>
    public static int ExitCode(int hostResult)
    {
        const int badUsage = (int)ExitClass.BadInput;
        return (hostResult, Unwrap(_failure)) switch
        {
            (0, _) => 0,
            (_, PipelineException e) => (int)e.Exit,
            (_, VerbFailedException e) => e.ExitCode,
            (_, OperationCanceledException) => (int)ExitClass.Cancelled,
            (_, null) => badUsage, // no task ran: an unknown target
            _ => (int)ExitClass.WorkFailed,
        };
    }

    public override void Setup(BuildContext context, ISetupContext info) { }

    public override void Teardown(BuildContext context, ITeardownContext info)
    {
        _failure = info.ThrownException;
        if (Unwrap(_failure) is PipelineException e)
        {
            foreach (var diagnostic in e.Diagnostics)
            {
                context.Reporter.Report(diagnostic);
            }
        }
    }

    private static Exception? Unwrap(Exception? e)
    {
        while (
            e is not null and not PipelineException and not VerbFailedException and not OperationCanceledException
            && e.InnerException is { } inner
        )
        {
            e = inner;
        }

        return e;
    }
}
