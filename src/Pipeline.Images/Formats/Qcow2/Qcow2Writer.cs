using Pipeline.Host.Tools;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Qcow2;

/// <summary>
/// qcow2 by qemu-img: clusters of zeros are left out and the others written in ascending order, so equal disks make equal files.
/// </summary>
/// <param name="tools">Starts qemu-img.</param>
/// <param name="compressed">Whether clusters are compressed with zlib.</param>
internal sealed class Qcow2Writer(IToolRunner tools, bool compressed) : IDiskWriter
{
    /// <inheritdoc/>
    public DiskFormat Format => compressed ? DiskFormat.CompressedQcow2 : DiskFormat.Qcow2;

    /// <inheritdoc/>
    public StepTools Tools { get; } = new([new("qemu-img", "qemu-utils")], []);

    /// <inheritdoc/>
    public Task WriteAsync(string raw, string target, CancellationToken cancellationToken)
    {
        string[] options = ["-O", "qcow2", "-o", "compat=1.1", .. compressed ? ["-c"] : Array.Empty<string>()];
        return tools.RunAsync(
            new("qemu-img", ["convert", "-f", "raw", .. options, raw, target]) { MissingHint = "install the package 'qemu-utils'" },
            cancellationToken
        );
    }
}
