using System.Globalization;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// A writable view of read-only directories: overlayfs, mounted in the mount namespace of <see cref="UserNamespace"/>. What is written goes
/// to the upper directory; the lower ones keep every byte. Unmounted when disposed, or by the kernel when the process ends.
/// </summary>
public sealed class OverlayMount : IDisposable
{
    private bool _mounted = true;

    private OverlayMount(string path) => Path = path;

    /// <summary>The mount point.</summary>
    public string Path { get; }

    /// <summary>Mounts, or returns <c>null</c> when this kernel or file system has no overlay for us; the caller then copies.</summary>
    /// <param name="lower">Read-only directories, topmost first; no <c>:</c>, <c>,</c> or <c>\</c> in their paths.</param>
    /// <param name="upper">Directory that receives changes.</param>
    /// <param name="work">Empty directory on the same file system as <paramref name="upper"/>.</param>
    /// <param name="point">Where to mount; made when missing.</param>
    public static OverlayMount? TryMount(IEnumerable<string> lower, string upper, string work, string point)
    {
        string[] paths = [.. lower];
        if (paths.Append(upper).Append(work).Any(p => p.AsSpan().ContainsAny(':', ',', '\\')))
        {
            return null;
        }

        Directory.CreateDirectory(upper);
        Directory.CreateDirectory(work);
        Directory.CreateDirectory(point);
        return
            Libc.mount("overlay", point, "overlay", 0, $"lowerdir={string.Join(':', paths)},upperdir={upper},workdir={work},userxattr") == 0
            ? new(point)
            : null;
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
