using System.Formats.Tar;
using System.Text;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Layers;
using Pipeline.Host;
using Pipeline.Host.Files;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Handmade RPM packages, good and hostile.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RpmReaderTests : IDisposable
{
    private static readonly TinyFile[] Good =
    [
        TinyFile.Directory("usr/d", 0b111_000_000),
        new("usr/d/a", "content"),
        TinyFile.HardLink("usr/d/b", "usr/d/a"),
        TinyFile.Link("usr/d/l", "a"),
        new("usr/d/z", "other", 0b110_000_000),
    ];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<TestCaseData> Hostile()
    {
        yield return Case("climbs out", new TinyFile("../../etc/cron.d/evil", "x"));
        yield return Case("climbs out inside", new TinyFile("usr/../../evil", "x"));
        yield return Case("absolute", new TinyFile("/etc/evil", "x"));
        yield return Case("writes through a link", TinyFile.Link("usr/share/l", "/etc"), new TinyFile("usr/share/l/evil", "x"));
        yield return Case("makes a link of a used parent", new TinyFile("usr/d/f", "x"), TinyFile.Link("usr/d", "/etc"));
        yield return Case("writes through a file", new TinyFile("usr/f", "x"), new TinyFile("usr/f/evil", "x"));
        yield return Case("device", new TinyFile("dev/null") { Type = TarEntryType.CharacterDevice });
        yield return Case("fifo", new TinyFile("run/f") { Type = TarEntryType.Fifo });
        yield return Case("a file as the root", TinyFile.Link(".", "/"));
        yield return Case("twice", new TinyFile("usr/f", "x"), new TinyFile("usr/f", "y"));
        yield return Case("twice by another spelling", new TinyFile("usr/f", "x"), new TinyFile("usr/./f", "y"));
        yield return Case("line feed in a name", new TinyFile("usr/a\nb", "x"));
        yield return Case("lib leads elsewhere", TinyFile.Link("lib", "/etc"));
        yield return Case("link without a target", TinyFile.Link("usr/l", ""));

        static TestCaseData Case(string name, params TinyFile[] files) =>
            new TestCaseData((object)files).SetName($"Rpm_refused_{name.Replace(' ', '_')}");
    }

    [TestCaseSource(nameof(Hostile))]
    public void A_hostile_package_is_refused_and_leaves_nothing(TinyFile[] files)
    {
        foreach (var stripped in (bool[])[false, true])
        {
            var package = new TinyRpm(Package([new("usr/share/before", "some content"), .. files])) { Stripped = stripped };

            RefusedWith("PL2002", package.Build());
        }
    }

    [TestCase("Mallory", "belongs to")]
    [TestCase("-rf", "belongs to")]
    [TestCase("a b", "belongs to")]
    public void An_owner_that_is_no_name_is_refused(string owner, string reason)
    {
        var package = new TinyRpm(Package([new("usr/f", "x")])) { Owner = owner == "Mallory" ? "Mallory\u001b[2J" : owner };

        Assert.That(RefusedWith("PL2002", package.Build()).Message, Does.Contain(reason).And.Not.Contain("\u001b"));
    }

    /// <summary>What the archive and the list of files in the header say of one another.</summary>
    private static IEnumerable<TestCaseData> Contradictions()
    {
        yield return Case("a file that is not listed", "PL2002", new() { Archive = a => [.. Member("./usr/evil", "evil"), .. a] });
        yield return Case("a file twice", "PL2002", new() { Archive = a => [.. Member("./usr/d/z", "other"), .. a] });
        yield return Case("a file that is missing", "PL2001", new() { Archive = _ => [.. Member("./usr/d/z", "other"), .. End()] });
        yield return Case("another content", "PL2001", new() { Archive = a => Replace(a, "other", "OTHER") });
        yield return Case("another link", "PL2001", new() { Archive = a => Replace(a, "a\0\0\0070701", "b\0\0\0070701") });
        yield return Case("another size", "PL2001", new() { Header = h => h.Numbers(1028, [0, 7, 7, 1, 1]) });
        yield return Case("fewer modes", "PL2001", new() { Header = h => h.Shorts(1030, [1]) });
        yield return Case("a directory out of the list", "PL2001", new() { Header = h => h.Numbers(1116, [0, 1, 1, 1, 99]) });
        yield return Case("a base name with a slash", "PL2002", new() { Header = h => h.Texts(1117, ["d", "a", "b", "l", "../z"]) });
        yield return Case(
            "names of one file differ",
            "PL2001",
            new() { Header = h => h.Shorts(1030, [0x41c0, 0x81a4, 0x89ed, 0xa1ff, 0x8180]) }
        );
        yield return Case("a wrong digest kind", "PL2001", new() { Header = h => h.Numbers(5011, [99]) });
        yield return Case("no file digests", "PL2001", new() { Header = h => h.Remove(1035) });
        yield return Case("an unknown compressor", "PL2001", new() { Header = h => h.Text(1125, "brotli") });
        yield return Case("an unknown archive", "PL2001", new() { Header = h => h.Text(1124, "tar") });
        yield return Case("capabilities that are none", "PL2001", new() { Capabilities = Of("usr/d/z", "cap_fly=ep") });
        yield return Case("a wrong header digest", "PL2001", new() { Signature = s => s.Text(273, new string('0', 64)) });
        yield return Case("a wrong payload digest", "PL2001", new() { Header = h => h.Texts(5092, [new string('0', 64)]) });
        yield return Case(
            "a wrong digest of all",
            "PL2001",
            new() { Signature = s => s.Bytes(1004, new byte[16]), Header = h => h.Remove(5092) }
        );
        yield return Case(
            "no digests",
            "PL2001",
            new()
            {
                Header = h => h.Remove(5092),
                Signature = s =>
                {
                    s.Remove(1004);
                    s.Remove(269);
                    s.Remove(273);
                },
            }
        );

        static TestCaseData Case(string name, string code, Change change) =>
            new TestCaseData(change, code).SetName($"Rpm_refused_with_{name.Replace(' ', '_')}");
    }

    [TestCaseSource(nameof(Contradictions))]
    public void A_package_that_contradicts_itself_is_refused(Change change, string code)
    {
        var package = new TinyRpm(Package(Good))
        {
            Header = change.Header,
            Signature = change.Signature,
            Archive = change.Archive,
            Capabilities = change.Capabilities ?? new Dictionary<string, string>(),
        };

        RefusedWith(code, package.Build());
    }

    [TestCase(4, false)]
    [TestCase(4, true)]
    [TestCase(6, true)]
    public void A_package_becomes_a_layer(int format, bool stripped)
    {
        var layer = Read(
            new TinyRpm(Package([.. Good, new("var/log/l", "")]))
            {
                Format = format,
                Stripped = stripped,
                Owner = "games",
                Flags = new Dictionary<string, int> { ["usr/d/z"] = 17, ["var/log/l"] = 64 },
                Ima = new Dictionary<string, string> { ["usr/d/a"] = "0302", ["usr/d/b"] = "0302" },
            }.Build()
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                layer.Entries.Select(e =>
                    $"{e.Kind} {e.Path} {Convert.ToString(e.Mode, 8)} {e.UserName}:{e.GroupName} {e.Size} {e.Flags} {e.Target}"
                ),
                Is.EqualTo([
                    "Directory usr/d 700 games:games 0 0 ",
                    "File usr/d/b 644 games:games 7 0 ",
                    "File usr/d/a 644 games:games 7 0 ",
                    "Symlink usr/d/l 0 games:games 0 0 a",
                    "File usr/d/z 600 games:games 5 17 ",
                ]),
                "a ghost is listed, but not laid"
            );
            Assert.That(layer.Entries[1].Object, Is.EqualTo(layer.Entries[2].Object).And.Length.EqualTo(64));
            Assert.That(layer.Entries.Single(e => e.Path == "usr/d/a").Ima, Is.EqualTo("0302"));
            Assert.That(layer.Control.Keys, Is.EquivalentTo(["header", "signature"]));
            Assert.That(File.ReadAllText(Store().PathOf(layer.Entries[1].Object!)), Is.EqualTo("content"));
        }
    }

    [Test]
    public void Root_is_not_named_and_lib_goes_to_its_merged_place()
    {
        var layer = Read(
            new TinyRpm(Package([TinyFile.Directory("lib"), new("lib/x.so", "x"), TinyFile.Link("usr/bin/y", "../lib/x.so")])).Build()
        );

        Assert.That(
            layer.Entries.Select(e => $"{e.Kind} {e.Path} ({e.RawPath}) {e.UserName}"),
            Is.EqualTo(["Directory usr/lib (lib) ", "File usr/lib/x.so (lib/x.so) ", "Symlink usr/bin/y (usr/bin/y) "])
        );
    }

    [Test]
    public void Empty_names_of_one_file_are_one_file()
    {
        var layer = Read(new TinyRpm(Package([new("usr/a", ""), TinyFile.HardLink("usr/b", "usr/a")])).Build());

        Assert.That(layer.Entries.Select(e => e.Object).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_header_is_refused_by_the_size_that_it_claims()
    {
        var bytes = new TinyRpm(Package(Good)).Build();
        var header = bytes.AsSpan(96).IndexOf((ReadOnlySpan<byte>)[0x8e, 0xad, 0xe8, 1]) + 96;
        foreach (
            var claim in (byte[][])
                [
                    [0x7f, 0xff, 0xff, 0xff],
                    [0xff, 0xff, 0xff, 0xff],
                    [0x80, 0, 0, 0],
                ]
        )
        {
            foreach (var field in (int[])[8, 12])
            {
                var lying = (byte[])bytes.Clone();
                claim.CopyTo(lying, header + field);

                RefusedWith("PL2003", lying);
            }
        }
    }

    [Test]
    public void A_bomb_is_stopped()
    {
        var package = new TinyRpm(Package([new("usr/zeros") { Bytes = new byte[3 << 20] }]));

        RefusedWith("PL2003", package.Build(), new LayerLimits(1 << 20, 1000, 100, 1 << 20));
    }

    [Test]
    public void More_files_than_the_limit_are_refused() =>
        RefusedWith("PL2003", new TinyRpm(Package(Good)).Build(), LayerLimits.Default with { Entries = 3 });

    [Test]
    public void A_package_that_is_cut_off_anywhere_is_refused()
    {
        var bytes = new TinyRpm(Package(Good) with { Compressed = false }).Build();

        for (var length = 0; length < bytes.Length; length += 7)
        {
            Assert.That(() => Read(bytes[..length]), Throws.TypeOf<BadPackageException>(), $"{length} bytes");
        }
    }

    [Test]
    public void A_source_package_is_refused_by_name()
    {
        var bytes = new TinyRpm(Package(Good)).Build();
        bytes[7] = 1;

        Assert.That(RefusedWith("PL2001", bytes).Message, Does.Contain("source package"));
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public bool Damaged_packages_end_in_our_own_error(int seed)
    {
        using var directory = new TemporaryDirectory();
        var bytes = new TinyRpm(Package(Good) with { Compressed = (seed & 2) == 0 }) { Stripped = (seed & 4) == 0 }.Build();
        var state = unchecked((uint)seed);
        for (var i = 0; i < 4; i++)
        {
            state = unchecked((state * 1664525) + 1013904223);
            bytes[(int)((state >> 8) % (uint)bytes.Length)] ^= (byte)(state >> 24);
        }

        try
        {
            using var writer = new LayerObjects(directory.File("objects")).NewWriter();
            Reader().Read(new MemoryStream(bytes), writer, LayerLimits.Default, CancellationToken.None);
        }
        catch (BadPackageException) { }

        return true;
    }

    private static TinyPackage Package(TinyFile[] files) => new("tiny") { Files = files, Exact = true };

    private static Dictionary<string, string> Of(string path, string value) => new() { [path] = value };

    private static byte[] Member(string name, string content)
    {
        var archive = new MemoryStream();
        TinyRpm.Member(archive, name, 0x81a4, content.Length);
        archive.Write(new byte[-archive.Length & 3]);
        archive.Write(Encoding.UTF8.GetBytes(content));
        archive.Write(new byte[-archive.Length & 3]);
        return archive.ToArray();
    }

    private static byte[] End() => Member("TRAILER!!!", "");

    private static byte[] Replace(byte[] bytes, string from, string to)
    {
        var text = Encoding.Latin1.GetString(bytes);
        Assert.That(text, Does.Contain(from));
        return Encoding.Latin1.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
    }

    /// <summary>Owned by whoever runs the test, so that no root is needed.</summary>
    private static RpmReader Reader() => new((int)Libc.geteuid(), (int)Libc.getegid());

    private LayerObjects Store() => new(_directory.File("objects"));

    private Layer Read(byte[] package, LayerLimits? limits = null)
    {
        using var writer = Store().NewWriter();
        var layer = Reader().Read(new MemoryStream(package), writer, limits ?? LayerLimits.Default, CancellationToken.None);
        writer.Commit();
        return layer;
    }

    private BadPackageException RefusedWith(string code, byte[] package, LayerLimits? limits = null)
    {
        var e = Assert.Throws<BadPackageException>(() => Read(package, limits))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Code, Is.EqualTo(code), e.Message);
            Assert.That(Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories), Is.Empty);
        }

        return e;
    }

    /// <summary>How a good package is made a bad one.</summary>
    public sealed record Change
    {
        public Action<RpmHeaderWriter>? Header { get; init; }

        public Action<RpmHeaderWriter>? Signature { get; init; }

        public Func<byte[], byte[]>? Archive { get; init; }

        public IReadOnlyDictionary<string, string>? Capabilities { get; init; }
    }
}
