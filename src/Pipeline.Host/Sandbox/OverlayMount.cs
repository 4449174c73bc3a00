using System.Globalization;
using System.Text;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// A writable view of read-only directories: overlayfs, mounted in the mount namespace of <see cref="UserNamespace"/>. What is written goes
/// to the upper directory; the lower ones keep every byte. Unmounted when disposed, or by the kernel when the process ends.
/// </summary>
public sealed class OverlayMount : IDisposable
{
    /// <summary>The kernel takes one page of options and cuts off the rest.</summary>
    private const int MostOptions = 4096;

    private bool _mounted = true;

    private OverlayMount(string path) => Path = path;

    /// <summary>The mount point.</summary>
    public string Path { get; }

    /// <summary>Mounts, or returns <c>null</c> when this kernel or file system has no overlay for us; the caller then copies.</summary>
    /// <param name="lower">Read-only directories, topmost first.</param>
    /// <param name="upper">Directory that receives changes.</param>
    /// <param name="work">Empty directory on the same file system as <paramref name="upper"/>.</param>
    /// <param name="point">Where to mount; made when missing.</param>
    public static OverlayMount? TryMount(IEnumerable<string> lower, string upper, string work, string point)
    {
        Directory.CreateDirectory(upper);
        Directory.CreateDirectory(work);
        Directory.CreateDirectory(point);
        var options =
            $"lowerdir={string.Join(':', lower.Select(p => Escape(p, colon: true)))}"
            + $",upperdir={Escape(upper)},workdir={Escape(work)},userxattr";
        return Encoding.UTF8.GetByteCount(options) < MostOptions && Libc.mount("overlay", point, "overlay", 0, options) == 0
            ? new(point)
            : null;
    }

    /// <summary>
    /// A path as an option of overlayfs: commas end options, and colons end a lower directory; a backslash takes the next character as it
    /// is (Linux, Documentation/filesystems/overlayfs.rst and fs/overlayfs/params.c).
    /// </summary>
    private static string Escape(string path, bool colon = false)
    {
        var text = path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);
        return colon ? text.Replace(":", "\\:", StringComparison.Ordinal) : text;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_mounted)
        {
            _mounted = false;
            if (Libc.umount2(Path, 0) != 0)
            {
                // A straggler holds it: take it out of sight now, the kernel frees it with the last user.
                _ = Libc.umount2(Path, Libc.Detach);
            }
        }
    }
}

/// <summary>
/// A file system in memory, mounted in the mount namespace of <see cref="UserNamespace"/>. The kernel frees it even when we are killed.
/// </summary>
public sealed class MemoryMount : IDisposable
{
    private readonly string _path;

    private MemoryMount(string path) => _path = path;

    /// <summary>Mounts over a directory, or returns <c>null</c> when we may not.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="size">Most bytes it may hold.</param>
    public static MemoryMount? TryMount(string path, long size) =>
        Libc.mount("pipeline", path, "tmpfs", 0, string.Create(CultureInfo.InvariantCulture, $"size={size},mode=0755")) == 0
            ? new(path)
            : null;

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.umount2(_path, Libc.Detach);
}
