using System.Buffers.Binary;
using System.Text;

namespace Pipeline.TestKit.Live;

/// <summary>Writes small ISO 9660 images, plain or with names of Rock Ridge, whole enough for Linux to mount them.</summary>
public sealed class TinyIso
{
    /// <summary>Bytes of a sector.</summary>
    public const int Sector = 2048;
    private const int Root = 20;

    /// <summary>Stands for the first record of the root, which says that there are names of Rock Ridge (SUSP, entry SP).</summary>
    private const string Self = ".";
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>The volume's name.</summary>
    public string VolumeId { get; init; } = "TINY";

    /// <summary>Whether names are written a second time as they are.</summary>
    public bool RockRidge { get; init; } = true;

    /// <summary>Where each file is, after <see cref="Build"/>.</summary>
    public Dictionary<string, int> Offsets { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a file; directories come by themselves.</summary>
    public TinyIso Add(string path, byte[] content)
    {
        _files.Add(path, content);
        return this;
    }

    /// <summary>Adds a file with text.</summary>
    public TinyIso Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    /// <summary>The image.</summary>
    public byte[] Build()
    {
        var directories = Directories();
        var places = directories.Select((d, n) => (d, Sector: Root + n)).ToDictionary(p => p.d, p => p.Sector, StringComparer.Ordinal);
        var next = Root + directories.Count;
        foreach (var (path, content) in _files)
        {
            Offsets[path] = next * Sector;
            next += Math.Max(1, (content.Length + Sector - 1) / Sector);
        }

        var image = new byte[next * Sector];
        Descriptors(image, places[""], next);
        foreach (var directory in directories)
        {
            WriteDirectory(image.AsSpan(places[directory] * Sector, Sector), directory, directories, places);
        }

        foreach (var (path, content) in _files)
        {
            content.CopyTo(image, Offsets[path]);
        }

        return image;
    }

    /// <summary>Cut to eight letters, a dot and three, as the first level of ISO 9660 asks for.</summary>
    public static string ShortName(string name)
    {
        var dot = name.LastIndexOf('.');
        var (front, back) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
        return $"{front[..Math.Min(8, front.Length)]}.{back[..Math.Min(3, back.Length)]}".ToUpperInvariant().Replace('-', '_');
    }

    /// <summary>The root first.</summary>
    private List<string> Directories()
    {
        var all = new SortedSet<string>(StringComparer.Ordinal) { "" };
        foreach (var path in _files.Keys)
        {
            for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
            {
                all.Add(path[..slash]);
            }
        }

        return [.. all];
    }

    private void Descriptors(byte[] image, int root, int sectors)
    {
        var primary = image.AsSpan(16 * Sector, Sector);
        primary[0] = 1;
        "CD001"u8.CopyTo(primary[1..]);
        primary[6] = 1;
        primary.Slice(8, 64).Fill((byte)' ');
        Encoding.ASCII.GetBytes(VolumeId).CopyTo(primary[40..]);
        Both(primary[80..], sectors);
        BothShort(primary[120..], 1);
        BothShort(primary[124..], 1);
        BothShort(primary[128..], Sector);
        Record(primary[156..], [0], root, Sector, directory: true, "");
        primary[881] = 1;
        var end = image.AsSpan(17 * Sector, Sector);
        end[0] = 255;
        "CD001"u8.CopyTo(end[1..]);
        end[6] = 1;
    }

    private void WriteDirectory(Span<byte> sector, string directory, List<string> directories, Dictionary<string, int> places)
    {
        var parent = directory.Contains('/', StringComparison.Ordinal) ? directory[..directory.LastIndexOf('/')] : "";
        var at = Record(sector, [0], places[directory], Sector, directory: true, directory.Length == 0 ? Self : "");
        at += Record(sector[at..], [1], places[parent], Sector, directory: true, "");
        var prefix = directory.Length == 0 ? "" : directory + "/";
        bool IsIn(string path) =>
            path.Length > prefix.Length && path.StartsWith(prefix, StringComparison.Ordinal) && path.IndexOf('/', prefix.Length) < 0;
        foreach (var child in directories.Where(IsIn))
        {
            var name = child[prefix.Length..];
            var plain = Encoding.ASCII.GetBytes(ShortName(name).TrimEnd('.'));
            at += Record(sector[at..], plain, places[child], Sector, directory: true, name);
        }

        foreach (var (path, content) in _files.Where(f => IsIn(f.Key)))
        {
            var name = path[prefix.Length..];
            var plain = Encoding.ASCII.GetBytes(ShortName(name) + ";1");
            at += Record(sector[at..], plain, Offsets[path] / Sector, content.Length, directory: false, name);
        }
    }

    private int Record(Span<byte> at, ReadOnlySpan<byte> name, int sector, int length, bool directory, string posix)
    {
        byte[] system =
            !RockRidge || posix.Length == 0 ? []
            : posix == Self ? [(byte)'S', (byte)'P', 7, 1, 0xbe, 0xef, 0]
            : [(byte)'N', (byte)'M', (byte)(5 + posix.Length), 1, 0, .. Encoding.UTF8.GetBytes(posix)];
        var padded = 33 + name.Length + ((name.Length & 1) == 0 ? 1 : 0);
        var size = padded + system.Length + (system.Length & 1);
        at[0] = (byte)size;
        Both(at[2..], sector);
        Both(at[10..], length);
        at[25] = directory ? (byte)2 : (byte)0;
        BothShort(at[28..], 1);
        at[32] = (byte)name.Length;
        name.CopyTo(at[33..]);
        system.CopyTo(at[padded..]);
        return size;
    }

    private static void Both(Span<byte> at, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(at, value);
        BinaryPrimitives.WriteInt32BigEndian(at[4..], value);
    }

    private static void BothShort(Span<byte> at, short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(at, value);
        BinaryPrimitives.WriteInt16BigEndian(at[2..], value);
    }
}
