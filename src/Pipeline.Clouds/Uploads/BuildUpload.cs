using System.Globalization;
using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Uploads;

/// <summary>A build's image for a cloud.</summary>
public sealed record UploadRequest
{
    /// <summary>The work directory.</summary>
    public required WorkDirectory WorkDirectory { get; init; }

    /// <summary>Build id, <c>latest:NAME</c> or <c>latest:STREAM</c>; <c>null</c> for the latest.</summary>
    public string? Build { get; init; }

    /// <summary>Architecture of the build.</summary>
    public Architecture Architecture { get; init; } = Architecture.Host;

    /// <summary>The platform.</summary>
    public required string Platform { get; init; }

    /// <summary>What the user said of the cloud.</summary>
    public required CloudOptions Cloud { get; init; }

    /// <summary>Name of the image; <c>null</c> for product, build and architecture.</summary>
    public string? Name { get; init; }

    /// <summary>Further regions; <c>null</c> for all of the account.</summary>
    public ValueList<string>? Others { get; init; } = [];

    /// <summary>Regions that get none.</summary>
    public ValueList<string> Skipped { get; init; } = [];

    /// <summary>Who may use it.</summary>
    public CloudAudience Audience { get; init; } = new();

    /// <summary>Tags beside our own.</summary>
    public ValueList<CloudTag> Tags { get; init; } = [];

    /// <summary>The family it is promoted in, or <c>null</c>.</summary>
    public string? Family { get; init; }

    /// <summary>From when on it is not to be used any more, or <c>null</c>.</summary>
    public DateTimeOffset? Deprecated { get; init; }

    /// <summary>Firmware variables for Secure Boot as the provider stores them, or <c>null</c>.</summary>
    public string? UefiData { get; init; }

    /// <summary>Whether only gaps are filled.</summary>
    public bool Reconcile { get; init; }

    /// <summary>Whether nothing is changed.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What came of an upload.</summary>
/// <param name="Build">The build's id.</param>
/// <param name="Name">The image's name.</param>
/// <param name="Publication">What came of each region.</param>
public sealed record BuildUploadOutcome(string Build, string Name, PublishOutcome Publication);

/// <summary>Uploads the image of a build and records where it is in meta.json. The façade of <c>upload</c>.</summary>
/// <param name="reporter">Receives steps.</param>
/// <param name="time">Clock.</param>
public sealed class BuildUpload(IReporter reporter, TimeProvider time)
{
    /// <summary>Below the work directory: what interrupted uploads are gone on from.</summary>
    private const string Journals = "clouds";

    /// <summary>Makes the provider's client. A test replaces it.</summary>
    internal Func<UploadRequest, string, TimeProvider, ICloudImages> Images { get; init; } =
        (request, journals, clock) => CloudProvider.Of(request.Platform).Images(request.Cloud, journals, clock);

    /// <summary>The artifact of a platform, its build and the name that its image gets.</summary>
    /// <exception cref="PipelineException">PL6080 the build has none.</exception>
    public async Task<UploadSubject> FindAsync(
        WorkDirectory work,
        string? build,
        Architecture architecture,
        string platform,
        CancellationToken cancellationToken
    )
    {
        var store = new BuildStore(work, time);
        var id = await store.ResolveAsync(build, architecture, cancellationToken);
        var meta = await store.ReadBuildAsync(id, architecture, cancellationToken);
        var directory = store.Directory(id, architecture);
        var artifact =
            meta.Images is { } images && images.TryFind(platform, out var found)
                ? Artifact.From(platform, directory, found, PlatformTable.Known)
                : null;
        return artifact is not null
            ? new(id, meta, architecture, artifact, store.StreamOf(id, architecture, meta)?.ToString())
            : throw new PipelineException(CloudDiagnostics.NoImageOfBuild(id, platform));
    }

    /// <summary>Does it; regions that fail are in the outcome, and what succeeded is recorded all the same.</summary>
    /// <exception cref="PipelineException">The build or the first region failed.</exception>
    public async Task<BuildUploadOutcome> RunAsync(UploadRequest request, CancellationToken cancellationToken)
    {
        var provider = CloudProvider.Of(request.Platform);
        var subject = await FindAsync(request.WorkDirectory, request.Build, request.Architecture, request.Platform, cancellationToken);
        var store = new BuildStore(request.WorkDirectory, time);
        using var use = await store.UseAsync(subject.Build, [request.Architecture], cancellationToken);
        using var images = Images(request, Path.Combine(request.WorkDirectory.Temporary, Journals), time);
        using var step = reporter.Step($"upload {request.Platform} image of {subject.Build}");
        var name = request.Name ?? subject.Name;
        var publication = new ImagePublication(images, (region, what) => reporter.Note($"{region}: {what} {name}", step));
        var outcome = await publication.RunAsync(
            new()
            {
                Image = Spec(request, subject, name),
                Content = token => DiskContent.OpenAsync(subject.Artifact, token),
                First = provider.Region(request.Cloud),
                Others = request.Others,
                Skipped = request.Skipped,
                Audience = request.Audience,
                Family = request.Family,
                Deprecated = request.Deprecated,
                Reconcile = request.Reconcile,
                DryRun = request.DryRun,
            },
            new StepProgress(step),
            cancellationToken
        );
        if (!request.DryRun)
        {
            await RecordAsync(store, subject, request.Architecture, outcome, cancellationToken);
        }

        step.Done(outcome.Sent == 0 ? "nothing sent" : $"{ByteSize.FromBytes(outcome.Sent)} sent");
        return new(subject.Build, name, outcome);
    }

    private static CloudImageSpec Spec(UploadRequest request, UploadSubject subject, string name) =>
        new()
        {
            Name = name,
            Description = $"{subject.Meta.Summary ?? subject.Meta.Name} {subject.Build} {request.Architecture.Name}",
            Architecture = request.Architecture,

            // The same disk, whether it is kept compressed or not.
            Source = subject.Artifact.UncompressedDigest ?? subject.Artifact.Digest,
            Tags =
            [
                new("pipeline-build", subject.Build),
                .. subject.Stream is { } stream ? [new CloudTag("pipeline-stream", stream)] : Array.Empty<CloudTag>(),
                .. request.Tags,
            ],
            UefiData = request.UefiData,
        };

    /// <summary>Adds the images to <c>amis</c>; entries of other regions stay.</summary>
    private static Task RecordAsync(
        BuildStore store,
        UploadSubject subject,
        Architecture architecture,
        PublishOutcome outcome,
        CancellationToken cancellationToken
    ) =>
        store.UpdateMetaAsync(
            subject.Build,
            architecture,
            meta =>
            {
                var made = outcome.Regions.Select(r => r.Image).OfType<CloudImage>().ToDictionary(i => i.Region, Entry);
                var kept = (meta.Find("amis") as JsonTextArray)?.Items.OfType<JsonTextObject>() ?? [];
                foreach (var entry in kept)
                {
                    if (entry.Find("name") is JsonTextString region)
                    {
                        made.TryAdd(region.Value, entry);
                    }
                }

                return meta.With("amis", new JsonTextArray([.. made.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value)]));
            },
            cancellationToken
        );

    private static JsonTextObject Entry(CloudImage image) =>
        new([
            new("name", new JsonTextString(image.Region)),
            new("hvm", new JsonTextString(image.Id)),
            .. image.Disk is { } disk ? [new JsonTextMember("snapshot", new JsonTextString(disk))] : Array.Empty<JsonTextMember>(),
        ]);

    private sealed class StepProgress(IStep step) : IProgress<UploadProgress>
    {
        public void Report(UploadProgress value) => step.Progress(value.Done, value.Total, "blocks", ProgressUnits.Bytes);
    }
}

/// <summary>What is uploaded.</summary>
/// <param name="Build">The build's id.</param>
/// <param name="Meta">Its meta.json.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Artifact">The file.</param>
/// <param name="Stream">The build's stream, or <c>null</c>.</param>
public sealed record UploadSubject(string Build, BuildMetaDocument Meta, Architecture Architecture, Artifact Artifact, string? Stream)
{
    /// <summary>The image's name unless another is given.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Meta.Name}-{Build}-{Architecture.Name}");
}
