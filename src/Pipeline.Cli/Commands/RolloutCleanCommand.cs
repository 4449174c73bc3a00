using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Cli.Commands;

/// <summary><c>rollout clean</c>.</summary>
internal sealed class RolloutCleanCommand : RolloutEditCommand
{
    public RolloutCleanCommand(Services services)
        : base(
            services,
            "clean",
            "Ends rollouts whose time is over and drops entries that say nothing",
            "pipeline rollout clean updates/stable.json"
        ) => Edit((_, now, _) => Task.FromResult<Func<UpdatesDocument, UpdatesDocument>>(updates => UpdatesEditor.Clean(updates, now)));
}
