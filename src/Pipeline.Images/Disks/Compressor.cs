using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Disks;

/// <summary>
/// Compresses finished images. The number of threads does not change the bytes: xz and zstd always cut the input into the same blocks.
/// </summary>
internal sealed class Compressor(IToolRunner tools)
{
    /// <summary>Writes <paramref name="source"/> compressed to <paramref name="target"/>; the source stays.</summary>
    public async Task CompressAsync(string source, string target, Compression compression, CancellationToken cancellationToken)
    {
        // xz has one format for one thread and another for more.
        var threads = Math.Max(2, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture);
        string[] arguments = compression switch
        {
            Compression.Xz => ["--format=xz", "-6", $"--threads={threads}", "--no-adjust", "--stdout", source],
            Compression.Gzip => ["--no-name", "-6", "--stdout", source],
            Compression.Zstd => ["-q", "-10", $"-T{threads}", "--no-progress", "--stdout", source],
            _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, "not a compressor of images"),
        };
        var (program, package) = Tools(compression).Programs[0];
        await tools.RunAsync(
            new(program, [.. arguments]) { OutputFile = target, MissingHint = $"install the package '{package}'" },
            cancellationToken
        );
    }

    /// <summary>The program that decides the bytes.</summary>
    public static StepTools Tools(Compression compression) =>
        compression switch
        {
            Compression.Xz => new([new("xz", "xz-utils")], []),
            Compression.Gzip => new([new("gzip", "gzip")], []),
            Compression.Zstd => new([new("zstd", "zstd")], []),
            _ => StepTools.None,
        };
}
