using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Host.Archives;
using Pipeline.Host.Files;
using Pipeline.Images.Live.Areas;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Live.Making;

/// <summary>
/// The two initramfs images of live media. <c>rootfs.img</c> is an uncompressed archive that begins with the root file system's image, so
/// that it can be mounted where it is. The initramfs of the OS gets a second archive behind it that makes it the one of a live system.
/// </summary>
/// <param name="version">The build, which both images name, so that one of another build is noticed.</param>
internal sealed class LiveInitrds(string version)
{
    /// <summary>Bytes that are verified at a time.</summary>
    public const int Block = 2 << 20;

    private const int Open = 0b111_101_101;
    private const int Plain = 0b110_100_100;

    // The media are read-only: ostree must not expect that it can make them writable.
    private const string PrepareRoot = "[sysroot]\nreadonly = false\n\n[composefs]\nenabled = no\n";

    /// <summary>What the live system can do.</summary>
    public static byte[] Features { get; } =
        Encoding.UTF8.GetBytes("{\"installer-config\":false,\"installer-config-directives\":{},\"live-initrd-network\":false}\n");

    /// <summary>Writes the root file system's archive.</summary>
    /// <exception cref="PipelineException">PL3024 it is larger than an archive can hold.</exception>
    public async Task WriteRootAsync(string image, string target, CancellationToken cancellationToken)
    {
        await using var content = RegularFile.OpenStream(image);
        if (content.Length > uint.MaxValue)
        {
            throw new PipelineException(ImageDiagnostics.LiveTooLarge(content.Length));
        }

        await using var stream = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        var writer = new CpioWriter(stream);
        await writer.AddFileAsync("root.squashfs", Plain, content, content.Length, cancellationToken);
        writer.AddDirectory("etc", Open);
        writer.AddFile("etc/coreos-live-rootfs", Plain, Line(version));
        writer.Finish();
    }

    /// <summary>Writes the initramfs.</summary>
    /// <param name="initramfs">That of the OS.</param>
    /// <param name="root">The root file system's archive.</param>
    /// <param name="target">A new file.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task WriteInitramfsAsync(string initramfs, string root, string target, CancellationToken cancellationToken)
    {
        const int alignment = 4; // Linux looks for an uncompressed archive only there
        await using var stream = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        await using (var os = RegularFile.OpenStream(initramfs))
        {
            await os.CopyToAsync(stream, cancellationToken);
        }

        stream.Write(new byte[(int)(-stream.Position & (alignment - 1))]);
        var writer = new CpioWriter(stream);
        writer.AddDirectory("etc", Open);
        writer.AddDirectory("etc/coreos", Open);
        writer.AddFile(OsFeatures.InInitrd, Plain, Features);
        writer.AddFile("etc/coreos-live-initramfs", Plain, Line(version));
        writer.AddFile("etc/coreos-live-want-rootfs", Plain, await HashesAsync(root, cancellationToken));
        writer.AddDirectory("usr", Open);
        writer.AddDirectory("usr/lib", Open);
        writer.AddDirectory("usr/lib/ostree", Open);
        writer.AddFile("usr/lib/ostree/prepare-root.conf", Plain, Line(PrepareRoot.TrimEnd('\n')));
        writer.Finish();
    }

    /// <summary>The digest of each block, so that a download can be verified piece by piece.</summary>
    private static async Task<byte[]> HashesAsync(string root, CancellationToken cancellationToken)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"stream-hash sha256 {Block}\n");
        await using var stream = RegularFile.OpenStream(root);
        var buffer = new byte[Block];
        for (int read; (read = await stream.ReadAtLeastAsync(buffer, Block, throwOnEndOfStream: false, cancellationToken)) > 0; )
        {
            text.Append(Convert.ToHexStringLower(SHA256.HashData(buffer.AsSpan(0, read)))).Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");
}
