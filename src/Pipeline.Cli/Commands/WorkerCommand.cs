using System.CommandLine;
using Pipeline.Compose;
using Pipeline.Host.Sandbox;
using Pipeline.Images;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline worker KIND</c>, hidden: the part of a façade that runs as root of the user namespace.</summary>
internal sealed class WorkerCommand : Verb
{
    /// <summary>Every kind of work there is.</summary>
    internal static readonly WorkerTask[] Tasks = [Composer.Worker, Composer.CacheWorker, ImageBuilder.Worker];

    private readonly Argument<string> _kind = new("kind") { Description = string.Join(" or ", Tasks.Select(t => t.Kind)) };

    private readonly Argument<string?> _directory = new("directory")
    {
        Description = "Work directory, for people who look at processes",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The verb.</summary>
    public WorkerCommand(Services services)
        : base("worker", "Do the work of another verb in its user namespace; started by that verb", "pipeline worker compose")
    {
        Hidden = true;
        Arguments.Add(_kind);
        Arguments.Add(_directory);
        Run(
            (parsed, cancellationToken) =>
                new WorkerServer(services.Tools, services.Time, services.Environment("PIPELINE_DEBUG") is not null).RunAsync(
                    parsed.GetRequiredValue(_kind),
                    Tasks,
                    cancellationToken
                )
        );
    }
}
