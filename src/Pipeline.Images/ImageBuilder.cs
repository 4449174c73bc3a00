using System.Collections.Concurrent;
using Pipeline.Host.Builds;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Outputs;
using Pipeline.Images.Packing;
using Pipeline.Images.Records;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <summary>Makes images from a build's commit: no loop devices, no mounts, no virtual machine; the same bytes every time.</summary>
public sealed class ImageBuilder
{
    private static readonly WorkerTask<ImageWork, ImagesMade> Inside = new(
        "images",
        () => ImageJson.Default.ImageWork,
        () => ImageJson.Default.ImagesMade,
        (work, services, cancellationToken) =>
            new ImageBuilder(services.Tools, services.Reporter, services.Time).WorkAsync(work, cancellationToken)
    );

    private readonly IToolRunner _tools;
    private readonly IReporter _reporter;
    private readonly TimeProvider _time;
    private readonly OutputTable _outputs;

    /// <summary>A builder of the images in the platform table.</summary>
    /// <param name="tools">Starts programs.</param>
    /// <param name="reporter">Shows each step.</param>
    /// <param name="time">Clock for durations and lock notes; it never reaches an image.</param>
    public ImageBuilder(IToolRunner tools, IReporter reporter, TimeProvider time)
        : this(tools, reporter, time, new(PlatformTable.Known, BootLoaders.All(tools), DiskWriters.All, tools, reporter)) { }

    internal ImageBuilder(IToolRunner tools, IReporter reporter, TimeProvider time, OutputTable outputs) =>
        (_tools, _reporter, _time, _outputs) = (tools, reporter, time, outputs);

    /// <summary>Every image there is, and what stands in the way of those that cannot be made.</summary>
    public ValueList<ImageRow> Table => _outputs.Rows;

    /// <summary>The part that runs in the user namespace, for the hidden verb <c>worker</c>.</summary>
    public static WorkerTask Worker => Inside;

    /// <summary>
    /// Makes the requested images, or finds that nothing changed, and notes them in the build's <c>meta.json</c> and <c>steps/</c>.
    /// </summary>
    /// <remarks>What is there already is found in this process; the work is done by a worker in a user namespace.</remarks>
    /// <returns>The artifacts, in the order asked for.</returns>
    /// <exception cref="PipelineException">
    /// PL3001–PL3006, PL0360–PL0364 bad request; PL3010–PL3012 the commit is refused; PL3020–PL3040 the work failed; tools missing.
    /// </exception>
    public async Task<ValueList<ImageResult>> BuildAsync(ImageRequest request, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(request, cancellationToken);
        var build = new BuildStore(request.WorkDirectory, _time);
        _reporter.Note($"build {await build.DescribeAsync(plan.Request.BuildId, request.Architecture, cancellationToken)}");
        var work = await OpenAsync(plan, cancellationToken);
        return work.Outputs.All(o => o.Made is not null)
            ? Results(work, new Dictionary<string, ValueList<Artifact>>())
            : (await new WorkerClient(_tools, _reporter).RunAsync(Inside, plan, request.WorkDirectory, [], cancellationToken)).Results;
    }

    /// <summary>Looks up the build and takes the digests of the host's tools. Reads, never writes.</summary>
    private async Task<ImageWork> PlanAsync(ImageRequest request, CancellationToken cancellationToken)
    {
        var tools = _outputs.For(request).ToolsOf(request);
        var id = await new BuildStore(request.WorkDirectory, _time).ResolveAsync(request.BuildId, request.Architecture, cancellationToken);
        return new(request with { BuildId = id }, await tools.FingerprintAsync(new(_tools, request.WorkDirectory), cancellationToken));
    }

    /// <summary>The work inside the user namespace: one at a time on a build.</summary>
    private async Task<ImagesMade> WorkAsync(ImageWork plan, CancellationToken cancellationToken)
    {
        var request = plan.Request;
        var store = new BuildStore(request.WorkDirectory, _time);
        using var held = await store.LockBuildAsync(request.BuildId, request.Architecture, request.Wait, Waiting, cancellationToken);
        var work = await OpenAsync(plan, cancellationToken); // with the lock held: whoever had it may have made them
        var fresh = new ConcurrentDictionary<string, ValueList<Artifact>>();
        if (work.Outputs.Any(o => o.Made is null))
        {
            var publisher = new ArtifactPublisher(_reporter, _time, work.Build);
            publisher.Sweep();
            using var source = new BuildSource(
                _tools,
                _reporter,
                _time,
                work.Build,
                _outputs.Loader(request.Architecture),
                work.Disk,
                request.WorkDirectory.Cache,
                (request.Force, request.Wait)
            );
            await PublishAsync(
                publisher,
                source,
                [.. work.Outputs.Where(o => o.Made is null).Select(o => o.Output)],
                fresh,
                cancellationToken
            );
            await source.KeepAsync(cancellationToken);
        }

        return new(Results(work, fresh));
    }

    /// <summary>
    /// Makes outputs side by side, as many as memory and processors allow. When one fails, those under way are stopped; what is finished
    /// stays.
    /// </summary>
    private async Task PublishAsync(
        ArtifactPublisher publisher,
        IImageSource source,
        IReadOnlyList<IImageOutput> outputs,
        ConcurrentDictionary<string, ValueList<Artifact>> fresh,
        CancellationToken cancellationToken
    )
    {
        // Steps that run side by side need one above them.
        using var together = outputs.Count > 1 ? _reporter.Step($"{outputs.Count} images") : null;
        var budget = new WorkBudget(Environment.ProcessorCount, ByteSize.FromBytes(Scratch.HostMemory() / 2));
        await budget.RunAsync(
            outputs,
            o => o is IStreamedOutput streamed ? streamed.Memory : Codecs.Memory(Compression.Xz),
            async (output, stopped) =>
            {
                using var step = _reporter.Step($"image for {output.Name}");
                fresh[output.Name] = await publisher.PublishAsync(output, source, stopped);
                step.Done(string.Join("; ", fresh[output.Name].Select(a => $"{Path.GetFileName(a.Path)}, {a.Size}")));
            },
            cancellationToken
        );
        together?.Done();
    }

    private static ValueList<ImageResult> Results(Work work, IReadOnlyDictionary<string, ValueList<Artifact>> fresh) =>
        [
            .. work.Outputs.SelectMany(o =>
                o.Made is { } made
                    ? made.Select(a => new ImageResult(a, Unchanged: true, work.Build.Id))
                    : fresh[o.Output.Name].Select(a => new ImageResult(a, Unchanged: false, work.Build.Id))
            ),
        ];

    /// <summary>What the plan means for the build as it is now.</summary>
    private async Task<Work> OpenAsync(ImageWork plan, CancellationToken cancellationToken)
    {
        var request = plan.Request;
        var outputs = _outputs.For(request);
        var build = await BuildRecords.OpenAsync(
            new(request.WorkDirectory, _time),
            request.BuildId,
            request.Architecture,
            outputs.Platforms,
            cancellationToken
        );
        var disk = outputs.DiskInputs(plan, build);
        return new(
            build,
            disk,
            [
                .. outputs
                    .Outputs(plan, build, disk)
                    .Select(o => (o, request.Force ? null : build.Made(o.Inputs, o.Artifacts.Select(a => (a.Name, a.FileName))))),
            ]
        );
    }

    private void Waiting(string holder) => _reporter.Note($"waiting for {holder}");

    /// <summary>The build, and its outputs with what a former run made of them.</summary>
    private sealed record Work(BuildRecords Build, StepInputs Disk, (IImageOutput Output, ValueList<Artifact>? Made)[] Outputs);
}
