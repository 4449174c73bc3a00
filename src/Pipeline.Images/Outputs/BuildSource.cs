using Pipeline.Host.Archives;
using Pipeline.Host.Builds;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Commits;
using Pipeline.Images.Disks;
using Pipeline.Images.Recipes;
using Pipeline.Images.Records;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>
/// The commit of a build. Its disk is opened or made when the first output asks for it, kept in <c>cache/images/</c> for later runs, and
/// locked as long as this object lives.
/// </summary>
internal sealed class BuildSource : IImageSource, IDisposable
{
    private const int KeptDisks = 3;
    private const string DiskStep = "image-disk";
    private const int DiskVersion = 1;

    private readonly IReporter _reporter;
    private readonly TimeProvider _time;
    private readonly BuildRecords _build;
    private readonly StepInputs _inputs;
    private readonly string _images;
    private readonly string _directory;
    private readonly Workbench _workbench;
    private readonly (bool Force, bool Wait) _mode;
    private readonly SemaphoreSlim _one = new(1);
    private FileLock? _held;
    private bool _fresh;

    /// <summary>A source that has done nothing yet.</summary>
    /// <param name="tools">Starts programs.</param>
    /// <param name="reporter">Shows each step.</param>
    /// <param name="time">Clock for lock notes.</param>
    /// <param name="build">The build.</param>
    /// <param name="loader">The architecture's boot loader.</param>
    /// <param name="inputs">What decides the disk's bytes.</param>
    /// <param name="cache">The work directory's cache.</param>
    /// <param name="mode">Whether the disk is made again in any case, and whether to wait for another process that works on it.</param>
    public BuildSource(
        IToolRunner tools,
        IReporter reporter,
        TimeProvider time,
        BuildRecords build,
        IBootLoader loader,
        StepInputs inputs,
        string cache,
        (bool Force, bool Wait) mode
    )
    {
        (_reporter, _time, _build, _inputs, _mode) = (reporter, time, build, inputs, mode);
        _images = ImagesOf(cache);
        _directory = Path.Combine(_images, $"{inputs.Digest.Hex}-{UserNamespace.MapKey ?? "host"}");
        _workbench = new(tools, reporter, loader, _directory);
    }

    /// <summary>What decides the bytes of the disk that all platforms share.</summary>
    /// <param name="commit">Checksum of the commit.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="tools">Digests of the programs and of the boot loader's files.</param>
    public static StepInputs InputsOf(string commit, Architecture architecture, IEnumerable<StepInput> tools) =>
        new(
            DiskStep,
            DiskVersion,
            [
                new("commit", Digest.Parse(commit)),
                new(
                    "settings",
                    Digest.Of($"{architecture} {string.Join(' ', SysrootBuilder.KernelArguments)} reserve={Workbench.RootReserve.Bytes}")
                ),
                .. tools,
            ]
        );

    /// <summary>Where the disks of all commits are.</summary>
    /// <param name="cache">The work directory's cache.</param>
    public static string ImagesOf(string cache) => Path.Combine(cache, "images");

    /// <summary>Removes disks. One that somebody works on is left alone.</summary>
    public static async Task ForgetAsync(IEnumerable<string> disks, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var disk in disks.ToArray())
        {
            using var held = await FileLock.TryAcquireAsync(LockOf(disk), time, cancellationToken);
            if (held is not null)
            {
                Workbench.Forget(disk);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<ExtractedCommit> CommitAsync(string directory, CancellationToken cancellationToken)
    {
        var archive = _build.Archive;
        var actual = await FileDigest.OfAsync(archive.Path, cancellationToken);
        if (actual != archive.Digest)
        {
            throw new PipelineException(ImageDiagnostics.CommitDigest(archive.Path, archive.Digest, actual));
        }

        return await CommitArchiveReader.ExtractAsync(archive.Path, directory, _build.Commit, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DiskView> DiskAsync(DiskRecipe recipe, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_held is null)
            {
                Directory.CreateDirectory(_images);
                _held = await FileLock.AcquireAsync(LockOf(_directory), _mode.Wait, Waiting, _time, cancellationToken);
                await SweepAsync(cancellationToken);
                _fresh = _mode.Force || !_workbench.TryOpen();
                if (_fresh)
                {
                    await MakeDiskAsync(cancellationToken);
                }
                else
                {
                    CacheFiles.Touch(_directory, _time);
                }
            }

            return await _workbench.StampAsync(recipe, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Keeps a disk that was made here for later runs, when all went well, and removes the oldest ones.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        if (_fresh)
        {
            await _workbench.KeepAsync(_inputs, cancellationToken);
            _fresh = false;
            await PruneAsync(cancellationToken);
        }
    }

    /// <summary>Leaves the disk to others; one that was made here and not kept, because something failed, is removed.</summary>
    public void Dispose()
    {
        if (_fresh)
        {
            Workbench.Forget(_directory);
        }

        _held?.Dispose();
        _one.Dispose();
    }

    private async Task MakeDiskAsync(CancellationToken cancellationToken)
    {
        // The one place that needs to give files away: everything below runs as root or inside a user namespace.
        Preflight.RequireOwnership();
        var estimate = ByteSize.FromBytes(checked(_build.Archive.Size.Bytes * 5));
        Preflight.Require(_images, estimate, "an image");
        await _workbench.MakeAsync(CommitAsync, estimate, cancellationToken);
    }

    /// <summary>Removes the disks that killed runs left unfinished.</summary>
    private Task SweepAsync(CancellationToken cancellationToken) =>
        ForgetAsync(Others().Select(d => d.FullName).Where(d => !Workbench.IsFinished(d)), _time, cancellationToken);

    /// <summary>Keeps the disks of the last few commits.</summary>
    private Task PruneAsync(CancellationToken cancellationToken) =>
        ForgetAsync(
            Others().OrderByDescending(d => d.LastWriteTimeUtc).Skip(KeptDisks - 1).Select(d => d.FullName),
            _time,
            cancellationToken
        );

    private IEnumerable<DirectoryInfo> Others() => new DirectoryInfo(_images).EnumerateDirectories().Where(d => d.FullName != _directory);

    private static string LockOf(string directory) => directory + ".lock";

    private void Waiting(string holder) => _reporter.Note($"waiting for {holder}");
}
