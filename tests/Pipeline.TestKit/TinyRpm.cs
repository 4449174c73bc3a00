using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.TestKit;

/// <summary>
/// A handmade RPM package of format 4 or 6, written without rpmbuild, so that it can also be what rpmbuild would never write. The same
/// record gives the same bytes, unless it is signed.
/// </summary>
/// <param name="Package">Name, version and files; a file's hard link target must be listed before it.</param>
public sealed record TinyRpm(TinyPackage Package)
{
    private static readonly DateTimeOffset Time = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>4 or 6.</summary>
    public int Format { get; init; } = 4;

    /// <summary>Whether members of the archive have only their number (<c>07070X</c>).</summary>
    public bool Stripped { get; init; }

    /// <summary>What runs its scripts.</summary>
    public string Interpreter { get; init; } = "/bin/sh";

    /// <summary>Owner of all files.</summary>
    public string Owner { get; init; } = "root";

    /// <summary>File capabilities by path.</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; init; } = new Dictionary<string, string>();

    /// <summary>File flags by path, as rpm has them: 1 config, 2 doc, 64 ghost.</summary>
    public IReadOnlyDictionary<string, int> Flags { get; init; } = new Dictionary<string, int>();

    /// <summary>IMA signatures by path, hexadecimal.</summary>
    public IReadOnlyDictionary<string, string> Ima { get; init; } = new Dictionary<string, string>();

    /// <summary>Makes the signatures over the header: one in format 4, any number in format 6.</summary>
    public IReadOnlyList<Func<byte[], byte[]>> Signers { get; init; } = [];

    /// <summary>Makes a signature over header and payload, or <c>null</c>.</summary>
    public Func<byte[], byte[]>? WholeSigner { get; init; }

    /// <summary>Changes the header before it is hashed and signed.</summary>
    public Action<RpmHeaderWriter>? Header { get; init; }

    /// <summary>Changes the signature header.</summary>
    public Action<RpmHeaderWriter>? Signature { get; init; }

    /// <summary>Changes the archive before it is compressed and hashed.</summary>
    public Func<byte[], byte[]>? Archive { get; init; }

    /// <summary>The name of its file.</summary>
    public string FileName => $"{Package.Name}-{Package.Version}-1.noarch.rpm";

    /// <summary>The bytes of the <c>.rpm</c>.</summary>
    public byte[] Build()
    {
        var entries = Entries();
        var archive = Cpio(entries);
        archive = Archive?.Invoke(archive) ?? archive;
        var payload = Package.Compressed ? Gzip(archive) : archive;
        var header = MainHeader(entries, archive, payload);
        var signature = SignatureHeader(header, payload);
        var rpm = new MemoryStream();
        rpm.Write([0xed, 0xab, 0xee, 0xdb, Format == 6 ? (byte)4 : (byte)3, 0, 0, 0, 0, 0, .. Lead(66), 0, 1, 0, 5, .. new byte[16]]);
        rpm.Write(signature);
        rpm.Write(new byte[-rpm.Length & 7]);
        rpm.Write(header);
        rpm.Write(payload);
        return rpm.ToArray();
    }

    private byte[] Lead(int size) => [.. Encoding.ASCII.GetBytes(Package.Name.PadRight(size, '\0'))[..size]];

    private byte[] MainHeader(List<Entry> entries, byte[] archive, byte[] payload)
    {
        var header = new RpmHeaderWriter();
        header.Texts(100, ["C"]);
        header.Text(1000, Package.Name);
        header.Text(1001, Package.Version);
        header.Text(1002, "1");
        header.Translations(1004, ["a test package"]);
        header.Translations(1005, ["A test package."]);
        header.Text(1014, "MIT");
        header.Text(1021, "linux");
        header.Text(1022, "noarch");
        Relation(header, 1047, 1113, 1112, [(Package.Name, 8, $"{Package.Version}-1")]);
        Relation(
            header,
            1049,
            1050,
            1048,
            [.. (Package.Depends ?? "").Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(d => (d, 0L, ""))]
        );
        foreach (var (name, text) in Package.Scripts)
        {
            var (tag, program) = name switch
            {
                "preinst" => (1023, 1085),
                "postinst" => (1024, 1086),
                "pretrans" => (1151, 1153),
                "posttrans" => (1152, 1154),
                _ => (1026, 1088),
            };
            header.Text(tag, text);
            header.Texts(program, [Interpreter]);
        }

        Files(header, entries);
        header.Text(1124, "cpio");
        if (Package.Compressed)
        {
            header.Text(1125, "gzip");
        }

        header.Texts(5092, [Hex(SHA256.HashData(payload))]);
        header.Texts(5097, [Hex(SHA256.HashData(archive))]);
        if (Format == 6)
        {
            header.Numbers(5114, [6]);
            header.Text(5121, Hex(SHA512.HashData(payload)));
            header.Text(5123, Hex(SHA3_256.HashData(payload)));
        }
        else
        {
            header.Numbers(5093, [8]);
        }

        Header?.Invoke(header);
        return header.Build(63);
    }

    private void Files(RpmHeaderWriter header, List<Entry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        var directories = entries.Select(e => e.Directory).Distinct(StringComparer.Ordinal).ToList();
        if (Format == 6)
        {
            header.Longs(5008, entries.Select(e => (ulong)e.Size));
        }
        else
        {
            header.Numbers(1028, entries.Select(e => e.Size));
        }

        header.Shorts(1030, entries.Select(e => e.Mode));
        header.Numbers(1034, entries.Select(_ => Time.ToUnixTimeSeconds()));
        header.Texts(1035, entries.Select(e => e.IsFile ? Hex(SHA256.HashData(e.Content)) : ""));
        header.Texts(1036, entries.Select(e => e.IsLink ? e.File.Target! : ""));
        header.Numbers(1037, entries.Select(e => (long)Flags.GetValueOrDefault(e.File.Path)));
        header.Texts(1039, entries.Select(_ => Owner));
        header.Texts(1040, entries.Select(_ => Owner));
        header.Numbers(1095, entries.Select(_ => 1L));
        header.Numbers(1096, entries.Select(e => e.Inode));
        header.Texts(1097, entries.Select(_ => ""));
        header.Numbers(1116, entries.Select(e => (long)directories.IndexOf(e.Directory)));
        header.Texts(1117, entries.Select(e => e.Base));
        header.Texts(1118, directories);
        header.Numbers(5011, [8]);
        if (Capabilities.Count > 0)
        {
            header.Texts(5010, entries.Select(e => Capabilities.GetValueOrDefault(e.File.Path, "")));
        }

        if (Ima.Count > 0)
        {
            header.Texts(5090, entries.Select(e => Ima.GetValueOrDefault(e.File.Path, "")));
        }
    }

    private byte[] SignatureHeader(byte[] header, byte[] payload)
    {
        var signature = new RpmHeaderWriter();
        signature.Text(273, Hex(SHA256.HashData(header)));
        if (Format == 6)
        {
            signature.Text(279, Hex(SHA3_256.HashData(header)));
            if (Signers.Count > 0)
            {
                signature.Texts(278, Signers.Select(s => Convert.ToBase64String(s(header))));
            }
        }
        else
        {
#pragma warning disable CA5350, CA5351 // format 4 has them
            signature.Text(269, Hex(SHA1.HashData(header)));
            signature.Bytes(1004, MD5.HashData([.. header, .. payload]));
#pragma warning restore CA5350, CA5351
            if (Signers.Count > 0)
            {
                signature.Bytes(268, Signers[0](header));
            }
        }

        if (WholeSigner is not null)
        {
            signature.Bytes(1002, WholeSigner([.. header, .. payload]));
        }

        Signature?.Invoke(signature);
        return signature.Build(62);
    }

    private List<Entry> Entries()
    {
        var entries = new List<Entry>();
        foreach (var file in Package.Files)
        {
            var first = file.Type == TarEntryType.HardLink ? entries.Find(e => e.File.Path == file.Target) : null;
            var mode = file.Type switch
            {
                TarEntryType.Directory => 0x4000,
                TarEntryType.SymbolicLink => 0xa000,
                TarEntryType.CharacterDevice => 0x2000,
                TarEntryType.Fifo => 0x1000,
                _ => 0x8000,
            };
            var content = file.Type switch
            {
                TarEntryType.RegularFile => file.Bytes ?? Encoding.UTF8.GetBytes(file.Content),
                TarEntryType.HardLink => first?.Content ?? [],
                TarEntryType.SymbolicLink => Encoding.UTF8.GetBytes(file.Target!),
                _ => [],
            };
            entries.Add(new(file, first?.Inode ?? entries.Count + 1, mode | (first is null ? file.Mode : first.Mode & 0xfff), content));
        }

        return entries;
    }

    /// <summary>The archive; of the names of one file the last has the content, as rpmbuild writes it.</summary>
    private byte[] Cpio(List<Entry> entries)
    {
        var archive = new MemoryStream();
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if ((Flags.GetValueOrDefault(entry.File.Path) & 64) != 0)
            {
                continue;
            }

            var content = entry.IsFile && entries.FindLastIndex(e => e.Inode == entry.Inode) != i ? [] : entry.Content;
            if (Stripped)
            {
                archive.Write(Encoding.ASCII.GetBytes($"07070X{i:x8}"));
            }
            else
            {
                Member(archive, "." + entry.Directory + entry.Base, entry.Mode, content.Length);
            }

            Pad(archive);
            archive.Write(content);
            Pad(archive);
        }

        Member(archive, "TRAILER!!!", 0, 0);
        Pad(archive);
        return archive.ToArray();
    }

    /// <summary>A header of a member of a cpio archive, its name included; not padded.</summary>
    public static void Member(MemoryStream archive, string name, int mode, long size)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        var fields = new long[] { 1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, bytes.Length + 1, 0 };
        archive.Write(Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(f => $"{f:x8}"))));
        archive.Write(bytes);
        archive.WriteByte(0);
    }

    private static void Pad(MemoryStream archive) => archive.Write(new byte[-archive.Length & 3]);

    private static void Relation(
        RpmHeaderWriter header,
        int name,
        int version,
        int flags,
        IReadOnlyList<(string Name, long Flags, string Version)> items
    )
    {
        if (items.Count > 0)
        {
            header.Texts(name, items.Select(i => i.Name));
            header.Texts(version, items.Select(i => i.Version));
            header.Numbers(flags, items.Select(i => i.Flags));
        }
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private sealed record Entry(TinyFile File, long Inode, int Mode, byte[] Content)
    {
        private string Path => "/" + File.Path;

        public string Directory => Path[..(Path.LastIndexOf('/') + 1)];

        public string Base => Path[(Path.LastIndexOf('/') + 1)..];

        public bool IsFile => (Mode & 0xf000) == 0x8000;

        public bool IsLink => (Mode & 0xf000) == 0xa000;

        public long Size => Content.Length;
    }
}
