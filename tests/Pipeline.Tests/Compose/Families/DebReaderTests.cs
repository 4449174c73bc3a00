using System.Formats.Tar;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Host;
using Pipeline.Host.Files;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Families;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DebReaderTests : IDisposable
{
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
        yield return Case("hard link out", TinyFile.HardLink("usr/h", "/etc/shadow"));
        yield return Case("hard link up", TinyFile.HardLink("usr/h", "../../etc/shadow"));
        yield return Case("hard link to a link", TinyFile.Link("usr/l", "/etc/shadow"), TinyFile.HardLink("usr/h", "usr/l"));
        yield return Case("hard link to nothing", TinyFile.HardLink("usr/h", "usr/none"));
        yield return Case("device", new TinyFile("dev/null") { Type = TarEntryType.CharacterDevice });
        yield return Case("fifo", new TinyFile("run/f") { Type = TarEntryType.Fifo });
        yield return Case("a file as the root", TinyFile.Link(".", "/"));
        yield return Case("twice", new TinyFile("usr/f", "x"), new TinyFile("usr/f", "y"));
        yield return Case("line feed in a name", new TinyFile("usr/a\nb", "x"));
        yield return Case("lib leads elsewhere", TinyFile.Link("lib", "/etc"));
        yield return Case("foreign ids", new TinyFile("usr/f", "x") { Uid = 70000 });

        static TestCaseData Case(string name, params TinyFile[] files) =>
            new TestCaseData((object)files).SetName($"Refused_{name.Replace(' ', '_')}");
    }

    [TestCaseSource(nameof(Hostile))]
    public void A_hostile_package_is_refused_and_leaves_nothing(TinyFile[] files)
    {
        var harmless = Mine(new TinyFile("usr/share/before", "some content"));
        var package = new TinyPackage("evil") { Exact = true, Files = [harmless, .. files] };

        var e = Assert.Throws<BadPackageException>(() => Read(package.Build()))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Code, Is.EqualTo("PL2002"), e.Message);
            Assert.That(Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories), Is.Empty);
        }
    }

    [Test]
    public void Entries_go_to_their_merged_places()
    {
        var layer = Read(
            new TinyPackage("good")
            {
                Exact = true,
                Files =
                [
                    TinyFile.Directory("lib"),
                    Mine(new TinyFile("lib/x.so", "x", 0x1ed)),
                    TinyFile.Link("usr/bin/y", "../lib/x.so"),
                    TinyFile.HardLink("sbin/z", "lib/x.so"),
                ],
            }.Build()
        );

        Assert.That(
            layer.Entries.Select(e => $"{e.Kind} {e.Path} ({e.RawPath})"),
            Is.EqualTo([
                "Directory usr/lib (lib)",
                "File usr/lib/x.so (lib/x.so)",
                "Symlink usr/bin/y (usr/bin/y)",
                "File usr/sbin/z (sbin/z)",
            ])
        );
        Assert.That(layer.Entries[3].Object, Is.EqualTo(layer.Entries[1].Object));
    }

    [Test]
    public void An_object_is_told_by_content_and_mode()
    {
        var layer = Read(
            new TinyPackage("modes")
            {
                Exact = true,
                Files =
                [
                    Mine(new TinyFile("a", "same")),
                    Mine(new TinyFile("b", "same")),
                    Mine(new TinyFile("c", "same", 0x180)),
                    Mine(new TinyFile("d", "other")),
                ],
            }.Build()
        );
        var objects = layer.Entries.Select(e => e.Object).ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(objects[1], Is.EqualTo(objects[0]));
            Assert.That(objects.Distinct().Count(), Is.EqualTo(3));
            Assert.That(UnixFile.Status(Store().PathOf(objects[2]!))!.Value.Mode, Is.EqualTo(0x180));
        }
    }

    [Test]
    public void Control_files_are_kept()
    {
        var layer = Read(new TinyPackage("scripted") { Scripts = new Dictionary<string, string> { ["postinst"] = "#!/bin/sh\n" } }.Build());

        Assert.That(layer.Control.Keys, Is.EquivalentTo(["control", "postinst"]));
    }

    [Test]
    public void A_bomb_is_stopped()
    {
        var package = new TinyPackage("bomb") { Exact = true, Files = [Mine(new TinyFile("zeros") { Bytes = new byte[3 << 20] })] };

        Assert.That(
            () => Read(package.Build(), new LayerLimits(1 << 20, 1000, 100, 1 << 20)),
            Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2003")
        );
        Assert.That(
            Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories),
            Is.Empty,
            "nor does its first megabyte stay"
        );
    }

    [Test]
    public void A_package_that_is_cancelled_half_way_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        using (var writer = Store().NewWriter())
        {
            var bytes = new TinyPackage("large")
            {
                Compressed = false,
                Files = [Mine(new TinyFile("usr/f") { Bytes = new byte[3 << 20] })],
            }.Build();
            using var file = new CancellingStream(bytes, bytes.Length - (1 << 20), cancelled);

            Assert.That(
                () => new DebReader().Read(file, writer, LayerLimits.Default, cancelled.Token),
                Throws.InstanceOf<OperationCanceledException>()
            );
        }

        Assert.That(Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories), Is.Empty);
    }

    [FsCheck.NUnit.Property(MaxTest = 150)]
    public bool Damaged_packages_end_in_our_own_error(int seed)
    {
        using var directory = new TemporaryDirectory();
        var bytes = new TinyPackage("fuzz")
        {
            Exact = true,
            Compressed = (seed & 2) == 0,
            Files = [Mine(new TinyFile("usr/f", "content")), TinyFile.Link("usr/l", "f")],
        }.Build();
        var state = unchecked((uint)seed);
        for (var i = 0; i < 4; i++)
        {
            state = unchecked((state * 1664525) + 1013904223);
            bytes[(int)((state >> 8) % (uint)bytes.Length)] ^= (byte)(state >> 24);
        }

        try
        {
            using var writer = new LayerObjects(directory.File("objects")).NewWriter();
            new DebReader().Read(new MemoryStream(bytes), writer, LayerLimits.Default, CancellationToken.None);
        }
        catch (BadPackageException) { }
        catch (IOException e) when (Libc.geteuid() != 0 && e.Message.StartsWith("chown", StringComparison.Ordinal))
        {
            // A flip in an owner field: only root may give files away.
        }

        return true;
    }

    /// <summary>Cancels, as a user does, when it was read up to a place.</summary>
    private sealed class CancellingStream(byte[] bytes, long place, CancellationTokenSource source) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer)
        {
            if (Position > place)
            {
                source.Cancel();
                source.Token.ThrowIfCancellationRequested();
            }

            return base.Read(buffer);
        }
    }

    /// <summary>Owned by whoever runs the test, so that no root is needed.</summary>
    private static TinyFile Mine(TinyFile file) => file with { Uid = (int)Libc.geteuid(), Gid = (int)Libc.getegid() };

    private LayerObjects Store() => new(_directory.File("objects"));

    private Layer Read(byte[] package, LayerLimits? limits = null)
    {
        using var writer = Store().NewWriter();
        var layer = new DebReader().Read(new MemoryStream(package), writer, limits ?? LayerLimits.Default, CancellationToken.None);
        writer.Commit();
        return layer;
    }
}
