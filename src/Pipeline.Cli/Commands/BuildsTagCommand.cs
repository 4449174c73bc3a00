using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline builds tag</c>: gives a build a name that can be typed instead of its id.</summary>
internal sealed class BuildsTagCommand : Verb
{
    private readonly Argument<string> _name = new("NAME") { Description = "The tag; one that is there is moved" };
    private readonly Argument<string> _build = BuildArgument();
    private readonly Option<string?> _description = new("--description") { Description = "Why", HelpName = "TEXT" };
    private readonly Option<bool> _delete = new("--delete") { Description = "Take the tag away" };
    private readonly Option<bool> _json = JsonOption();

    public BuildsTagCommand(Services services)
        : base(
            "tag",
            "Names a build: the name can be typed for its id, and keeps it from being pruned",
            "pipeline builds tag good",
            "pipeline builds tag before-rebase 43.20260901.3.0 --description \"the last with the old kernel\"",
            "pipeline builds tag good --delete"
        )
    {
        Arguments.Add(_name);
        Arguments.Add(_build);
        Options.Add(_description);
        Options.Add(_delete);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var store = new BuildStore(services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)), services.Time);
                var name = parsed.GetRequiredValue(_name);
                var id = parsed.GetValue(_delete) ? null : (await store.FindAsync(parsed.GetValue(_build), cancellationToken)).Id;
                await store.TagAsync(name, id, parsed.GetValue(_description), cancellationToken);
                var json = parsed.GetValue(_json);
                await services
                    .Answer(exact: json)
                    .WriteAsync(
                        json ? AnswerJson.Pretty(new TagAnswer(name, id))
                        : id is null ? $"{name} deleted\n"
                        : $"{name} is {id}\n"
                    );
                return ExitClass.Done;
            }
        );
    }
}
