using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Host.Tools;

/// <summary>
/// <c>/etc/ld.so.cache</c>: where the loader finds libraries by name. One name may have several places, for other machines or newer
/// processors (glibc's <c>dl-cache.h</c>, format "glibc-ld.so.cache1.1").
/// </summary>
internal static class LoaderCache
{
    private const int HeaderSize = 48;
    private const int EntrySize = 24;

    /// <summary>Places by name; empty for a file of another format, then only the usual folders are searched.</summary>
    public static ILookup<string, string> Parse(byte[] file)
    {
        var start = file.AsSpan().IndexOf("glibc-ld.so.cache1.1"u8);
        return start < 0
            ? Array.Empty<(string, string)>().ToLookup(e => e.Item1, e => e.Item2)
            : Entries(file[start..]).ToLookup(e => e.Name, e => e.Path, StringComparer.Ordinal);
    }

    private static List<(string Name, string Path)> Entries(byte[] cache)
    {
        var entries = new List<(string, string)>();
        if (cache.Length < HeaderSize)
        {
            return entries;
        }

        var count = Number(cache, 20);
        for (var i = 0; i < count && HeaderSize + (long)(i + 1) * EntrySize <= cache.Length; i++)
        {
            var at = HeaderSize + i * EntrySize;
            entries.Add((Text(cache, Number(cache, at + 4)), Text(cache, Number(cache, at + 8))));
        }

        return entries;
    }

    /// <summary>Numbers are in the byte order of the machine that the cache belongs to, which is this one.</summary>
    private static long Number(byte[] cache, int at) =>
        BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(cache.AsSpan(at))
            : BinaryPrimitives.ReadUInt32BigEndian(cache.AsSpan(at));

    private static string Text(byte[] cache, long at)
    {
        if (at >= cache.Length)
        {
            return "";
        }

        var rest = cache.AsSpan((int)at);
        var length = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(length < 0 ? rest : rest[..length]);
    }
}
