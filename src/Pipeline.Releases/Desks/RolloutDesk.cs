using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Rollouts;

namespace Pipeline.Releases.Desks;

/// <summary>Which updates document is edited, and how.</summary>
/// <param name="File">updates/STREAM.json.</param>
/// <param name="Now">The present as people type it; <c>null</c> for the clock.</param>
/// <param name="DryRun">Write nothing.</param>
public sealed record RolloutEdit(string File, string? Now, bool DryRun);

/// <summary>A rollout to start; numbers and times as people type them.</summary>
/// <param name="Version">The release.</param>
/// <param name="Start">When it starts.</param>
/// <param name="Hours">Hours until every machine sees it.</param>
/// <param name="StartPercentage">Share at the start, 0 to 1.</param>
/// <param name="Barrier">Reason that makes it a barrier, or <c>null</c>.</param>
/// <param name="Deadend">Reason that makes it a dead end, or <c>null</c>.</param>
/// <param name="Replace">Whether an entry of that version may be replaced.</param>
/// <param name="CreateStream">Stream of a new document when the file does not exist; <c>null</c> to refuse.</param>
public sealed record RolloutAddition(
    string Version,
    string Start,
    string Hours,
    string StartPercentage,
    string? Barrier,
    string? Deadend,
    bool Replace,
    string? CreateStream
);

/// <summary>A paused rollout that goes on.</summary>
/// <param name="Version">The release.</param>
/// <param name="From">The document as it was before the pause; <c>null</c> for what the pause kept.</param>
/// <param name="PausedAt">
/// When it was paused; <c>null</c> for what the pause kept, and with <paramref name="From"/> for when the document was last modified.
/// </param>
/// <param name="Start">When it goes on; <c>null</c> for now.</param>
public sealed record RolloutResumption(string Version, string? From, string? PausedAt, string? Start);

/// <summary>A mark on a release.</summary>
public enum RolloutMark
{
    /// <summary>Every older machine stops here on its way.</summary>
    Barrier,

    /// <summary>Machines cannot leave it.</summary>
    Deadend,
}

/// <summary>What an edit did, and how the newest rollout stands after it.</summary>
/// <param name="Document">The file.</param>
/// <param name="Report">About the document after the edit.</param>
public sealed record RolloutAnswer(DocumentOutcome Document, RolloutReport Report);

/// <summary>Façade of <c>rollout</c>: which releases machines may update to.</summary>
public sealed class RolloutDesk
{
    private readonly ReleaseServices _services;

    internal RolloutDesk(ReleaseServices services) => _services = services;

    /// <summary>Cleans up ended rollouts and starts one.</summary>
    /// <exception cref="PipelineException">Not a document or not a rollout (class 2), with every problem.</exception>
    public Task<RolloutAnswer> AddAsync(RolloutEdit edit, RolloutAddition addition, CancellationToken cancellationToken)
    {
        var now = Moments.Now(edit.Now, _services.Time);
        var rollout = new NewRollout(
            addition.Version,
            Moments.Parse(addition.Start, now),
            Number("--hours", addition.Hours),
            (double)Number("--start-percentage", addition.StartPercentage),
            addition.Barrier,
            addition.Deadend,
            addition.Replace
        );
        var fresh = addition.CreateStream is { } stream
            ? new Document<UpdatesDocument>(UpdatesEditor.Empty(stream), JsonStyles.Updates)
            : null;
        return EditAsync(
            edit,
            now,
            updates =>
            {
                foreach (var doubt in UpdatesEditor.Doubts(updates, rollout, now))
                {
                    _services.Reporter.Report(doubt);
                }

                return UpdatesEditor.Add(updates, rollout, now);
            },
            fresh,
            cancellationToken
        );
    }

    /// <summary>Ends rollouts whose time is over and drops entries that say nothing.</summary>
    /// <exception cref="PipelineException">Not a document (class 2).</exception>
    public Task<RolloutAnswer> CleanAsync(RolloutEdit edit, CancellationToken cancellationToken)
    {
        var now = Moments.Now(edit.Now, _services.Time);
        return EditAsync(edit, now, updates => UpdatesEditor.Clean(updates, now), null, cancellationToken);
    }

    /// <summary>Hides a release from all machines that do not run it yet.</summary>
    /// <exception cref="PipelineException">It is not rolled out (class 2).</exception>
    public Task<RolloutAnswer> PauseAsync(RolloutEdit edit, string version, CancellationToken cancellationToken)
    {
        var now = Moments.Now(edit.Now, _services.Time);
        return EditAsync(
            edit,
            now,
            updates => UpdatesEditor.Pause(updates, version, now),
            null,
            cancellationToken,
            before => [KeptPause.Write(_services.FullPath(edit.File), version, before, now)]
        );
    }

    /// <summary>Goes on with a paused rollout where it was.</summary>
    /// <exception cref="PipelineException">It is not paused, or was not rolled out before (class 2).</exception>
    public async Task<RolloutAnswer> ResumeAsync(RolloutEdit edit, RolloutResumption resumption, CancellationToken cancellationToken)
    {
        var now = Moments.Now(edit.Now, _services.Time);
        var kept = KeptPause.File(_services.FullPath(edit.File), resumption.Version);
        if (resumption.From is null && !RegularFile.Is(kept))
        {
            throw new PipelineException(RolloutDiagnostics.NothingKept(resumption.Version, edit.File));
        }

        var (path, shown) = resumption.From is { } from ? (_services.FullPath(from), from) : (kept, kept);
        var before = (await DocumentFile.ReadAsync<UpdatesDocument>(path, shown, cancellationToken)).Value;
        var start = resumption.Start is { } text ? Moments.Parse(text, now) : now;
        var answer = await EditAsync(
            edit,
            now,
            updates =>
            {
                var paused =
                    resumption.PausedAt
                    ?? (resumption.From is null ? before : updates).Metadata.LastModified
                    ?? throw new PipelineException(RolloutDiagnostics.NoPauseTime());
                return UpdatesEditor.Resume(updates, before, resumption.Version, Moments.Parse(paused, now), start, now);
            },
            null,
            cancellationToken
        );
        if (!edit.DryRun)
        {
            // It was of this pause; the next one keeps its own.
            UnixFile.DeleteTree(kept);
        }

        return answer;
    }

    /// <summary>Sets a mark, or takes it away.</summary>
    /// <param name="edit">The document.</param>
    /// <param name="mark">Which mark.</param>
    /// <param name="version">The release.</param>
    /// <param name="reason">URL of the issue; <c>null</c> with <paramref name="clear"/>.</param>
    /// <param name="clear">Whether the mark is taken away.</param>
    /// <param name="cancellationToken">Ends the work before the write.</param>
    /// <exception cref="PipelineException">Both or none of reason and clear, or nothing to clear (class 2).</exception>
    public Task<RolloutAnswer> MarkAsync(
        RolloutEdit edit,
        RolloutMark mark,
        string version,
        string? reason,
        bool clear,
        CancellationToken cancellationToken
    )
    {
        var now = Moments.Now(edit.Now, _services.Time);
        if (reason is null != clear)
        {
            throw new PipelineException(RolloutDiagnostics.ReasonOrClear());
        }

        return EditAsync(
            edit,
            now,
            updates =>
                mark == RolloutMark.Barrier
                    ? UpdatesEditor.SetBarrier(updates, version, reason, now)
                    : UpdatesEditor.SetDeadend(updates, version, reason, now),
            null,
            cancellationToken
        );
    }

    /// <summary>Reports on the newest entry of each document.</summary>
    /// <param name="files">Updates documents.</param>
    /// <param name="index">Release index that the entries are checked against; <c>null</c> checks nothing.</param>
    /// <param name="now">The present as people type it; <c>null</c> for the clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PipelineException">Not such documents (class 2).</exception>
    public async Task<ValueList<RolloutReport>> ReportAsync(
        IEnumerable<string> files,
        string? index,
        string? now,
        CancellationToken cancellationToken
    )
    {
        var releases = index is null
            ? null
            : (await DocumentFile.ReadAsync<ReleaseIndex>(_services.FullPath(index), index, cancellationToken)).Value;
        var reports = new List<RolloutReport>();
        foreach (var file in files)
        {
            var updates = await DocumentFile.ReadAsync<UpdatesDocument>(_services.FullPath(file), file, cancellationToken);
            reports.Add(RolloutReport.Of(updates.Value, releases, Moments.Now(now, _services.Time)));
        }

        return reports.ToValueList();
    }

    private async Task<RolloutAnswer> EditAsync(
        RolloutEdit edit,
        DateTimeOffset now,
        Func<UpdatesDocument, UpdatesDocument> change,
        Document<UpdatesDocument>? fresh,
        CancellationToken cancellationToken,
        Func<Document<UpdatesDocument>, IEnumerable<PlanStep>>? beside = null
    )
    {
        var done = await DocumentFile.EditAsync(
            _services.FullPath(edit.File),
            edit.File,
            fresh,
            change,
            _services.Sink(edit.DryRun),
            cancellationToken,
            beside
        );
        return new(DocumentOutcome.Of(done, edit.DryRun), RolloutReport.Of(done.Value, null, now));
    }

    /// <summary>A number with a decimal point, whatever the user's locale.</summary>
    private static decimal Number(string option, string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new PipelineException(RolloutDiagnostics.NoNumber(option, text));
}
