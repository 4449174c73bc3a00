using System.CommandLine;
using System.Globalization;
using Pipeline.Cli.Answers;
using Pipeline.Clouds.Images;
using Pipeline.Clouds.Uploads;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli.Commands.Clouds;

/// <summary><c>pipeline upload</c>: the image of a build to a cloud.</summary>
internal sealed class UploadCommand : Verb
{
    /// <summary>The word for all regions of the account.</summary>
    public const string EveryRegion = "all";

    private readonly Argument<string> _build = BuildArgument();
    private readonly Option<string?> _arch = new("--arch") { Description = "Architecture (default: this machine's)", HelpName = "ARCH" };
    private readonly Option<string?> _name = new("--name")
    {
        Description = "Name of the image (default: NAME-BUILD-ARCH)",
        HelpName = "NAME",
    };
    private readonly Option<string[]> _skipped = new("--skip-region")
    {
        Description = "Region that gets no copy; may be repeated",
        HelpName = "NAME",
    };
    private readonly Option<bool> _public = new("--public") { Description = "Let everybody use the image" };
    private readonly Option<string[]> _share = new("--share")
    {
        Description = "Account, or ARN of an organization or its unit, that may use the image; may be repeated",
        HelpName = "ID",
    };
    private readonly Option<string[]> _tags = new("--tag") { Description = "Tag of the image; may be repeated", HelpName = "KEY=VALUE" };
    private readonly Option<string?> _family = new("--family")
    {
        Description = "Make it the newest of this family, and deprecate those before it",
        HelpName = "NAME",
    };
    private readonly Option<string?> _deprecated = new("--deprecate-at")
    {
        Description = "Day from which on the image is not to be used any more",
        HelpName = "YYYY-MM-DD",
    };
    private readonly Option<bool> _reconcile = new("--reconcile")
    {
        Description = "Only fill gaps: the image has to be in the first region already",
    };
    private readonly Option<bool> _explain = new("--explain")
    {
        Description = "Print the vendor's own steps and commands for this image instead; for every platform",
    };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();
    private readonly CloudArguments _cloud;

    public UploadCommand(Services services)
        : base(
            "upload",
            "Uploads the image of a build to a cloud, and records where it is in meta.json",
            "pipeline upload aws --region eu-central-1",
            "pipeline upload aws latest:stable --region us-east-1 --region all --public --dry-run",
            "pipeline upload openstack --explain"
        )
    {
        _cloud = new(this, "Region; the first gets the bytes, further ones get copies, 'all' is every region (default: AWS_REGION)");
        Arguments.Add(_build);
        foreach (
            var option in (Option[])
                [_arch, _name, _skipped, _public, _share, _tags, _family, _deprecated, _reconcile, _explain, _dryRun, _json]
        )
        {
            Options.Add(option);
        }

        Run((parsed, cancellationToken) => RunAsync(services, parsed, cancellationToken));
    }

    private async Task<ExitClass> RunAsync(Services services, ParseResult parsed, CancellationToken cancellationToken)
    {
        var upload = new BuildUpload(services.Reporter, services.Time);
        if (parsed.GetValue(_explain))
        {
            var subject = await upload.FindAsync(
                services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
                parsed.GetRequiredValue(_build),
                ManifestShowCommand.ReadArchitecture(parsed.GetValue(_arch)),
                _cloud.Platform(parsed),
                cancellationToken
            );
            await services.Text.WriteAsync(VendorSteps.Explain(subject));
            return ExitClass.Done;
        }

        var outcome = await upload.RunAsync(Request(services, parsed), cancellationToken);
        var exact = parsed.GetValue(_json);
        var answer = UploadAnswer.Of(_cloud.Platform(parsed), outcome, parsed.GetValue(_dryRun));
        await services.Answer(exact).WriteAsync(exact ? AnswerJson.Pretty(answer) : Text(answer));
        foreach (var problem in outcome.Publication.Problems)
        {
            services.Reporter.Report(problem);
        }

        return outcome.Publication.Problems.Select(p => p.Exit).DefaultIfEmpty(ExitClass.Done).Max();
    }

    private UploadRequest Request(Services services, ParseResult parsed)
    {
        var (_, options) = _cloud.Read(services, parsed);
        var regions = _cloud.Regions(parsed);
        var shared = parsed.GetValue(_share) ?? [];
        return new()
        {
            WorkDirectory = services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)),
            Build = parsed.GetRequiredValue(_build),
            Architecture = ManifestShowCommand.ReadArchitecture(parsed.GetValue(_arch)),
            Platform = _cloud.Platform(parsed),
            Cloud = options,
            Name = parsed.GetValue(_name),
            Others = regions.Contains(EveryRegion) ? null : [.. regions.Skip(1)],
            Skipped = [.. parsed.GetValue(_skipped) ?? []],
            Audience = new()
            {
                Public = parsed.GetValue(_public),
                Accounts = [.. shared.Where(s => !IsOrganization(s))],
                Organizations = [.. shared.Where(IsOrganization)],
            },
            Tags = [.. (parsed.GetValue(_tags) ?? []).Select(Tag)],
            Family = parsed.GetValue(_family),
            Deprecated = Day(parsed.GetValue(_deprecated)),
            Reconcile = parsed.GetValue(_reconcile),
            DryRun = parsed.GetValue(_dryRun),
        };
    }

    private static bool IsOrganization(string text) => text.StartsWith("arn:", StringComparison.Ordinal);

    private static CloudTag Tag(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? new(text[..at], text[(at + 1)..])
            : throw new PipelineException(CloudUsage.BadTag(text));

    private static DateTimeOffset? Day(string? text) =>
        text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
        : throw new PipelineException(CloudUsage.BadDay(text));

    private static string Text(UploadAnswer answer) =>
        TextTable.Of([
            ["region", "action", "image", "disk"],
            .. answer.Regions.Select(r => (string[])[r.Region, r.Action, r.Image ?? "-", r.Disk ?? "-"]),
        ]);
}
