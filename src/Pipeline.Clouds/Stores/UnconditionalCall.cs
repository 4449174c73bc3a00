using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Clouds.Stores;

/// <summary>Calls of a store that name no condition.</summary>
internal static class UnconditionalCall
{
    /// <summary>A server that speaks of a condition all the same has failed.</summary>
    /// <exception cref="PipelineException">PL6001.</exception>
    public static async Task<T?> RunAsync<T>(string address, string what, Func<Task<T?>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (ConditionFailedException e)
        {
            throw new PipelineException(ObjectDiagnostics.Failed(address, what, e.Message), e);
        }
    }
}
