using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Pipeline.TestKit;

/// <summary>A file of a handmade package.</summary>
/// <param name="Path">Path in the tree, for example <c>usr/bin/hello</c>; hostile ones are written as they are.</param>
/// <param name="Content">Its text; ignored for directories and links.</param>
/// <param name="Mode">Permission bits.</param>
public sealed record TinyFile(string Path, string Content = "", int Mode = 0b110_100_100)
{
    /// <summary>What it is.</summary>
    public TarEntryType Type { get; init; } = TarEntryType.RegularFile;

    /// <summary>Target of a symbolic or hard link.</summary>
    public string? Target { get; init; }

    /// <summary>Bytes instead of <see cref="Content"/>.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>Owner.</summary>
    public int Uid { get; init; }

    /// <summary>Group.</summary>
    public int Gid { get; init; }

    /// <summary>A directory.</summary>
    public static TinyFile Directory(string path, int mode = 0b111_101_101) => new(path, "", mode) { Type = TarEntryType.Directory };

    /// <summary>A symbolic link.</summary>
    public static TinyFile Link(string path, string target) =>
        new(path, "", 0b111_111_111) { Type = TarEntryType.SymbolicLink, Target = target };

    /// <summary>A hard link to an earlier file.</summary>
    public static TinyFile HardLink(string path, string target) => new(path) { Type = TarEntryType.HardLink, Target = target };

    /// <summary>An executable script.</summary>
    public static TinyFile Script(string path, string content) => new(path, content, 0b111_101_101);
}

/// <summary>A handmade Debian package, written without dpkg. The same record always gives the same bytes.</summary>
public sealed record TinyPackage(string Name, string Version = "1.0")
{
    private static readonly DateTimeOffset Time = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Debian's name of the architecture.</summary>
    public string Architecture { get; init; } = "all";

    /// <summary><c>Essential: yes</c>.</summary>
    public bool Essential { get; init; }

    /// <summary><c>Priority</c>.</summary>
    public string Priority { get; init; } = "optional";

    /// <summary><c>Depends</c>.</summary>
    public string? Depends { get; init; }

    /// <summary><c>Pre-Depends</c>.</summary>
    public string? PreDepends { get; init; }

    /// <summary><c>Recommends</c>.</summary>
    public string? Recommends { get; init; }

    /// <summary><c>Conflicts</c>.</summary>
    public string? Conflicts { get; init; }

    /// <summary><c>Breaks</c>.</summary>
    public string? Breaks { get; init; }

    /// <summary><c>Replaces</c>.</summary>
    public string? Replaces { get; init; }

    /// <summary><c>Provides</c>.</summary>
    public string? Provides { get; init; }

    /// <summary><c>Source</c>.</summary>
    public string? Source { get; init; }

    /// <summary><c>Multi-Arch</c>.</summary>
    public string? MultiArch { get; init; }

    /// <summary>Its files; parent directories are added unless <see cref="Exact"/>.</summary>
    public IReadOnlyList<TinyFile> Files { get; init; } = [];

    /// <summary>Maintainer scripts and other control files by name (<c>postinst</c>, <c>conffiles</c>, <c>triggers</c>).</summary>
    public IReadOnlyDictionary<string, string> Scripts { get; init; } = new Dictionary<string, string>();

    /// <summary>Write exactly <see cref="Files"/> with the paths as given: no <c>./</c>, no parents. For hostile archives.</summary>
    public bool Exact { get; init; }

    /// <summary>Whether the members are gzipped; otherwise they are plain tar.</summary>
    public bool Compressed { get; init; } = true;

    /// <summary>The name of its file.</summary>
    public string FileName => $"{Name}_{Version.Replace(":", "%3a", StringComparison.Ordinal)}_{Architecture}.deb";

    /// <summary>The control paragraph, without a final empty line.</summary>
    public string Control()
    {
        var text = new StringBuilder();
        foreach (
            var (field, value) in new[]
            {
                ("Package", Name),
                ("Source", Source),
                ("Version", Version),
                ("Architecture", Architecture),
                ("Maintainer", "Nobody <nobody@example.com>"),
                ("Essential", Essential ? "yes" : null),
                ("Priority", Priority),
                ("Multi-Arch", MultiArch),
                ("Pre-Depends", PreDepends),
                ("Depends", Depends),
                ("Recommends", Recommends),
                ("Conflicts", Conflicts),
                ("Breaks", Breaks),
                ("Replaces", Replaces),
                ("Provides", Provides),
                ("Description", "a test package"),
            }
        )
        {
            if (value is not null)
            {
                text.Append(field).Append(": ").Append(value).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>The bytes of the <c>.deb</c>.</summary>
    public byte[] Build()
    {
        var suffix = Compressed ? ".gz" : "";
        var control = Tar(
            [
                new("control", Control()),
                .. Scripts.Select(s => new TinyFile(
                    s.Key,
                    s.Value,
                    s.Key is "conffiles" or "triggers" or "templates" ? 0b110_100_100 : 0b111_101_101
                )),
            ],
            parents: true
        );
        var data = Tar(Files, parents: !Exact);
        var deb = new MemoryStream();
        deb.Write("!<arch>\n"u8);
        Member(deb, "debian-binary", "2.0\n"u8.ToArray());
        Member(deb, $"control.tar{suffix}", Pack(control));
        Member(deb, $"data.tar{suffix}", Pack(data));
        return deb.ToArray();
    }

    private byte[] Pack(byte[] tar)
    {
        if (!Compressed)
        {
            return tar;
        }

        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar);
        }

        return packed.ToArray();
    }

    private static void Member(MemoryStream deb, string name, byte[] content)
    {
        deb.Write(
            Encoding.ASCII.GetBytes($"{name, -16}{Time.ToUnixTimeSeconds(), -12}{0, -6}{0, -6}{"100644", -8}{content.Length, -10}`\n")
        );
        deb.Write(content);
        if (content.Length % 2 == 1)
        {
            deb.WriteByte((byte)'\n');
        }
    }

    private static byte[] Tar(IReadOnlyList<TinyFile> files, bool parents)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Gnu, leaveOpen: true))
        {
            var made = new HashSet<string>(StringComparer.Ordinal);
            foreach (var file in parents ? files.SelectMany(f => Parents(f.Path).Select(p => TinyFile.Directory(p)).Append(f)) : files)
            {
                var path = parents ? $"./{file.Path}{(file.Type == TarEntryType.Directory && file.Path.Length > 0 ? "/" : "")}" : file.Path;
                if (parents && file.Type == TarEntryType.Directory && !made.Add(path))
                {
                    continue;
                }

                tar.WriteEntry(Entry(file, path, parents));
            }
        }

        return stream.ToArray();
    }

    private static GnuTarEntry Entry(TinyFile file, string path, bool parents)
    {
        var entry = new GnuTarEntry(file.Type, path)
        {
            Mode = (UnixFileMode)file.Mode,
            Uid = file.Uid,
            Gid = file.Gid,
            ModificationTime = Time,
            AccessTime = Time,
            ChangeTime = Time,
        };
        if (file.Target is not null)
        {
            entry.LinkName = parents && file.Type == TarEntryType.HardLink ? $"./{file.Target}" : file.Target;
        }

        if (file.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice)
        {
            (entry.DeviceMajor, entry.DeviceMinor) = (1, 3);
        }

        if (file.Type == TarEntryType.RegularFile)
        {
            entry.DataStream = new MemoryStream(file.Bytes ?? Encoding.UTF8.GetBytes(file.Content));
        }

        return entry;
    }

    private static IEnumerable<string> Parents(string path)
    {
        yield return "";
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }
}
