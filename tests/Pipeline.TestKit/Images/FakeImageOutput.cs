using Pipeline.Host.Builds;
using Pipeline.Images.Outputs;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Images;

/// <summary>Makes two artifacts from the commit, one of them compressed: a kernel and a root file system of a fake medium.</summary>
/// <param name="prefix">Stands before both file names.</param>
/// <param name="version">An input: another version makes other bytes.</param>
internal sealed class FakeImageOutput(string prefix, int version = 1) : IImageOutput
{
    /// <inheritdoc/>
    public string Name => "fake-live";

    /// <inheritdoc/>
    public StepInputs Inputs => new("image-fake-live", version, [new("commit", Digest.Of(FakeImageSource.Checksum))]);

    /// <inheritdoc/>
    public ValueList<PlannedArtifact> Artifacts =>
        [
            new("fake-kernel", "metal", $"{prefix}-fake-kernel.x86_64", Compression.None),
            new("fake-rootfs", "metal", $"{prefix}-fake-rootfs.x86_64.img.gz", Compression.Gzip),
        ];

    /// <summary>How often it was made.</summary>
    public int Calls { get; private set; }

    /// <inheritdoc/>
    public async Task MakeAsync(IImageSource source, IReadOnlyList<string> targets, CancellationToken cancellationToken)
    {
        Calls++;
        var scratch = Directory.CreateTempSubdirectory("fake-output");
        try
        {
            var commit = await source.CommitAsync(scratch.FullName, cancellationToken);
            var content = await File.ReadAllTextAsync(Path.Combine(commit.Repository, "content"), cancellationToken);
            for (var i = 0; i < targets.Count; i++)
            {
                await File.WriteAllTextAsync(targets[i], $"{Artifacts[i].Name} {version} {commit.Checksum}\n{content}", cancellationToken);
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }
}
