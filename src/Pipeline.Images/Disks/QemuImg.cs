using Pipeline.Host.Tools;
using Pipeline.Images.Recipes;

namespace Pipeline.Images.Disks;

/// <summary>qemu-img: turns raw disks into other formats.</summary>
internal sealed class QemuImg(IToolRunner tools)
{
    /// <summary>Writes <paramref name="raw"/> in <paramref name="format"/>; clusters of zeros are left out, in ascending order, so equal disks make equal files.</summary>
    public Task ConvertAsync(string raw, string target, DiskFormat format, CancellationToken cancellationToken)
    {
        string[] options = format switch
        {
            DiskFormat.Qcow2 => ["-O", "qcow2", "-o", "compat=1.1"],
            DiskFormat.CompressedQcow2 => ["-O", "qcow2", "-o", "compat=1.1", "-c"],
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "not a format of qemu-img here"),
        };
        return tools.RunAsync(
            new("qemu-img", ["convert", "-f", "raw", .. options, raw, target]) { MissingHint = "install the package 'qemu-utils'" },
            cancellationToken
        );
    }
}
