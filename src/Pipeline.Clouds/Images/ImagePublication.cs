using Pipeline.Clouds.Disks;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Images;

/// <summary>What is to be where.</summary>
public sealed record PublishRequest
{
    /// <summary>The image.</summary>
    public required CloudImageSpec Image { get; init; }

    /// <summary>Opens what its disk holds; only called when the disk is not stored yet.</summary>
    public required Func<CancellationToken, Task<DiskContent>> Content { get; init; }

    /// <summary>The region that gets the bytes; the others get copies of it.</summary>
    public required string First { get; init; }

    /// <summary>Further regions; <c>null</c> for all of the account.</summary>
    public ValueList<string>? Others { get; init; } = [];

    /// <summary>Regions that get none.</summary>
    public ValueList<string> Skipped { get; init; } = [];

    /// <summary>Who may use it.</summary>
    public CloudAudience Audience { get; init; } = new();

    /// <summary>The family it is promoted in, or <c>null</c>.</summary>
    public string? Family { get; init; }

    /// <summary>From when on it is not to be used any more, or <c>null</c>.</summary>
    public DateTimeOffset? Deprecated { get; init; }

    /// <summary>Whether only gaps are filled: the image has to be in the first region already.</summary>
    public bool Reconcile { get; init; }

    /// <summary>Whether nothing is changed.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What came of a region.</summary>
/// <param name="Region">The region.</param>
/// <param name="Action"><c>found</c>, <c>uploaded</c>, <c>copied</c>, <c>failed</c>; of a dry run <c>upload</c> and <c>copy</c>.</param>
/// <param name="Image">The image, or <c>null</c> where there is none.</param>
/// <param name="Problem">Why there is none.</param>
public sealed record RegionOutcome(string Region, string Action, CloudImage? Image, Diagnostic? Problem = null);

/// <summary>What came of a publication.</summary>
/// <param name="Account">The account.</param>
/// <param name="Regions">The first region, then the others by name.</param>
/// <param name="Sent">Bytes sent.</param>
public sealed record PublishOutcome(string Account, ValueList<RegionOutcome> Regions, long Sent)
{
    /// <summary>What failed.</summary>
    public IEnumerable<Diagnostic> Problems => Regions.Select(r => r.Problem).OfType<Diagnostic>();
}

/// <summary>
/// Brings an image to regions: stored and registered in the first, copied to the others, shared in all. The same request again finds what
/// is there and does the rest.
/// </summary>
/// <param name="images">The provider.</param>
/// <param name="note">Told what is under way: the region and what happens there.</param>
public sealed class ImagePublication(ICloudImages images, Action<string, string> note)
{
    /// <summary>Copies at once; providers copy for many minutes.</summary>
    private const int AtOnce = 8;

    /// <summary>Does it. A region that fails is in the outcome; the first region, without which there is nothing to copy, throws.</summary>
    /// <exception cref="PipelineException">PL6063 an unknown region, or whatever the first region failed with.</exception>
    public async Task<PublishOutcome> RunAsync(
        PublishRequest request,
        IProgress<UploadProgress> progress,
        CancellationToken cancellationToken
    )
    {
        var account = await images.AccountAsync(cancellationToken);
        var known = await images.RegionsAsync(cancellationToken);
        foreach (var region in request.Skipped.Concat(request.Others ?? []).Prepend(request.First))
        {
            if (!known.Contains(region))
            {
                throw new PipelineException(CloudDiagnostics.UnknownRegion(region, known));
            }
        }

        var others = (request.Others ?? known)
            .Where(r => r != request.First && !request.Skipped.Contains(r))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        var counted = new Counted(progress);
        var first = await FirstAsync(request, counted, cancellationToken);
        var outcomes = new RegionOutcome[others.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, others.Length),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (i, token) => outcomes[i] = await OtherAsync(request, first.Image, others[i], token)
        );
        return new(account, [first, .. outcomes], counted.Sent);
    }

    private async Task<RegionOutcome> FirstAsync(PublishRequest request, Counted progress, CancellationToken cancellationToken)
    {
        var (region, spec) = (request.First, request.Image);
        if (await images.FindAsync(region, spec.Name, cancellationToken) is { } found)
        {
            CloudImageRules.Ours(found, spec);
            return request.DryRun
                ? new(region, "found", found)
                : new(region, "found", await SettleAsync(request, await ReadyAsync(found, spec, cancellationToken), cancellationToken));
        }

        if (request.Reconcile)
        {
            throw new PipelineException(CloudDiagnostics.NoImage(region, spec.Name));
        }

        if (request.DryRun)
        {
            return new(region, "upload", null);
        }

        note(region, "upload");
        var content = await request.Content(cancellationToken);
        var disk = await images.UploadAsync(region, spec, content, progress, cancellationToken);
        note(region, "register");
        var image = await images.RegisterAsync(region, spec, disk, cancellationToken);
        return new(region, "uploaded", await SettleAsync(request, image, cancellationToken));
    }

    /// <summary>A pending image is waited for as one that was just made.</summary>
    private Task<CloudImage> ReadyAsync(CloudImage found, CloudImageSpec spec, CancellationToken cancellationToken) =>
        found.State == CloudImageState.Available
            ? Task.FromResult(found)
            : images.RegisterAsync(found.Region, spec, found.Disk ?? "", cancellationToken);

    private async Task<RegionOutcome> OtherAsync(
        PublishRequest request,
        CloudImage? first,
        string region,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var found = await images.FindAsync(region, request.Image.Name, cancellationToken);
            if (found is not null)
            {
                CloudImageRules.Ours(found, request.Image);
            }

            if (request.DryRun)
            {
                return new(region, found is null ? "copy" : "found", found);
            }

            note(region, found is null ? "copy" : "check");
            var image = await images.ReplicateAsync(first!, request.Image, region, cancellationToken);
            return new(region, found is null ? "copied" : "found", await SettleAsync(request, image, cancellationToken));
        }
        catch (PipelineException e)
        {
            return new(region, "failed", null, e.Diagnostics[0]);
        }
    }

    /// <summary>Shares, promotes and deprecates; each of them may be done again.</summary>
    private async Task<CloudImage> SettleAsync(PublishRequest request, CloudImage image, CancellationToken cancellationToken)
    {
        if (!request.Audience.IsEmpty)
        {
            await images.ShareAsync(image, request.Audience, cancellationToken);
        }

        if (request.Family is { } family)
        {
            await images.PromoteAsync(image, family, cancellationToken);
        }

        if (request.Deprecated is { } when)
        {
            await images.DeprecateAsync(image, when, cancellationToken);
        }

        return image with
        {
            Public = image.Public || request.Audience.Public,
            Deprecated = request.Deprecated ?? image.Deprecated,
        };
    }

    private sealed class Counted(IProgress<UploadProgress> target) : IProgress<UploadProgress>
    {
        private long _sent;

        public long Sent => Interlocked.Read(ref _sent);

        public void Report(UploadProgress value)
        {
            for (var seen = Sent; value.Sent > seen; seen = Sent)
            {
                Interlocked.CompareExchange(ref _sent, value.Sent, seen);
            }

            target.Report(value);
        }
    }
}
