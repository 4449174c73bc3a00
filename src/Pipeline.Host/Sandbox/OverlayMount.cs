using System.Runtime.InteropServices;
using Pipeline.Host.Files;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// A writable view of read-only directories: overlayfs, mounted in the mount namespace of <see cref="UserNamespace"/>. What is written goes to the
/// upper directory; the lower ones keep every byte. Unmounted when disposed, or by the kernel when the process dies.
/// </summary>
public sealed unsafe partial class OverlayMount : IDisposable
{
    private const int Detach = 2;
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
        return mount("overlay", point, "overlay", 0, $"lowerdir={string.Join(':', paths)},upperdir={upper},workdir={work},userxattr") == 0 ? new(point) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_mounted)
        {
            _mounted = false;
            if (umount2(Path, 0) != 0)
            {
                // A straggler holds it: take it out of sight now, the kernel frees it with the last user.
                _ = umount2(Path, Detach);
            }
        }
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);
}
