using System.Formats.Tar;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Layers = Pipeline.Compose.Layers;

namespace Pipeline.Tests.Compose;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TarReaderTests
{
    private static readonly string Long = string.Join('/', Enumerable.Repeat("directory-of-some-length", 12)) + "/file";

    [TestCase(TarEntryFormat.V7)]
    [TestCase(TarEntryFormat.Ustar)]
    [TestCase(TarEntryFormat.Gnu)]
    [TestCase(TarEntryFormat.Pax)]
    public void Every_dialect_gives_the_same_entries(TarEntryFormat format)
    {
        var entries = ReadAll(
            Archive(
                format,
                ("a", TarEntryType.Directory, ""),
                ("a/f", format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile, "hello"),
                ("a/l", TarEntryType.SymbolicLink, "f")
            )
        );

        Assert.That(
            entries.Select(e => $"{e.Kind} {e.Path.TrimEnd('/')} {e.Target}{e.Content}"),
            Is.EqualTo(["Directory a ", "File a/f hello", "Symlink a/l f"])
        );
    }

    [TestCase(TarEntryFormat.Gnu)]
    [TestCase(TarEntryFormat.Pax)]
    public void Long_names_and_targets_survive(TarEntryFormat format)
    {
        var entries = ReadAll(Archive(format, (Long, TarEntryType.RegularFile, "x"), ("l", TarEntryType.SymbolicLink, Long)));

        Assert.That(entries.Select(e => e.Path + e.Target), Is.EqualTo([Long, "l" + Long]));
    }

    [Test]
    public void A_base_256_size_is_read()
    {
        var bytes = Archive(TarEntryFormat.Gnu, ("f", TarEntryType.RegularFile, "four"));
        bytes.AsSpan(124, 12).Clear();
        (bytes[124], bytes[135]) = (0x80, 4);
        Checksum(bytes);

        Assert.That(ReadAll(bytes).Single().Content, Is.EqualTo("four"));
    }

    [Test]
    public void A_pax_size_wins_over_the_header()
    {
        var bytes = Archive(TarEntryFormat.Ustar, ("f", TarEntryType.RegularFile, "four"));
        var record = "10 size=4\n"u8.ToArray();
        var pax = Archive(TarEntryFormat.Ustar, ("p", TarEntryType.RegularFile, Encoding.ASCII.GetString(record)))[..1024];
        pax[156] = (byte)'x';
        Checksum(pax);
        bytes.AsSpan(124, 12).Fill((byte)'0');
        Checksum(bytes);

        Assert.That(ReadAll([.. pax, .. bytes]).Single().Content, Is.EqualTo("four"));
    }

    [Test]
    public void A_wrong_checksum_is_refused()
    {
        var bytes = Archive(TarEntryFormat.Gnu, ("f", TarEntryType.RegularFile, "four"));
        bytes[0] ^= 1;

        Assert.That(() => ReadAll(bytes), Throws.TypeOf<BadPackageException>());
    }

    [Test]
    public void A_cut_archive_is_refused([Range(1, 5)] int part)
    {
        var bytes = Archive(TarEntryFormat.Gnu, ("f", TarEntryType.RegularFile, new string('x', 700)));

        Assert.That(() => ReadAll(bytes[..(part * 300)]), Throws.TypeOf<BadPackageException>());
    }

    [Test]
    public void A_name_that_is_not_utf8_is_refused()
    {
        var bytes = Archive(TarEntryFormat.Gnu, ("f", TarEntryType.RegularFile, ""));
        bytes[1] = 0xff;
        Checksum(bytes);

        Assert.That(() => ReadAll(bytes), Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2002"));
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property What_was_written_is_read_back() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(NonEmptyString Name, byte[] Content)[]>(),
            items =>
            {
                var files = items
                    .Select((item, i) => (Name: $"{i}-{new string([.. item.Name.Get.Where(char.IsAsciiLetterOrDigit)])}", item.Content))
                    .ToArray();
                var stream = new MemoryStream();
                using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
                {
                    foreach (var (name, content) in files)
                    {
                        writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
                    }
                }

                return ReadAll(stream.ToArray())
                    .Select(e => (e.Path, Convert.ToHexString(e.Bytes)))
                    .SequenceEqual(files.Select(f => (f.Name, Convert.ToHexString(f.Content))));
            }
        );

    [FsCheck.NUnit.Property(MaxTest = 400)]
    public bool Damaged_archives_end_in_an_error_or_in_entries(int seed)
    {
        // Bounded fuzz: flips, cuts and repeats of a real archive; anything but our own exception is a defect.
        var bytes = Archive(
            TarEntryFormat.Gnu,
            (Long, TarEntryType.RegularFile, "content"),
            ("d", TarEntryType.Directory, ""),
            ("l", TarEntryType.SymbolicLink, "d")
        );
        var state = unchecked((uint)seed);
        for (var i = 0; i < 6; i++)
        {
            state = unchecked((state * 1664525) + 1013904223);
            bytes[(int)(state % (uint)bytes.Length)] = (byte)(state >> 24);
        }

        if ((state & 1) == 0)
        {
            Checksum(bytes);
        }

        try
        {
            _ = ReadAll(bytes[..(int)(state % (uint)bytes.Length)]);
        }
        catch (BadPackageException) { }

        return true;
    }

    [Test]
    public void Members_of_an_ar_archive_lie_inside_it()
    {
        var good = Encoding.ASCII.GetBytes("!<arch>\n" + $"{"debian-binary", -16}{0, -12}{0, -6}{0, -6}{"100644", -8}{4, -10}`\n2.0\n");

        Assert.That(ArReader.Read(new MemoryStream(good)), Is.EqualTo([new ArMember("debian-binary", 68, 4)]));
        Assert.That(() => ArReader.Read(new MemoryStream(good[..^1])), Throws.TypeOf<BadPackageException>());
        Assert.That(
            () =>
                ArReader.Read(
                    new MemoryStream(
                        Encoding.ASCII.GetBytes(
                            Encoding.ASCII.GetString(good).Replace("4         `", "-4        `", StringComparison.Ordinal)
                        )
                    )
                ),
            Throws.TypeOf<BadPackageException>()
        );
        Assert.That(() => ArReader.Read(new MemoryStream("not an archive"u8.ToArray())), Throws.TypeOf<BadPackageException>());
    }

    internal static byte[] Archive(TarEntryFormat format, params (string Name, TarEntryType Type, string Text)[] entries)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, format, leaveOpen: true))
        {
            foreach (var (name, type, text) in entries)
            {
                System.Formats.Tar.TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(type, name),
                    TarEntryFormat.Ustar => new UstarTarEntry(type, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(type, name),
                    _ => new PaxTarEntry(type, name),
                };
                if (type is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                {
                    entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
                }
                else if (text.Length > 0)
                {
                    entry.LinkName = text;
                }

                writer.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }

    private static void Checksum(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        var sum = header.Take(512).Sum(b => b);
        Encoding.ASCII.GetBytes($"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
    }

    private static List<(string Path, TarKind Kind, string Target, string Content, byte[] Bytes)> ReadAll(byte[] bytes)
    {
        var reader = new Layers.TarReader(new MemoryStream(bytes));
        var found = new List<(string, TarKind, string, string, byte[])>();
        while (reader.Next() is { } entry)
        {
            var content = new MemoryStream();
            var buffer = new byte[100];
            int read;
            while ((read = reader.Read(buffer)) > 0)
            {
                content.Write(buffer, 0, read);
            }

            found.Add((entry.Path, entry.Kind, entry.Target, Encoding.UTF8.GetString(content.ToArray()), content.ToArray()));
        }

        return found;
    }
}
