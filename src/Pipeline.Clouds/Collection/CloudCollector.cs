using Pipeline.Clouds.Images;
using Pipeline.Clouds.Instances;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Collection;

/// <summary>What is to be deleted.</summary>
/// <param name="Regions">Regions; <c>null</c> for all, empty for the usual one.</param>
/// <param name="OlderThan">Only what is older.</param>
/// <param name="Images">Whether images are deleted, too.</param>
/// <param name="DryRun">Whether nothing is deleted.</param>
public sealed record CollectRequest(IReadOnlyList<string>? Regions, TimeSpan OlderThan, bool Images, bool DryRun);

/// <summary>Something that was to be deleted.</summary>
/// <param name="Resource">What.</param>
/// <param name="Problem">Why it is still there; <c>null</c> when it is not.</param>
public sealed record CollectOutcome(CloudResource Resource, Diagnostic? Problem);

/// <summary>Finds and deletes what carries the owner tag: what killed runs left, by age.</summary>
/// <param name="provider">The cloud.</param>
/// <param name="options">What the user said of it; the region is set for each.</param>
/// <param name="time">Clock.</param>
public sealed class CloudCollector(CloudProvider provider, CloudOptions options, TimeProvider time)
{
    private static readonly Dictionary<string, string> All = new(StringComparer.Ordinal);

    /// <summary>Makes the client of images. A test replaces it.</summary>
    internal Func<ICloudImages>? Images { get; init; }

    /// <summary>Makes the client of a region's instances. A test replaces it.</summary>
    internal Func<string, ICloudInstances>? Instances { get; init; }

    /// <summary>Everything that carries the owner tag, by region.</summary>
    public async Task<ValueList<CloudResource>> ListAsync(IReadOnlyList<string>? regions, CancellationToken cancellationToken)
    {
        using var images = OpenImages();
        return await ListAsync(images, regions, cancellationToken);
    }

    /// <summary>Deletes what is old enough; what cannot be deleted is in the outcome.</summary>
    public async Task<ValueList<CollectOutcome>> CollectAsync(CollectRequest request, CancellationToken cancellationToken)
    {
        using var images = OpenImages();
        var all = await ListAsync(images, request.Regions, cancellationToken);
        var limit = time.GetUtcNow() - request.OlderThan;
        var outcomes = new List<CollectOutcome>();
        foreach (var resource in all.Where(r => IsDue(r, all, limit, request.Images)))
        {
            Diagnostic? problem = null;
            try
            {
                if (!request.DryRun)
                {
                    await DeleteAsync(images, resource, cancellationToken);
                }
            }
            catch (PipelineException e)
            {
                problem = e.Diagnostics[0];
            }

            outcomes.Add(new(resource, problem));
        }

        return [.. outcomes];
    }

    /// <summary>
    /// What has no date is never old. A disk is left over when no image of its region has its name; one below an image goes with that.
    /// </summary>
    private static bool IsDue(CloudResource resource, ValueList<CloudResource> all, DateTimeOffset limit, bool images) =>
        resource.Created < limit
        && resource.Kind switch
        {
            CloudResourceKind.Instance => true,
            CloudResourceKind.Image => images,
            _ => !all.Any(i => i.Kind == CloudResourceKind.Image && i.Region == resource.Region && i.Name == resource.Name),
        };

    private async Task DeleteAsync(ICloudImages images, CloudResource resource, CancellationToken cancellationToken)
    {
        if (resource.Kind != CloudResourceKind.Instance)
        {
            await images.DeleteAsync(resource, cancellationToken);
            return;
        }

        var instances = OpenInstances(resource.Region);
        using var owned = instances as IDisposable;
        await instances.TerminateAsync(resource.Id, cancellationToken);
    }

    private async Task<ValueList<CloudResource>> ListAsync(
        ICloudImages images,
        IReadOnlyList<string>? regions,
        CancellationToken cancellationToken
    )
    {
        await images.AccountAsync(cancellationToken);
        var known = await images.RegionsAsync(cancellationToken);
        IReadOnlyList<string> wanted =
            regions is null ? known
            : regions.Count > 0 ? regions
            : [provider.Region(options)];
        foreach (var region in wanted.Where(r => !known.Contains(r)))
        {
            throw new PipelineException(CloudDiagnostics.UnknownRegion(region, known));
        }

        var all = new List<CloudResource>();
        foreach (var region in wanted)
        {
            var instances = OpenInstances(region);
            using var owned = instances as IDisposable;
            var running = await instances.ListAsync(All, cancellationToken);
            all.AddRange(running.Select(i => Of(region, i)));
            all.AddRange(await images.ListAsync(region, cancellationToken));
        }

        return [.. all];
    }

    private static CloudResource Of(string region, CloudInstance instance) =>
        new(CloudResourceKind.Instance, region, instance.Id, instance.Name, instance.State.ToString().ToLowerInvariant(), instance.Created);

    private ICloudImages OpenImages() => Images?.Invoke() ?? provider.Images(options, Path.GetTempPath(), time);

    private ICloudInstances OpenInstances(string region) =>
        Instances?.Invoke(region) ?? provider.Instances(options with { Region = region }, time);
}
