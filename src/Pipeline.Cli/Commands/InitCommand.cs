using System.CommandLine;
using System.Text;
using Pipeline.Cli.Answers;
using Pipeline.Cli.Projects;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline init DIR</c>: a project of the user's own, beside the toolchain.</summary>
internal sealed class InitCommand : Verb
{
    private readonly Argument<string> _directory = new("DIR") { Description = "Directory of the project; empty, or not there yet" };
    private readonly Option<string> _from = new("--from")
    {
        Description = $"What it starts from: {string.Join(" or ", ProjectPlan.Bases)}",
        DefaultValueFactory = _ => ProjectPlan.Bases[0],
        HelpName = "OS",
    };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    /// <summary>The verb.</summary>
    public InitCommand(Services services)
        : base(
            "init",
            "Make a project: a manifest, a layer, a first test, CI files",
            "pipeline init ../my-os",
            "pipeline init ../my-os --from minimal --dry-run"
        )
    {
        WrongValues.OneOf(_from, ProjectPlan.Bases);
        Arguments.Add(_directory);
        foreach (var option in (Option[])[_from, _dryRun, _json])
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var (display, dryRun) = (parsed.GetRequiredValue(_directory), parsed.GetValue(_dryRun));
                if (display.Length == 0)
                {
                    throw new PipelineException(ProjectDiagnostics.NoDirectory(display));
                }

                var plan = ProjectPlan.Of(
                    services.FullPath(display),
                    display,
                    parsed.GetRequiredValue(_from),
                    ProgramManifests.Find(services.ProgramDirectory)
                );
                if (!dryRun)
                {
                    ProjectWriter.Write(plan, cancellationToken);
                }

                var json = parsed.GetValue(_json);
                await services.Answer(exact: json).WriteAsync(json ? Json(plan, dryRun) : Text(plan, display, dryRun));
                return ExitClass.Done;
            }
        );
    }

    private static string Text(ProjectPlan plan, string display, bool dryRun)
    {
        var text = new StringBuilder();
        text.Append(dryRun ? "would make " : "made ").Append(plan.Name).Append(", from ").Append(plan.Include).Append(":\n");
        foreach (var file in plan.Files)
        {
            text.Append("  ").Append(Path.Combine(display, file.Path)).Append('\n');
        }

        return dryRun
            ? text.ToString()
            : text.Append("\nnext: ./build.sh in ").Append(display).Append(" composes it, boots it and runs its test\n").ToString();
    }

    private static string Json(ProjectPlan plan, bool dryRun) =>
        AnswerJson.Pretty(
            new ProjectAnswer(
                plan.Directory,
                plan.Name,
                plan.From,
                plan.Include,
                plan.IsCopied,
                !dryRun,
                [.. plan.Files.Select(f => f.Path)]
            )
        );
}
