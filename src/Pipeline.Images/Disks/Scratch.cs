using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Values;

namespace Pipeline.Images.Disks;

/// <summary>
/// Room for tens of thousands of small files that live for seconds. In the user namespace it is memory of its own when there is plenty
/// (creating and deleting them on a busy disk takes longer than everything else together; the kernel frees it even when we are killed),
/// otherwise a directory.
/// </summary>
internal sealed class Scratch : IDisposable
{
    private readonly MemoryMount? _memory;

    private Scratch(string path, MemoryMount? memory) => (Path, _memory) = (path, memory);

    /// <summary>An empty directory.</summary>
    public string Path { get; }

    /// <summary>Makes an empty directory at <paramref name="path"/> for about <paramref name="needed"/>.</summary>
    public static Scratch Make(string path, ByteSize needed)
    {
        Directory.CreateDirectory(path);
        var room = UserNamespace.IsInside ? HostMemory() / 2 : 0;
        return new(path, room >= needed.Bytes ? MemoryMount.TryMount(path, room) : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory?.Dispose();
        UnixFile.DeleteTree(Path);
    }

    /// <summary>Bytes of memory that can be taken now.</summary>
    public static long HostMemory() => Memory("/proc/meminfo", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current");

    /// <summary>Bytes of memory that can be taken without swapping, within the limit of our control group.</summary>
    internal static long Memory(string memoryInfo, string limitFile, string usedFile)
    {
        var line = File.ReadLines(memoryInfo).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        var available =
            line is not null
            && long.TryParse(
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var kibibytes
            )
                ? kibibytes * 1024
                : 0;
        return Number(limitFile) is { } limit ? Math.Clamp(limit - (Number(usedFile) ?? 0), 0, available) : available;
    }

    private static long? Number(string file) =>
        File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
