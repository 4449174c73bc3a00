using Pipeline.Host.Output;

namespace Pipeline.Releases.Plans;

/// <summary>Shows plans and changes nothing: what <c>--dry-run</c> uses.</summary>
/// <param name="reporter">Shows the stages.</param>
internal sealed class PlanPreview(IReporter reporter) : IPlanSink
{
    /// <inheritdoc/>
    public bool Applies => false;

    /// <inheritdoc/>
    public Task<PlanOutcome> RunAsync(Plan plan, CancellationToken cancellationToken)
    {
        foreach (var stage in plan.Stages.Where(s => s.Title is not null))
        {
            using var step = reporter.Step(stage.Title!);
            step.Done(stage.Summary);
        }

        return Task.FromResult(new PlanOutcome(false, plan.Lines));
    }
}
