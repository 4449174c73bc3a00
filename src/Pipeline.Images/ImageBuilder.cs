using System.Security.Cryptography;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Recipes;
using Pipeline.Images.Records;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <summary>Makes disk images from a build's commit: no loop devices, no mounts, no virtual machine; the same bytes every time.</summary>
/// <param name="tools">Starts programs.</param>
/// <param name="reporter">Shows steps, notes and problems.</param>
/// <param name="time">Clock for durations and lock notes; it never reaches an image.</param>
public sealed class ImageBuilder(IToolRunner tools, IReporter reporter, TimeProvider time)
{
    private const string DiskStep = "image-disk";
    private const int DiskVersion = 1;
    private const int ImageVersion = 1;
    private const int KeptDisks = 3;

    private ValueList<StepInput>? _fingerprint;

    private static readonly WorkerTask<ImageWork, ImagesMade> Inside = new(
        "images",
        ImageJson.Default.ImageWork,
        ImageJson.Default.ImagesMade,
        (work, services, cancellationToken) =>
            new ImageBuilder(services.Tools, services.Reporter, services.Time) { _fingerprint = work.Tools }.WorkAsync(
                work.Request,
                cancellationToken
            )
    );

    /// <summary>The part that runs in the user namespace, for the hidden verb <c>worker</c>.</summary>
    public static WorkerTask Worker => Inside;

    /// <summary>Makes the requested images, or finds that nothing changed, and notes them in the build's <c>meta.json</c> and <c>steps/</c>.</summary>
    /// <remarks>What is there already is found in this process; the work is done by a worker in a user namespace.</remarks>
    /// <returns>One artifact per platform, in the order asked for.</returns>
    /// <exception cref="PipelineException">
    /// PL3001–PL3006, PL0360–PL0364 bad request; PL3010–PL3012 the commit is refused; PL3020–PL3040 the work failed; tools missing.
    /// </exception>
    public async Task<ValueList<Artifact>> BuildAsync(ImageRequest request, CancellationToken cancellationToken)
    {
        var (build, _, plans) = await PlanAsync(request, cancellationToken);
        if (plans.All(p => p.Existing is not null))
        {
            return [.. plans.Select(p => p.Existing!)];
        }

        var work = new ImageWork(request with { BuildId = build.Id }, _fingerprint!);
        return (await new WorkerClient(tools, reporter).RunAsync(Inside, work, request.WorkDirectory, cancellationToken)).Artifacts;
    }

    /// <summary>The work inside the user namespace: one at a time on a build.</summary>
    private async Task<ImagesMade> WorkAsync(ImageRequest request, CancellationToken cancellationToken)
    {
        var store = new BuildStore(request.WorkDirectory, time);
        using var held = await store.LockBuildAsync(request.BuildId, request.Architecture, request.Wait, Waiting, cancellationToken);
        var (build, disk, plans) = await PlanAsync(request, cancellationToken); // whoever held the lock may have made them
        if (plans.Any(p => p.Existing is null))
        {
            await MakeAsync(request, build, disk, plans, cancellationToken);
        }

        return new([.. plans.Select(p => p.Existing!)]);
    }

    private async Task<(BuildRecords Build, StepInputs Disk, Plan[] Plans)> PlanAsync(
        ImageRequest request,
        CancellationToken cancellationToken
    )
    {
        var recipes = RecipeTable.Require(request.Platforms, request.Architecture);
        var build = await BuildRecords.OpenAsync(
            new(request.WorkDirectory, time),
            request.BuildId,
            request.Architecture,
            cancellationToken
        );
        _fingerprint ??= await HostTools.FingerprintAsync(tools, cancellationToken);
        var disk = new StepInputs(
            DiskStep,
            DiskVersion,
            [new("commit", Digest.Parse(build.Commit)), new("settings", Settings(request.Architecture)), .. _fingerprint]
        );
        return (build, disk, [.. recipes.Select(r => Plan(build, r, disk, request))]);
    }

    private static Plan Plan(BuildRecords build, PlatformRecipe recipe, StepInputs disk, ImageRequest request)
    {
        var compression = request.Compress ? recipe.Compression : Compression.None;
        var inputs = new StepInputs(
            $"image-{recipe.Platform}",
            ImageVersion,
            [new("disk", disk.Digest), new("recipe", Digest.Of(recipe.ToString())), new("compression", Digest.Of(compression.ToString()))]
        );
        var name =
            $"{build.Name}-{build.Id}-{recipe.Platform}.{recipe.Architecture}.{recipe.Suffix}{(request.Compress ? recipe.CompressedSuffix : "")}";
        var path = Path.Combine(build.Directory, name);
        return new(recipe, inputs, compression, path) { Existing = request.Force ? null : build.Made(inputs, recipe.Platform, path) };
    }

    private async Task MakeAsync(
        ImageRequest request,
        BuildRecords build,
        StepInputs disk,
        Plan[] plans,
        CancellationToken cancellationToken
    )
    {
        var images = Path.Combine(request.WorkDirectory.Cache, "images");
        var directory = Path.Combine(images, $"{disk.Digest.Hex}-{UserNamespace.MapKey ?? "host"}");
        Directory.CreateDirectory(images);
        Sweep(build);
        using var held = await FileLock.AcquireAsync(LockOf(directory), request.Wait, Waiting, time, cancellationToken);
        var workbench = new Workbench(tools, reporter, directory);
        var fresh = request.Force || !workbench.TryOpen();
        if (fresh)
        {
            // The one place that needs to give files away: everything below runs as root or inside a user namespace.
            Preflight.RequireOwnership();
            var archive = build.Archive;
            var estimate = ByteSize.FromBytes(checked(archive.Size.Bytes * 5));
            Preflight.Require(images, estimate, "an image");
            await workbench.MakeAsync(
                (scratch, token) => OpenCommitAsync(build, archive, scratch, token),
                estimate,
                request.Architecture,
                cancellationToken
            );
        }

        for (var i = 0; i < plans.Length; i++)
        {
            if (plans[i].Existing is null)
            {
                using var step = reporter.Step($"image for {plans[i].Recipe.Platform}");
                plans[i] = plans[i] with { Existing = await ImageAsync(build, workbench, plans[i], cancellationToken) };
                step.Done($"{Path.GetFileName(plans[i].Path)}, {plans[i].Existing!.Size}");
            }
        }

        if (fresh)
        {
            await workbench.KeepAsync(disk, cancellationToken);
            await PruneAsync(images, directory, cancellationToken);
        }
    }

    private static async Task<ExtractedCommit> OpenCommitAsync(
        BuildRecords build,
        Artifact archive,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        var actual = await DigestAsync(archive.Path, cancellationToken);
        if (actual != archive.Digest)
        {
            throw new PipelineException(ImageDiagnostics.CommitDigest(archive.Path, archive.Digest, actual));
        }

        var commit = await CommitArchive.ExtractAsync(archive.Path, scratch, cancellationToken);
        return commit.Checksum == build.Commit
            ? commit
            : throw new PipelineException(ImageDiagnostics.WrongCommit(archive.Path, build.Commit, commit.Checksum));
    }

    private async Task<Artifact> ImageAsync(BuildRecords build, Workbench workbench, Plan plan, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await workbench.StampAsync(plan.Recipe, cancellationToken);
        var temporary = Path.Combine(build.Directory, $".{Path.GetFileName(plan.Path)}.tmp");
        var compressed = temporary + ".z";
        try
        {
            File.Delete(temporary);
            var stored = ByteSize.FromBytes(SparseFile.Stored(workbench.Disk));
            using (var step = reporter.Step($"write {plan.Recipe.Suffix}"))
            {
                Preflight.Require(build.Directory, stored, "the image");
                await WriteAsync(workbench.Disk, temporary, plan.Recipe.Format, cancellationToken);
                step.Done();
            }

            var artifact = await NoteAsync(plan, temporary, cancellationToken);
            if (plan.Compression != Compression.None)
            {
                using var step = reporter.Step("compress");
                Preflight.Require(build.Directory, ByteSize.FromBytes(stored.Bytes / 2), "the compressed image");
                await new Compressor(tools).CompressAsync(temporary, compressed, plan.Compression, cancellationToken);
                artifact = await NoteAsync(plan, compressed, cancellationToken) with
                {
                    UncompressedDigest = artifact.Digest,
                    UncompressedSize = artifact.Size,
                };
                File.Move(compressed, temporary, overwrite: true);
                step.Done();
            }

            await FinishAsync(build, plan, artifact, temporary, time.GetElapsedTime(started), cancellationToken);
            return artifact;
        }
        finally
        {
            File.Delete(temporary);
            File.Delete(compressed);
        }
    }

    private async Task WriteAsync(string disk, string target, DiskFormat format, CancellationToken cancellationToken)
    {
        if (format == DiskFormat.Raw)
        {
            await Task.Run(() => SparseFile.Copy(disk, target, cancellationToken), cancellationToken);
        }
        else
        {
            await new QemuImg(tools).ConvertAsync(disk, target, format, cancellationToken);
        }
    }

    /// <summary>Moves the finished file into place, then notes it; what another suffix or compression left behind goes away.</summary>
    private static async Task FinishAsync(
        BuildRecords build,
        Plan plan,
        Artifact artifact,
        string temporary,
        TimeSpan elapsed,
        CancellationToken cancellationToken
    )
    {
        var before = build.Image(plan.Recipe.Platform);
        File.Move(temporary, plan.Path, overwrite: true);
        AtomicFile.SyncDirectory(build.Directory);
        await build.AddAsync(artifact, plan.Inputs, elapsed, cancellationToken);
        if (before is { } old && old.Path != plan.Path)
        {
            File.Delete(old.Path);
        }
    }

    private static async Task<Artifact> NoteAsync(Plan plan, string file, CancellationToken cancellationToken)
    {
        var durable = Task.Run(() => SparseFile.Sync(file), cancellationToken);
        var digest = await DigestAsync(file, cancellationToken);
        await durable;
        return new(plan.Recipe.Platform, plan.Path, ByteSize.FromBytes(new FileInfo(file).Length), digest, Unchanged: false);
    }

    private static async Task<Digest> DigestAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Digest.FromHash(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private static Digest Settings(Architecture architecture) =>
        Digest.Of($"{architecture} {string.Join(' ', SysrootBuilder.KernelArguments)} reserve={Workbench.RootReserve.Bytes}");

    /// <summary>Keeps the disks of the last few commits; a disk that somebody works on is left alone.</summary>
    private async Task PruneAsync(string images, string current, CancellationToken cancellationToken)
    {
        foreach (
            var old in new DirectoryInfo(images)
                .EnumerateDirectories()
                .Where(d => d.FullName != current)
                .OrderByDescending(d => d.LastWriteTimeUtc)
                .Skip(KeptDisks - 1)
                .ToArray()
        )
        {
            using var held = await FileLock.TryAcquireAsync(LockOf(old.FullName), time, cancellationToken);
            if (held is not null)
            {
                Workbench.Forget(old.FullName);
            }
        }
    }

    /// <summary>Removes the images that killed runs left half-written; the build's lock is held.</summary>
    private static void Sweep(BuildRecords build)
    {
        foreach (var file in Directory.EnumerateFiles(build.Directory, $".{build.Name}-{build.Id}-*.tmp*").ToArray())
        {
            File.Delete(file);
        }
    }

    private static string LockOf(string directory) => directory + ".lock";

    private void Waiting(string holder) => reporter.Note($"waiting for {holder}");
}

/// <summary>One image to make or to keep.</summary>
internal sealed record Plan(PlatformRecipe Recipe, StepInputs Inputs, Compression Compression, string Path)
{
    /// <summary>The image, once it is there.</summary>
    public Artifact? Existing { get; init; }
}
