using System.CommandLine;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout barrier</c> and <c>rollout deadend</c>.</summary>
internal sealed class RolloutMarkCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };
    private readonly Argument<string?> _reason = new("REASON") { Description = "URL of the issue", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _clear = new("--clear") { Description = "Take the mark away" };

    private RolloutMarkCommand(Services services, string name, string description, RolloutMark mark)
        : base(
            services,
            name,
            description,
            $"pipeline rollout {name} updates/stable.json 44.20260720.3.1 https://issues.example.org/2112",
            $"pipeline rollout {name} updates/stable.json 44.20260720.3.1 --clear"
        )
    {
        Arguments.Add(_version);
        Arguments.Add(_reason);
        Options.Add(_clear);
        Edit(
            (parsed, edit, cancellationToken) =>
                services.Releases.Rollouts.MarkAsync(
                    edit,
                    mark,
                    parsed.GetRequiredValue(_version),
                    parsed.GetValue(_reason),
                    parsed.GetValue(_clear),
                    cancellationToken
                )
        );
    }

    public static RolloutMarkCommand Barrier(Services services) =>
        new(services, "barrier", "Makes every older machine stop at a release on its way", RolloutMark.Barrier);

    public static RolloutMarkCommand Deadend(Services services) =>
        new(services, "deadend", "Keeps machines from leaving a release", RolloutMark.Deadend);
}
