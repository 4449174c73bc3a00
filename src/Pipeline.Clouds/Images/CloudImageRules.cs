using Pipeline.Model.Diagnostics;

namespace Pipeline.Clouds.Images;

/// <summary>What may be taken for our own work, and what is left alone.</summary>
internal static class CloudImageRules
{
    /// <summary>An image of the name that is asked for, when it was made by us from the same artifact.</summary>
    /// <exception cref="PipelineException">PL6064 it is not ours; PL6065 it was made from something else.</exception>
    public static CloudImage Ours(CloudImage found, CloudImageSpec asked) =>
        !found.Owned ? throw new PipelineException(CloudDiagnostics.NameTaken(found.Region, found.Name, found.Id))
        : found.Source != asked.Source
            ? throw new PipelineException(CloudDiagnostics.OtherSource(found.Region, found.Name, found.Id, found.Source, asked.Source))
        : found;

    /// <exception cref="PipelineException">PL6073 it does not carry the owner tag.</exception>
    public static void RequireOwned(bool owned, string region, string id)
    {
        if (!owned)
        {
            throw new PipelineException(CloudDiagnostics.NotOurs(region, id));
        }
    }
}
