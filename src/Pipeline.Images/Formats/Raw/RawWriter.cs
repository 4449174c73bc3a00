using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Model.Platforms;

namespace Pipeline.Images.Formats.Raw;

/// <summary>The disk as it is: shares blocks with the source where the file system can, and keeps holes.</summary>
internal sealed class RawWriter : IDiskWriter
{
    /// <inheritdoc/>
    public DiskFormat Format => DiskFormat.Raw;

    /// <inheritdoc/>
    public StepTools Tools => StepTools.None;

    /// <inheritdoc/>
    public Task WriteAsync(string raw, string target, CancellationToken cancellationToken) =>
        Task.Run(() => SparseFile.Copy(raw, target, cancellationToken), cancellationToken);
}
