using System.CommandLine;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout add</c>.</summary>
internal sealed class RolloutAddCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };
    private readonly Option<string> _start = new("--start")
    {
        Description = "When it starts: '2 PM UTC tomorrow', ISO 8601 or @EPOCH",
        HelpName = "TIME",
        Required = true,
    };
    private readonly Option<string> _hours = new("--hours")
    {
        Description = "Hours until every machine sees it",
        HelpName = "N",
        Required = true,
    };
    private readonly Option<string> _share = new("--start-percentage")
    {
        Description = "Share at the start, 0 to 1",
        HelpName = "F",
        DefaultValueFactory = _ => "0",
    };
    private readonly Option<string?> _barrier = new("--barrier")
    {
        Description = "Make it a barrier, with this reason",
        HelpName = "REASON",
    };
    private readonly Option<string?> _deadend = new("--deadend")
    {
        Description = "Make it a dead end, with this reason",
        HelpName = "REASON",
    };
    private readonly Option<bool> _replace = new("--replace")
    {
        Description = "Replace the rollout of this version; keep its barrier and dead end",
    };
    private readonly Option<string?> _create = new("--create")
    {
        Description = "Start a new document of this stream when FILE does not exist",
        HelpName = "STREAM",
    };

    public RolloutAddCommand(Services services)
        : base(
            services,
            "add",
            "Cleans up ended rollouts and starts one",
            "pipeline rollout add updates/stable.json 44.20260720.3.1 --start \"2 PM UTC tomorrow\" --hours 48"
        )
    {
        Arguments.Add(_version);
        Options.Add(_start);
        Options.Add(_hours);
        Options.Add(_share);
        Options.Add(_barrier);
        Options.Add(_deadend);
        Options.Add(_replace);
        Options.Add(_create);
        Edit(
            (parsed, edit, cancellationToken) =>
                services.Releases.Rollouts.AddAsync(
                    edit,
                    new(
                        parsed.GetRequiredValue(_version),
                        parsed.GetRequiredValue(_start),
                        parsed.GetRequiredValue(_hours),
                        parsed.GetRequiredValue(_share),
                        parsed.GetValue(_barrier),
                        parsed.GetValue(_deadend),
                        parsed.GetValue(_replace),
                        parsed.GetValue(_create)
                    ),
                    cancellationToken
                ),
            summary: true
        );
    }
}
