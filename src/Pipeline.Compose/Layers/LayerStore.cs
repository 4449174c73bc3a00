using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Layers;

/// <summary>Unpacked packages by the digest of their file, for one id map.</summary>
internal sealed class LayerStore
{
    private const string Unsure = ".new";
    private readonly string _root;
    private readonly IPackageReader _reader;
    private readonly TimeProvider _time;

    /// <summary>
    /// Opens <c>cache/layers/&lt;map key&gt;</c>, and removes what killed runs left; one at a time does, the compose lock says.
    /// </summary>
    /// <param name="root">The directory.</param>
    /// <param name="reader">Takes the packages apart.</param>
    /// <param name="time">The clock for the parts of a step.</param>
    public LayerStore(string root, IPackageReader reader, TimeProvider time)
    {
        (_root, _reader, _time) = (root, reader, time);
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Objects = new(Path.Combine(root, "objects"));
        Objects.CleanTemporary();
        foreach (var file in Directory.EnumerateFiles(root, "*" + Unsure).ToArray())
        {
            File.Delete(file);
        }
    }

    /// <summary>The files of all packages.</summary>
    public LayerObjects Objects { get; }

    /// <summary>
    /// The layers of <paramref name="packages"/> in their order; those missing are unpacked, one package per processor at a time.
    /// </summary>
    /// <param name="packages">What was locked.</param>
    /// <param name="fileOf">The package file of each.</param>
    /// <param name="beforeUnpacking">Called with the bytes of the package files that are to be unpacked; may throw.</param>
    /// <param name="step">Receives the progress.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="PipelineException">
    /// PL2001–PL2005 (class 5), for every refused package at once; nothing of those is kept.
    /// </exception>
    public async Task<IReadOnlyList<PackageLayer>> EnsureAsync(
        IReadOnlyList<LockedPackage> packages,
        Func<LockedPackage, string> fileOf,
        Action<long> beforeUnpacking,
        IStep step,
        CancellationToken cancellationToken
    )
    {
        var found = new Layer?[packages.Count];
        await Parallel.ForAsync(
            0,
            packages.Count,
            cancellationToken,
            (i, _) =>
            {
                found[i] = TryRead(packages[i].Digest);
                return ValueTask.CompletedTask;
            }
        );
        var missing = Enumerable.Range(0, packages.Count).Where(i => found[i] is null).OrderByDescending(i => packages[i].Size).ToArray();
        if (missing.Length > 0)
        {
            beforeUnpacking(missing.Sum(i => packages[i].Size));
            await UnpackAsync(packages, fileOf, missing, found, step, cancellationToken);
        }

        step.Done($"{packages.Count} packages, {packages.Count - missing.Length} cached");
        return [.. packages.Select((p, i) => new PackageLayer(p, found[i]!))];
    }

    private async Task UnpackAsync(
        IReadOnlyList<LockedPackage> packages,
        Func<LockedPackage, string> fileOf,
        int[] missing,
        Layer?[] found,
        IStep step,
        CancellationToken cancellationToken
    )
    {
        var problems = new DiagnosticBag();
        var writers = new ObjectWriter?[packages.Count];
        try
        {
            await UnpackAsync(packages, fileOf, missing, found, writers, problems, step, cancellationToken);

            // No object may have its name, and no manifest may be seen, before the bytes are durable; also those of packages that others
            // refuse to stand beside.
            AtomicFile.SyncFileSystem(_root);
            foreach (var i in missing.Where(i => found[i] is not null))
            {
                writers[i]!.Commit();
                UnixFile.Rename(FileOf(packages[i].Digest) + Unsure, FileOf(packages[i].Digest));
            }
        }
        finally
        {
            foreach (var i in missing)
            {
                writers[i]?.Dispose();
                File.Delete(FileOf(packages[i].Digest) + Unsure);
            }
        }

        problems.ThrowIfErrors();
    }

    private async Task UnpackAsync(
        IReadOnlyList<LockedPackage> packages,
        Func<LockedPackage, string> fileOf,
        int[] missing,
        Layer?[] found,
        ObjectWriter?[] writers,
        DiagnosticBag problems,
        IStep step,
        CancellationToken cancellationToken
    )
    {
        var done = 0;
        var next = -1;
        var workers = Enumerable
            .Range(0, Math.Min(Environment.ProcessorCount, missing.Length))
            .Select(thread =>
                Task.Factory.StartNew(
                    () =>
                    {
                        int taken;
                        while ((taken = Interlocked.Increment(ref next)) < missing.Length)
                        {
                            cancellationToken.ThrowIfCancellationRequested();
                            var i = missing[taken];
                            var started = _time.GetTimestamp();
                            writers[i] = Objects.NewWriter();
                            found[i] = Unpack(packages[i], fileOf(packages[i]), writers[i]!, problems, cancellationToken);
                            step.Part(thread, packages[i].Name, _time.GetElapsedTime(started));
                            step.Progress(Interlocked.Increment(ref done), missing.Length, packages[i].Name, "packages");
                        }
                    },
                    cancellationToken,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            )
            .ToArray();
        await Task.WhenAll(workers);
    }

    private Layer? Unpack(
        LockedPackage package,
        string file,
        ObjectWriter writer,
        DiagnosticBag problems,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            var digest = Digest.FromHash(SHA256.HashData(stream));
            if (digest != package.Digest)
            {
                Add(LayerDiagnostics.WrongDigest(package.Name, package.Digest, digest));
                return null;
            }

            var layer = _reader.Read(stream, writer, LayerLimits.Default, cancellationToken);
            File.WriteAllBytes(FileOf(package.Digest) + Unsure, JsonSerializer.SerializeToUtf8Bytes(layer, LayerJson.Default.Layer));
            return layer;
        }
        catch (BadPackageException e)
        {
            Add(LayerDiagnostics.Refused(package.Name, e));
            return null;
        }

        void Add(Diagnostic diagnostic)
        {
            lock (problems)
            {
                problems.Add(diagnostic);
            }
        }
    }

    private Layer? TryRead(Digest package)
    {
        var file = FileOf(package);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            var layer = JsonSerializer.Deserialize(RegularFile.Read(file), LayerJson.Default.Layer);
            if (layer?.Format != Layer.CurrentFormat)
            {
                return null;
            }

            CacheFiles.Touch(file, _time);
            return layer;
        }
        catch (JsonException)
        {
            return null; // Damaged by whatever: unpacking again repairs it.
        }
    }

    private string FileOf(Digest package) => Path.Combine(_root, package.Hex + ".json");
}
