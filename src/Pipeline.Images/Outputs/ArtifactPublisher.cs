using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Records;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>
/// Runs an output beside the build, compresses what it made, moves it into place and notes it. Files under way have hidden names; what a
/// killed run leaves of them is removed by the next one.
/// </summary>
/// <param name="tools">Starts compressors.</param>
/// <param name="reporter">Shows each step.</param>
/// <param name="time">Clock for durations.</param>
/// <param name="build">The build, whose lock is held.</param>
internal sealed class ArtifactPublisher(IToolRunner tools, IReporter reporter, TimeProvider time, BuildRecords build)
{
    /// <summary>Removes the artifacts that killed runs left half-written.</summary>
    public void Sweep()
    {
        foreach (var file in Directory.EnumerateFiles(build.Directory, $".{build.Name}-{build.Id}-*.tmp*").ToArray())
        {
            File.Delete(file);
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
            await output.MakeAsync(source, temporary, cancellationToken);
            var made = new List<Artifact>();
            foreach (var (planned, file) in output.Artifacts.Zip(temporary))
            {
                made.Add(await CompressAsync(planned, file, cancellationToken));
            }

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

    private async Task<Artifact> CompressAsync(PlannedArtifact planned, string file, CancellationToken cancellationToken)
    {
        var artifact = await NoteAsync(planned, file, cancellationToken);
        if (planned.Compression == Compression.None)
        {
            return artifact;
        }

        using var step = reporter.Step("compress");
        Preflight.Require(build.Directory, ByteSize.FromBytes(SparseFile.Stored(file) / 2), "the compressed image");
        await new Compressor(tools).CompressAsync(file, Compressed(file), planned.Compression, cancellationToken);
        var compressed = await NoteAsync(planned, Compressed(file), cancellationToken);
        File.Move(Compressed(file), file, overwrite: true);
        step.Done();
        return compressed with { UncompressedDigest = artifact.Digest, UncompressedSize = artifact.Size };
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
        await build.AddAsync(artifacts, output.Inputs, elapsed, cancellationToken);
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
