using Pipeline.Host.Builds;
using Pipeline.Host.Output;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats;
using Pipeline.Images.Recipes;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>The disk image of one platform: the commit's disk with the platform's stamp, in the platform's format.</summary>
/// <param name="recipe">The platform's row.</param>
/// <param name="writer">Writes its format.</param>
/// <param name="inputs">What decides the bytes.</param>
/// <param name="artifact">The file.</param>
/// <param name="reporter">Shows each step.</param>
internal sealed class DiskOutput(DiskRecipe recipe, IDiskWriter writer, StepInputs inputs, PlannedArtifact artifact, IReporter reporter)
    : IImageOutput
{
    private const int Version = 1;

    /// <inheritdoc/>
    public string Name => recipe.Name;

    /// <inheritdoc/>
    public StepInputs Inputs => inputs;

    /// <inheritdoc/>
    public ValueList<PlannedArtifact> Artifacts => [artifact];

    /// <summary>What decides the bytes of a platform's image.</summary>
    /// <param name="disk">Inputs of the disk that all platforms share.</param>
    /// <param name="recipe">The platform's row.</param>
    /// <param name="compression">How the file is compressed.</param>
    /// <param name="tools">Digests of the writer's and the compressor's programs.</param>
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
        var disk = await source.DiskAsync(recipe, cancellationToken);
        using var step = reporter.Step($"write {recipe.Image.Suffix}");
        Preflight.Require(Path.GetDirectoryName(targets[0])!, ByteSize.FromBytes(SparseFile.Stored(disk)), "the image");
        await writer.WriteAsync(disk, targets[0], cancellationToken);
        step.Done();
    }
}
