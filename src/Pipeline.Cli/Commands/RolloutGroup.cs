using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Cli.Commands;

/// <summary>The verbs of <c>rollout</c>.</summary>
internal static class RolloutGroup
{
    /// <summary>One line per verb.</summary>
    public static VerbGroup Of(Services services) =>
        new(
            "rollout",
            "Edits which releases machines may update to",
            new RolloutAddCommand(services),
            new RolloutCleanCommand(services),
            new RolloutPauseCommand(services),
            new RolloutResumeCommand(services),
            RolloutMarkCommand.Barrier(services),
            RolloutMarkCommand.Deadend(services),
            new RolloutReportCommand(services),
            new RolloutPrintCommand(services)
        );
}

/// <summary>What all edits of an updates document share: the file, the time, <c>--dry-run</c> and <c>--json</c>.</summary>
internal abstract class RolloutEditCommand : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "Updates of the stream (updates/STREAM.json)" };
    private readonly Option<string?> _now = new("--now") { Description = "The present (default: the clock)", HelpName = "TIME" };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    protected RolloutEditCommand(Services services, string name, string description, params string[] examples)
        : base(name, description, examples)
    {
        Services = services;
        Arguments.Add(_file);
    }

    protected Services Services { get; }

    /// <summary>Adds the shared options behind the verb's own, and runs <paramref name="edit"/> on the document.</summary>
    protected void Edit(
        Func<ParseResult, DateTimeOffset, CancellationToken, Task<Func<UpdatesDocument, UpdatesDocument>>> edit,
        Func<ParseResult, Document<UpdatesDocument>?>? fresh = null,
        bool summary = false
    )
    {
        Options.Add(_now);
        Options.Add(_dryRun);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var now = Moments.Now(parsed.GetValue(_now), Services.Time);
                var file = parsed.GetRequiredValue(_file);
                var change = await DocumentFile.EditAsync(
                    Services.FullPath(file),
                    file,
                    fresh?.Invoke(parsed),
                    await edit(parsed, now, cancellationToken),
                    parsed.GetValue(_dryRun),
                    cancellationToken
                );
                DocumentAnswer.Print(Services, change, parsed.GetValue(_dryRun), parsed.GetValue(_json));
                if (summary && !parsed.GetValue(_json) && !parsed.GetValue(_dryRun))
                {
                    await Services.Output.WriteLineAsync(RolloutReport.Of(change.Value, null, now).ToText());
                }

                return ExitClass.Done;
            }
        );
    }

    /// <summary>A number with a decimal point, whatever the user's locale.</summary>
    protected static decimal Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new PipelineException(RolloutDiagnostics.NoNumber(text));
}

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
            (parsed, now, _) =>
            {
                var rollout = new NewRollout(
                    parsed.GetRequiredValue(_version),
                    Moments.Parse(parsed.GetRequiredValue(_start), now),
                    Number(parsed.GetRequiredValue(_hours)),
                    (double)Number(parsed.GetRequiredValue(_share)),
                    parsed.GetValue(_barrier),
                    parsed.GetValue(_deadend),
                    parsed.GetValue(_replace)
                );
                return Task.FromResult<Func<UpdatesDocument, UpdatesDocument>>(updates => UpdatesEditor.Add(updates, rollout, now));
            },
            parsed => parsed.GetValue(_create) is { } stream ? new(UpdatesEditor.Empty(stream), JsonStyles.Updates) : null,
            summary: true
        );
    }
}

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

/// <summary><c>rollout pause</c>.</summary>
internal sealed class RolloutPauseCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };

    public RolloutPauseCommand(Services services)
        : base(
            services,
            "pause",
            "Hides a release from all machines that do not run it yet",
            "pipeline rollout pause updates/stable.json 44.20260720.3.1"
        )
    {
        Arguments.Add(_version);
        Edit(
            (parsed, now, _) =>
                Task.FromResult<Func<UpdatesDocument, UpdatesDocument>>(updates =>
                    UpdatesEditor.Pause(updates, parsed.GetRequiredValue(_version), now)
                )
        );
    }
}

/// <summary><c>rollout resume</c>.</summary>
internal sealed class RolloutResumeCommand : RolloutEditCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "The release" };
    private readonly Option<string> _from = new("--from")
    {
        Description = "The document as it was before the pause",
        HelpName = "OLDFILE",
        Required = true,
    };
    private readonly Option<string?> _pausedAt = new("--paused-at")
    {
        Description = "When it was paused (default: when FILE was last modified)",
        HelpName = "TIME",
    };
    private readonly Option<string?> _start = new("--start") { Description = "When it goes on (default: now)", HelpName = "TIME" };

    public RolloutResumeCommand(Services services)
        : base(
            services,
            "resume",
            "Goes on with a paused rollout where it was",
            "pipeline rollout resume updates/stable.json 44.20260720.3.1 --from old/stable.json"
        )
    {
        Arguments.Add(_version);
        Options.Add(_from);
        Options.Add(_pausedAt);
        Options.Add(_start);
        Edit(
            async (parsed, now, cancellationToken) =>
            {
                var from = parsed.GetRequiredValue(_from);
                var before = (await DocumentFile.ReadAsync<UpdatesDocument>(Services.FullPath(from), from, cancellationToken)).Value;
                var start = parsed.GetValue(_start) is { } text ? Moments.Parse(text, now) : now;
                return updates =>
                {
                    var paused =
                        parsed.GetValue(_pausedAt)
                        ?? updates.Metadata.LastModified
                        ?? throw new PipelineException(RolloutDiagnostics.NoPauseTime());
                    return UpdatesEditor.Resume(updates, before, parsed.GetRequiredValue(_version), Moments.Parse(paused, now), start, now);
                };
            },
            summary: true
        );
    }
}

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

/// <summary><c>rollout report</c>: checks the newest rollout against the release index.</summary>
internal sealed class RolloutReportCommand : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Updates documents", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _index = new("--index")
    {
        Description = "Release index of the stream",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string?> _now = new("--now") { Description = "The present (default: the clock)", HelpName = "TIME" };
    private readonly Option<bool> _json = JsonOption();

    public RolloutReportCommand(Services services)
        : base(
            "report",
            "Tells reviewers about the newest rollout and checks that it is released",
            "pipeline rollout report updates/stable.json --index releases.json"
        )
    {
        Arguments.Add(_files);
        Options.Add(_index);
        Options.Add(_now);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var name = parsed.GetRequiredValue(_index);
                var index = (await DocumentFile.ReadAsync<ReleaseIndex>(services.FullPath(name), name, cancellationToken)).Value;
                var reports = await RolloutTexts.ReadAsync(
                    services,
                    parsed.GetRequiredValue(_files),
                    index,
                    parsed.GetValue(_now),
                    cancellationToken
                );
                RolloutTexts.Print(services, reports, parsed.GetValue(_json));
                return reports.Any(r => r.Standing == "unreleased") ? ExitClass.WorkFailed : ExitClass.Done;
            }
        );
    }
}

/// <summary><c>rollout print</c>: the report without a check.</summary>
internal sealed class RolloutPrintCommand : Verb
{
    private readonly Argument<string[]> _files = new("FILE") { Description = "Updates documents", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _now = new("--now") { Description = "The present (default: the clock)", HelpName = "TIME" };
    private readonly Option<bool> _json = JsonOption();

    public RolloutPrintCommand(Services services)
        : base(
            "print",
            "Tells about the newest rollout in several time zones",
            "pipeline rollout print updates/next.json updates/stable.json"
        )
    {
        Arguments.Add(_files);
        Options.Add(_now);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var reports = await RolloutTexts.ReadAsync(
                    services,
                    parsed.GetRequiredValue(_files),
                    null,
                    parsed.GetValue(_now),
                    cancellationToken
                );
                RolloutTexts.Print(services, reports, parsed.GetValue(_json));
                return ExitClass.Done;
            }
        );
    }
}

/// <summary>What report and print share.</summary>
internal static class RolloutTexts
{
    public static async Task<List<RolloutReport>> ReadAsync(
        Services services,
        string[] files,
        ReleaseIndex? index,
        string? now,
        CancellationToken cancellationToken
    )
    {
        var reports = new List<RolloutReport>();
        foreach (var file in files)
        {
            var updates = (await DocumentFile.ReadAsync<UpdatesDocument>(services.FullPath(file), file, cancellationToken)).Value;
            reports.Add(RolloutReport.Of(updates, index, Moments.Now(now, services.Time)));
        }

        return reports;
    }

    public static void Print(Services services, List<RolloutReport> reports, bool json)
    {
        if (json)
        {
            services.Output.WriteLine(
                JsonSerializer.Serialize(
                    reports.Select(r => new
                    {
                        stream = r.Stream,
                        version = r.Version,
                        standing = r.Standing,
                        start_epoch = r.Rollout?.StartEpoch,
                        duration_minutes = r.Rollout?.DurationMinutes,
                        start_percentage = r.Rollout?.StartPercentage,
                        share = r.Share,
                    })
                )
            );
            return;
        }

        foreach (var report in reports)
        {
            services.Output.WriteLine(report.ToText());
        }
    }
}
