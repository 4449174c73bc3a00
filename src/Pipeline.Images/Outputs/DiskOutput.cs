using System.Diagnostics;
using Pipeline.Host.Builds;
using Pipeline.Host.Output;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats;
using Pipeline.Images.Packing;
using Pipeline.Images.Recipes;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>The disk image of one platform: the commit's disk with the platform's stamp, in the platform's format.</summary>
/// <param name="recipe">The platform's row.</param>
/// <param name="writer">Writes its format.</param>
/// <param name="facts">What the format tells about the disk.</param>
/// <param name="inputs">What decides the bytes.</param>
/// <param name="artifact">The file.</param>
/// <param name="reporter">Shows each step.</param>
internal sealed class DiskOutput(
    DiskRecipe recipe,
    IDiskWriter writer,
    DiskFacts facts,
    StepInputs inputs,
    PlannedArtifact artifact,
    IReporter reporter
) : IStreamedOutput
{
    private const int Version = 2;

    /// <inheritdoc/>
    public string Name => recipe.Name;

    /// <inheritdoc/>
    public StepInputs Inputs => inputs;

    /// <inheritdoc/>
    public ValueList<PlannedArtifact> Artifacts =>
        [artifact with { KernelArguments = [.. SysrootBuilder.KernelArguments, .. recipe.KernelArguments] }];

    /// <inheritdoc/>
    public ByteSize Memory => Codecs.Memory(artifact.Compression) + ByteSize.FromMiB(64);

    /// <summary>What decides the bytes of a platform's image.</summary>
    /// <param name="disk">Inputs of the disk that all platforms share.</param>
    /// <param name="recipe">The platform's row.</param>
    /// <param name="compression">How the file is compressed.</param>
    /// <param name="tools">Digests of the writer's and the compressor's programs and libraries.</param>
    public static StepInputs InputsOf(StepInputs disk, DiskRecipe recipe, Compression compression, IEnumerable<StepInput> tools) =>
        new(
            $"image-{recipe.Name}",
            Version,
            [
                new("disk", disk.Digest),
                new("recipe", Digest.Of(recipe.ToString())),
                new("compression", Digest.Of(compression.ToString())),
                .. tools,
            ]
        );

    /// <inheritdoc/>
    public async Task MakeAsync(IImageSource source, IReadOnlyList<string> targets, CancellationToken cancellationToken)
    {
        using var target = new FileImage(targets[0]);
        await WriteAsync(source, target, cancellationToken);
        target.Finish();
    }

    /// <inheritdoc/>
    public async Task WriteAsync(IImageSource source, ImageStream target, CancellationToken cancellationToken)
    {
        using var disk = await source.DiskAsync(recipe, cancellationToken);
        using var step = reporter.Step($"write {recipe.Image.Suffix}");
        Preflight.Require(Path.GetDirectoryName(target.ScratchFile)!, ByteSize.FromBytes(Needed(disk.StoredBytes())), "the image");
        var started = Stopwatch.GetTimestamp();

        // The writer blocks its thread, which is not one of those that compress.
        var writing = Task.Factory.StartNew(
            () => writer.Write(disk, facts, target, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        await WriteProgress.FollowAsync(writing, target, artifact.FileName, step);
        step.Done(WriteProgress.Rate(ByteSize.FromBytes(target.Written), Stopwatch.GetElapsedTime(started)));
    }

    /// <summary>How much the file may take: compressed formats and files take half at most, and some are written twice.</summary>
    private long Needed(long stored) =>
        artifact.Compression != Compression.None || recipe.Image.Format == DiskFormat.Vmdk ? stored / 2 : stored;
}
