using System.Globalization;
using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Clouds;

/// <summary>Images of a cloud in memory.</summary>
public sealed class FakeCloudImages : ICloudImages
{
    private readonly Lock _gate = new();
    private readonly List<CloudImage> _images = [];
    private readonly Dictionary<string, Disk> _disks = new(StringComparer.Ordinal);
    private readonly List<string> _log = [];
    private int _next;

    /// <inheritdoc/>
    public string Platform => "fakecloud";

    /// <summary>Regions of the account.</summary>
    public ValueList<string> Regions { get; init; } = ["north", "south", "west"];

    /// <summary>Regions that do not answer.</summary>
    public HashSet<string> Down { get; } = [];

    /// <summary>What was done, one line each.</summary>
    public IReadOnlyList<string> Log => _log;

    /// <summary>All images.</summary>
    public IReadOnlyList<CloudImage> Images => _images;

    /// <summary>Puts an image there that the code under test did not make.</summary>
    public CloudImage Add(string region, string name, bool owned, Digest? source = null)
    {
        var image = new CloudImage
        {
            Region = region,
            Id = Next("image"),
            Name = name,
            State = CloudImageState.Available,
            Owned = owned,
            Source = source,
            Created = DateTimeOffset.UnixEpoch,
        };
        _images.Add(image);
        return image;
    }

    /// <inheritdoc/>
    public Task<string> AccountAsync(CancellationToken cancellationToken) => Task.FromResult("fake");

    /// <inheritdoc/>
    public Task<ValueList<string>> RegionsAsync(CancellationToken cancellationToken) => Task.FromResult(Regions);

    /// <inheritdoc/>
    public Task<CloudImage?> FindAsync(string region, string name, CancellationToken cancellationToken) =>
        In(region, () => _images.Find(i => i.Region == region && i.Name == name));

    /// <inheritdoc/>
    public Task<string> UploadAsync(
        string region,
        CloudImageSpec image,
        DiskContent content,
        IProgress<UploadProgress> progress,
        CancellationToken cancellationToken
    ) =>
        In(
            region,
            () =>
            {
                var known = _disks.FirstOrDefault(d => d.Value.Region == region && d.Value.Spec.Source == image.Source).Key;
                if (known is not null)
                {
                    return known;
                }

                var sent = 0L;
                foreach (var block in content.Blocks())
                {
                    sent += block.Data.Length;
                    block.Return();
                    progress.Report(new(sent, 0, sent));
                }

                var id = Next("disk");
                _disks[id] = new(region, image);
                _log.Add($"upload {region} {image.Name}");
                return id;
            }
        );

    /// <inheritdoc/>
    public Task<CloudImage> RegisterAsync(string region, CloudImageSpec image, string disk, CancellationToken cancellationToken) =>
        In(region, () => Found(region, image) ?? Made(region, image, disk, "register"));

    /// <inheritdoc/>
    public Task<CloudImage> ReplicateAsync(CloudImage image, CloudImageSpec spec, string region, CancellationToken cancellationToken) =>
        In(
            region,
            () =>
            {
                if (Found(region, spec) is { } known)
                {
                    return known;
                }

                var disk = Next("disk");
                _disks[disk] = new(region, spec);
                return Made(region, spec, disk, "copy");
            }
        );

    /// <inheritdoc/>
    public Task ShareAsync(CloudImage image, CloudAudience audience, CancellationToken cancellationToken) =>
        Change(image, i => i with { Public = i.Public || audience.Public }, "share");

    /// <inheritdoc/>
    public Task PromoteAsync(CloudImage image, string family, CancellationToken cancellationToken) => Change(image, i => i, "promote");

    /// <inheritdoc/>
    public Task DeprecateAsync(CloudImage image, DateTimeOffset when, CancellationToken cancellationToken) =>
        Change(image, i => i with { Deprecated = when }, "deprecate");

    /// <inheritdoc/>
    public Task DeleteAsync(CloudResource resource, CancellationToken cancellationToken) =>
        In(
            resource.Region,
            () =>
            {
                if (_images.Find(i => i.Id == resource.Id) is { } image)
                {
                    Require(image);
                    _images.Remove(image);
                    _disks.Remove(image.Disk ?? "");
                }

                _disks.Remove(resource.Id);
                return true;
            }
        );

    /// <inheritdoc/>
    public Task<ValueList<CloudResource>> ListAsync(string region, CancellationToken cancellationToken) =>
        In(
            region,
            () =>
                _images
                    .Where(i => i.Region == region && i.Owned)
                    .Select(i => new CloudResource(CloudResourceKind.Image, region, i.Id, i.Name, "available", i.Created))
                    .Concat(
                        _disks
                            .Where(d => d.Value.Region == region)
                            .Select(d => new CloudResource(CloudResourceKind.Disk, region, d.Key, d.Value.Spec.Name, "completed", null))
                    )
                    .ToValueList()
        );

    /// <inheritdoc/>
    public void Dispose() { }

    private CloudImage? Found(string region, CloudImageSpec spec) =>
        _images.Find(i => i.Region == region && i.Name == spec.Name) is not { } known ? null
        : known.Owned && known.Source == spec.Source ? known
        : throw new PipelineException(Diagnostic.Error("PL9901", "the name is taken", exit: ExitClass.Refused));

    private CloudImage Made(string region, CloudImageSpec spec, string disk, string how)
    {
        var image = Add(region, spec.Name, owned: true, spec.Source) with { Disk = disk };
        _images[^1] = image;
        _log.Add($"{how} {region} {spec.Name}");
        return image;
    }

    private Task<bool> Change(CloudImage image, Func<CloudImage, CloudImage> change, string how) =>
        In(
            image.Region,
            () =>
            {
                Require(image);
                var at = _images.FindIndex(i => i.Id == image.Id);
                _images[at] = change(_images[at]);
                _log.Add($"{how} {image.Region} {image.Name}");
                return true;
            }
        );

    private static void Require(CloudImage image)
    {
        if (!image.Owned)
        {
            throw new PipelineException(Diagnostic.Error("PL9902", "not ours", exit: ExitClass.Refused));
        }
    }

    private Task<T> In<T>(string region, Func<T> work)
    {
        lock (_gate)
        {
            return Down.Contains(region)
                ? Task.FromException<T>(
                    new PipelineException(Diagnostic.Error("PL9900", $"{region} is down", exit: ExitClass.OutsideWorld))
                )
                : Task.FromResult(work());
        }
    }

    private string Next(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{++_next}");

    private sealed record Disk(string Region, CloudImageSpec Spec);
}
