using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Fetching;

/// <summary>Waits for work that runs side by side and reports every failure, not just the first.</summary>
internal static class Outcomes
{
    /// <summary>Completes when all have; throws all their diagnostics in order.</summary>
    public static async Task AllAsync(IReadOnlyCollection<Task> tasks)
    {
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (PipelineException)
        {
            var failures = tasks.Select(t => t.Exception?.InnerException).OfType<PipelineException>().ToArray();
            throw new PipelineException(failures.SelectMany(f => f.Diagnostics).Distinct(), failures[0]);
        }
    }
}
