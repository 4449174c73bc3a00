using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Images.Recipes;

namespace Pipeline.Images.Disks;

/// <summary>Compresses finished images. The number of threads does not change the bytes: xz and zstd always cut the input into the same blocks.</summary>
internal sealed class Compressor(IToolRunner tools)
{
    /// <summary>Writes <paramref name="source"/> compressed to <paramref name="target"/>; the source stays.</summary>
    public async Task CompressAsync(string source, string target, Compression compression, CancellationToken cancellationToken)
    {
        // xz has one format for one thread and another for more.
        var threads = Math.Max(2, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture);
        var (program, arguments, package) = compression switch
        {
            Compression.Xz => ("xz", new[] { "--format=xz", "-6", $"--threads={threads}", "--no-adjust", "--stdout", source }, "xz-utils"),
            Compression.Gzip => ("gzip", ["--no-name", "-6", "--stdout", source], "gzip"),
            Compression.Zstd => ("zstd", ["-q", "-10", $"-T{threads}", "--no-progress", "--stdout", source], "zstd"),
            _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, "not a compressor of images"),
        };
        await tools.RunAsync(
            new(program, [.. arguments]) { OutputFile = target, MissingHint = $"install the package '{package}'" },
            cancellationToken
        );
    }
}
