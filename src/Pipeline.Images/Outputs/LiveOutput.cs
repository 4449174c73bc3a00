using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Live.Making;
using Pipeline.Images.Recipes;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>What live media need to know about a build.</summary>
/// <param name="Name">Prefix of every artifact.</param>
/// <param name="Id">The build.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Archive">Size of the commit's archive.</param>
internal sealed record LiveBuild(string Name, string Id, string Commit, ByteSize Archive);

/// <summary>
/// Live media: an ISO, and its kernel, initramfs and root file system once more for network boot. The root file system's image is made
/// once; the files in the ISO are the artifacts.
/// </summary>
/// <param name="recipe">The architecture's row.</param>
/// <param name="build">The build.</param>
/// <param name="system">Makes kernel, initramfs and root file system.</param>
/// <param name="tools">Starts the tools of ISO images.</param>
/// <param name="inputs">What decides the bytes.</param>
/// <param name="reporter">Shows each step.</param>
internal sealed class LiveOutput(
    LiveRecipe recipe,
    LiveBuild build,
    ILiveSystemMaker system,
    IToolRunner tools,
    StepInputs inputs,
    IReporter reporter
) : IImageOutput
{
    private const int Version = 1;

    /// <summary>Programs that decide bytes.</summary>
    public static readonly StepTools Tools = LiveSystemMaker.Tools.With(LiveIsoMaker.Tools);

    /// <inheritdoc/>
    public string Name => LiveRecipe.Name;

    /// <inheritdoc/>
    public StepInputs Inputs => inputs;

    /// <inheritdoc/>
    public ValueList<PlannedArtifact> Artifacts =>
        [Artifact("live-iso", ".iso"), Artifact("live-kernel", ""), Artifact("live-initramfs", ".img"), Artifact("live-rootfs", ".img")];

    /// <summary>What decides the bytes.</summary>
    /// <param name="build">The build, which the media name.</param>
    /// <param name="recipe">The architecture's row.</param>
    /// <param name="tools">Digests of the programs and of the boot loader's files.</param>
    public static StepInputs InputsOf(LiveBuild build, LiveRecipe recipe, IEnumerable<StepInput> tools) =>
        new(
            $"image-{LiveRecipe.Name}",
            Version,
            [
                new("commit", Digest.Parse(build.Commit)),
                new("build", Digest.Of($"{build.Name} {build.Id}")),
                new("recipe", Digest.Of(recipe.ToString())),
                .. tools,
            ]
        );

    /// <inheritdoc/>
    public async Task MakeAsync(IImageSource source, IReadOnlyList<string> targets, CancellationToken cancellationToken)
    {
        var (iso, files) = (targets[0], (Kernel: targets[1], Initramfs: targets[2], Root: targets[3]));
        var directory = Path.GetDirectoryName(iso)!;
        var (work, medium) = ($"{iso}.work", $"{iso}.files");
        Preflight.Require(directory, ByteSize.FromBytes(checked(build.Archive.Bytes * 4)), "live media");
        try
        {
            Directory.CreateDirectory(medium);
            using var scratch = Scratch.Make(work, ByteSize.FromBytes(checked(build.Archive.Bytes * 5)));
            var image = Path.Combine(medium, "root.squashfs");
            var made = await system.MakeAsync(source.CommitAsync, image, scratch.Path, cancellationToken);
            var initrds = new LiveInitrds(build.Id);
            using (var step = reporter.Step("live initramfs"))
            {
                await CopyAsync(made.Kernel, files.Kernel, cancellationToken);
                await initrds.WriteRootAsync(made.RootImage, files.Root, cancellationToken);
                File.Delete(made.RootImage);
                await initrds.WriteInitramfsAsync(made.Initramfs, files.Root, files.Initramfs, cancellationToken);
                step.Done();
            }

            using (var step = reporter.Step("live ISO"))
            {
                await new LiveIsoMaker(tools, Facts(made.Epoch)).MakeAsync(iso, files, medium, scratch.Path, cancellationToken);
                step.Done();
            }
        }
        finally
        {
            UnixFile.DeleteTree(work);
            UnixFile.DeleteTree(medium);
        }
    }

    private LiveIsoFacts Facts(long epoch)
    {
        var volume = IsoWriter.Volume(build.Name, build.Id);
        return new(
            $"{build.Name} {build.Id} (live)",
            volume,
            recipe.KernelArguments(volume),
            Digest.Of($"{build.Commit} {build.Name} {build.Id}"),
            epoch
        );
    }

    private PlannedArtifact Artifact(string name, string suffix) =>
        new(name, recipe.Metal.Name, $"{build.Name}-{build.Id}-{name}.{recipe.Architecture}{suffix}", Compression.None);

    private static async Task CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        await using var source = RegularFile.OpenStream(from);
        await using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
        await source.CopyToAsync(target, cancellationToken);
    }
}
