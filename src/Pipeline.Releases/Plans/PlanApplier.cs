using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Plans;

/// <summary>What steps work on; a plan needs only what its kinds of steps use.</summary>
internal sealed record PlanTools
{
    /// <summary>Shows progress.</summary>
    public required IReporter Reporter { get; init; }

    /// <summary>Clock for retries.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The store of the object steps.</summary>
    public IObjectStore? Store { get; init; }

    /// <summary>How files are moved to and from the store.</summary>
    public TransferOptions Transfer { get; init; } = TransferOptions.Default;

    /// <summary>The work directory's builds, for the build steps.</summary>
    public BuildStore? Builds { get; init; }

    /// <summary>Runs git, for the branch steps.</summary>
    public IToolRunner? Tools { get; init; }

    /// <summary>Where journals are; <c>null</c> for plans of one atomic step, which need none.</summary>
    public string? Journals { get; init; }
}

/// <summary>
/// Makes the change of a plan, step by step, with a journal. A step that finds another state than the plan was made from ends the work
/// with PL6110; a step whose effect is there already is done. So an interrupted plan is completed by <see cref="ResumeAsync"/>, and
/// also by the same command, which plans from what is there.
/// </summary>
/// <param name="on">What the steps work on.</param>
internal sealed partial class PlanApplier(PlanTools on) : IPlanSink
{
    /// <inheritdoc/>
    public bool Applies => true;

    private IObjectStore Store => on.Store ?? throw new InvalidOperationException("the plan needs a store");

    private BuildStore Builds => on.Builds ?? throw new InvalidOperationException("the plan needs builds");

    /// <summary>Applies a plan.</summary>
    /// <exception cref="PipelineException">PL6110 (class 4) the state changed since the plan; whatever else its steps throw.</exception>
    public async Task<PlanOutcome> RunAsync(Plan plan, CancellationToken cancellationToken)
    {
        if (on.Journals is not { } directory || !plan.Steps.Any())
        {
            return await ApplyAsync(plan, 0, null, cancellationToken);
        }

        if (PlanJournal.Interrupted(directory, plan.Name) is { Length: > 0 } earlier)
        {
            on.Reporter.Note($"an earlier {plan.Name} was interrupted; this run completes it ({earlier.Length} journals)");
        }

        using var journal = PlanJournal.Start(directory, plan);
        try
        {
            return await ApplyAsync(plan, 0, journal, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            on.Reporter.Note($"{plan.Name} was interrupted; the same command goes on from there");
            throw;
        }
    }

    /// <summary>Completes an interrupted plan as it was made, not as it would be made now.</summary>
    /// <param name="path">Its journal.</param>
    /// <param name="cancellationToken">Ends the work between two steps.</param>
    /// <exception cref="PipelineException">
    /// PL6111 (class 4) what the interrupted run did was undone; PL6110 (class 4) something else changed; PL6112 not a journal.
    /// </exception>
    public async Task<PlanOutcome> ResumeAsync(string path, CancellationToken cancellationToken)
    {
        var (journal, plan, done) = PlanJournal.Resume(path);
        using (journal)
        {
            foreach (var step in plan.Steps.Take(done))
            {
                if (!await IsDoneAsync(step, cancellationToken))
                {
                    throw new PipelineException(PlanDiagnostics.Undone(step.Line is { } line ? $"'{line.Key}'" : $"{step}"));
                }
            }

            return await ApplyAsync(plan, done, journal, cancellationToken);
        }
    }

    private async Task<PlanOutcome> ApplyAsync(Plan plan, int skip, PlanJournal? journal, CancellationToken cancellationToken)
    {
        var lines = plan.Steps.Take(skip).Select(s => s.Line).OfType<TransferStep>().ToList();
        var first = 0;
        foreach (var stage in plan.Stages)
        {
            var from = Math.Clamp(skip - first, 0, stage.Steps.Count);
            if (from < stage.Steps.Count)
            {
                using var progress = stage.Title is { } title ? on.Reporter.Step(title) : null;
                await ApplyAsync(stage, from, first, progress, lines, journal, cancellationToken);
                progress?.Done(stage.Summary);
            }

            first += stage.Steps.Count;
        }

        journal?.Complete();
        return new(true, lines.ToValueList());
    }

    private async Task ApplyAsync(
        PlanStage stage,
        int from,
        int first,
        IStep? progress,
        List<TransferStep> lines,
        PlanJournal? journal,
        CancellationToken cancellationToken
    )
    {
        var bytes = stage.Steps.Sum(s => s.Bytes);
        var total = bytes > 0 ? bytes : stage.Steps.Count;
        var unit = bytes > 0 ? ProgressUnits.Bytes : ProgressUnits.None;
        var moved = stage.Steps.Take(from).Sum(s => s.Bytes);
        for (var i = from; i < stage.Steps.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = stage.Steps[i];
            var what = step.Line?.Key ?? "";
            var before = moved;
            var inStep = 0L;
            var line = await DoAsync(
                step,
                n => progress?.Progress(before + Interlocked.Add(ref inStep, n), total, what, unit),
                cancellationToken
            );
            if (line is not null)
            {
                lines.Add(line);
            }

            journal?.StepDone(first + i);
            moved += step.Bytes;
            progress?.Progress(bytes > 0 ? moved : i + 1, total, what, unit);
        }
    }

    /// <summary>Does one step.</summary>
    /// <returns>What was done, as users see it; it may be less than was planned.</returns>
    private async Task<TransferStep?> DoAsync(PlanStep step, Action<long> onBytes, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case KeepObject:
                break;
            case ExpectObject expected:
                await ExpectAsync(expected, cancellationToken);
                break;
            case UploadObject upload:
                return await UploadAsync(upload, onBytes, cancellationToken);
            case DownloadObject download:
                await DownloadAsync(download, onBytes, cancellationToken);
                break;
            case WriteObject write:
                return await WriteAsync(write, cancellationToken) ? write.Line : null;
            case DeleteObject delete:
                await Store.DeleteAsync(delete.Key, null, cancellationToken);
                break;
            case WriteFile file:
                await WriteAsync(file, cancellationToken);
                break;
            case PublishBuild build:
                await PublishAsync(build, cancellationToken);
                break;
            case ForgetBuilds builds:
                await ForgetAsync(builds, cancellationToken);
                break;
            case RemoveBuild build:
                return Remove(build) ? build.Line : null;
            case EndPrune:
                await EndPruneAsync(cancellationToken);
                break;
            case AdvanceBranch branch:
                await AdvanceAsync(branch, cancellationToken);
                break;
            case UpdateSubmodules modules:
                await GitIn(modules.Directory).TextAsync(["submodule", "update", "--init"], cancellationToken);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step, null);
        }

        return step.Line;
    }

    /// <summary>Whether the effect of a step that an earlier run did is still there.</summary>
    private async Task<bool> IsDoneAsync(PlanStep step, CancellationToken cancellationToken) =>
        step switch
        {
            UploadObject u => await Store.HeadAsync(u.Key, cancellationToken) is { } head
                && head.Size == u.Size
                && (head.Digest?.Hex ?? u.Sha256) == u.Sha256,
            WriteObject w => await Store.ReadAsync(w.Key, ObjectDocuments.Limit, cancellationToken) is { } there && IsIn(w, there.Bytes),
            DeleteObject d => await Store.HeadAsync(d.Key, cancellationToken) is null,
            DownloadObject d => File.Exists(d.File),
            WriteFile f => await Sha256Async(f.File, cancellationToken) == Digest.Of(f.Content.Span).Hex,
            PublishBuild b => IsPublished(b, await Builds.ReadIndexAsync(cancellationToken)),
            ForgetBuilds f => !(await Builds.ReadIndexAsync(cancellationToken)).Builds.Any(b => f.Ids.Contains(b.Id)),
            RemoveBuild r => !Directory.Exists(Path.Combine(Builds.Root, r.Id)),
            AdvanceBranch a => (await GitIn(a.Directory).TextAsync(["rev-parse", "HEAD^{tree}"], cancellationToken)).Trim() == a.Tree,
            _ => true,
        };

    /// <summary>Whether a document says what the step wrote, perhaps with what others added since.</summary>
    private static bool IsIn(WriteObject write, ReadOnlyMemory<byte> there) =>
        there.Span.SequenceEqual(write.Content.Span) || (write.Merge?.Apply(there) is { } merged && merged.Span.SequenceEqual(there.Span));

    /// <summary>In hex; <c>null</c> when there is no file.</summary>
    private static async Task<string?> Sha256Async(string file, CancellationToken cancellationToken) =>
        File.Exists(file) ? (await FileDigest.OfAsync(file, cancellationToken)).Hex : null;
}
