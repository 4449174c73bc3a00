using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Images.Disks;
using Pipeline.Images.Formats.Raw;
using Pipeline.Images.Packing;
using Pipeline.Images.Records;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>
/// Runs an output beside the build, compresses what it made, moves it into place and notes it. Files under way have hidden names; what a
/// killed run leaves of them is removed by the next one.
/// </summary>
/// <param name="reporter">Shows each step.</param>
/// <param name="time">Clock for durations.</param>
/// <param name="build">The build, whose lock is held.</param>
internal sealed class ArtifactPublisher(IReporter reporter, TimeProvider time, BuildRecords build)
{
    private static readonly SemaphoreSlim Noting = new(1); // meta.json is read, changed and written

    /// <summary>Removes the artifacts that killed runs left half-written.</summary>
    public void Sweep()
    {
        foreach (var file in Directory.EnumerateFiles(build.Directory, $".{build.Name}-{build.Id}-*.tmp*").ToArray())
        {
            File.Delete(file);
        }

        foreach (var directory in Directory.EnumerateDirectories(build.Directory, $".{build.Name}-{build.Id}-*.tmp*").ToArray())
        {
            UnixFile.DeleteTree(directory);
        }
    }

    /// <summary>Makes and publishes all artifacts of <paramref name="output"/>.</summary>
    public async Task<ValueList<Artifact>> PublishAsync(IImageOutput output, IImageSource source, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var temporary = output.Artifacts.Select(a => Path.Combine(build.Directory, $".{a.FileName}.tmp")).ToArray();
        try
        {
            Array.ForEach(temporary, File.Delete);
            var made = output is IStreamedOutput streamed
                ? [await PackAsync(output.Artifacts[0], temporary[0], t => streamed.WriteAsync(source, t, cancellationToken))]
                : await MakeAsync(output, source, temporary, cancellationToken);
            ValueList<Artifact> artifacts = [.. made];
            await FinishAsync(output, artifacts, temporary, time.GetElapsedTime(started), cancellationToken);
            return artifacts;
        }
        finally
        {
            Array.ForEach(temporary, File.Delete);
            Array.ForEach(temporary, t => File.Delete(Compressed(t)));
        }
    }

    /// <summary>Lets an output write its files, then compresses those that are to be.</summary>
    private async Task<List<Artifact>> MakeAsync(
        IImageOutput output,
        IImageSource source,
        string[] temporary,
        CancellationToken cancellationToken
    )
    {
        await output.MakeAsync(source, temporary, cancellationToken);
        var made = new List<Artifact>();
        foreach (var (planned, file) in output.Artifacts.Zip(temporary))
        {
            if (planned.Compression == Compression.None)
            {
                made.Add(await NoteAsync(planned, file, cancellationToken));
                continue;
            }

            using var step = reporter.Step("compress");
            var began = time.GetTimestamp();
            using var plain = DiskView.Open(file);
            Preflight.Require(build.Directory, ByteSize.FromBytes(plain.StoredBytes() / 2), "the compressed image");
            var artifact = await PackAsync(
                planned,
                Compressed(file),
                t =>
                    WriteProgress.FollowAsync(
                        Task.Run(() => RawWriter.Write(plain, t, cancellationToken), cancellationToken),
                        t,
                        planned.FileName,
                        step
                    )
            );
            made.Add(artifact);
            File.Move(Compressed(file), file, overwrite: true);
            step.Done(WriteProgress.Rate(artifact.UncompressedSize ?? artifact.Size, time.GetElapsedTime(began)));
        }

        return made;
    }

    /// <summary>Writes a file through the artifact's compressor, with the digests of what goes in and of what comes out.</summary>
    private async Task<Artifact> PackAsync(PlannedArtifact planned, string path, Func<ImageStream, Task> write)
    {
        using var file = new FileImage(path);
        (ByteSize Size, Digest Digest)? plain = null;
        if (planned.Compression == Compression.None)
        {
            await write(file);
        }
        else
        {
            var member = planned.FileName[..^CompressionSuffix.Of(planned.Compression).Length];
            using var packed = new CompressedImage(file, Codecs.For(planned.Compression, member));
            await write(packed);
            plain = packed.Finish();
        }

        var (size, digest) = file.Finish();
        file.Sync();
        return new()
        {
            Name = planned.Name,
            Platform = planned.Platform,
            Path = Path.Combine(build.Directory, planned.FileName),
            Size = size,
            Digest = digest,
            UncompressedDigest = plain?.Digest,
            UncompressedSize = plain?.Size,
        };
    }

    /// <summary>Moves the finished files into place, then notes them; what another suffix or compression left behind goes away.</summary>
    private async Task FinishAsync(
        IImageOutput output,
        ValueList<Artifact> artifacts,
        string[] temporary,
        TimeSpan elapsed,
        CancellationToken cancellationToken
    )
    {
        var before = artifacts.Select(a => build.Noted(a.Name)?.Path).OfType<string>().ToArray();
        foreach (var (artifact, file) in artifacts.Zip(temporary))
        {
            File.Move(file, artifact.Path, overwrite: true);
        }

        AtomicFile.SyncDirectory(build.Directory);
        await Noting.WaitAsync(cancellationToken);
        try
        {
            ValueList<string> arguments = [.. output.Artifacts.SelectMany(a => a.KernelArguments)];
            await build.AddAsync(artifacts, output.Inputs, arguments, elapsed, cancellationToken);
        }
        finally
        {
            Noting.Release();
        }

        foreach (var old in before.Except(artifacts.Select(a => a.Path)))
        {
            File.Delete(old);
        }
    }

    private async Task<Artifact> NoteAsync(PlannedArtifact planned, string file, CancellationToken cancellationToken)
    {
        var durable = Task.Run(() => SparseFile.Sync(file), cancellationToken);
        var digest = await FileDigest.OfAsync(file, cancellationToken);
        await durable;
        return new()
        {
            Name = planned.Name,
            Platform = planned.Platform,
            Path = Path.Combine(build.Directory, planned.FileName),
            Size = ByteSize.FromBytes(new FileInfo(file).Length),
            Digest = digest,
        };
    }

    private static string Compressed(string temporary) => temporary + ".z";
}
