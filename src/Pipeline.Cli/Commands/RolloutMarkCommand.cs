using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout barrier</c> and <c>rollout deadend</c>.</summary>
internal sealed class RolloutMarkCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };
    private readonly Argument<string?> _reason = new("REASON") { Description = "URL of the issue", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _clear = new("--clear") { Description = "Take the mark away" };

    private RolloutMarkCommand(
        Services services,
        string name,
        string description,
        Func<UpdatesDocument, string, string?, DateTimeOffset, UpdatesDocument> set
    )
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
            (parsed, now, _) =>
            {
                var reason = parsed.GetValue(_reason);
                return reason is null == parsed.GetValue(_clear)
                    ? Task.FromResult<Func<UpdatesDocument, UpdatesDocument>>(updates =>
                        set(updates, parsed.GetRequiredValue(_version), reason, now)
                    )
                    : throw new PipelineException(RolloutDiagnostics.ReasonOrClear());
            }
        );
    }

    public static RolloutMarkCommand Barrier(Services services) =>
        new(services, "barrier", "Makes every older machine stop at a release on its way", UpdatesEditor.SetBarrier);

    public static RolloutMarkCommand Deadend(Services services) =>
        new(services, "deadend", "Keeps machines from leaving a release", UpdatesEditor.SetDeadend);
}
