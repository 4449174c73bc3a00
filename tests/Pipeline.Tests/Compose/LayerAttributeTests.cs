using System.Formats.Tar;
using Pipeline.Compose.Layers;
using Pipeline.Host;
using Pipeline.Host.Files;
using Pipeline.Model.Values;
using TarEntry = Pipeline.Compose.Layers.TarEntry;
using TarReader = Pipeline.Compose.Layers.TarReader;

namespace Pipeline.Tests.Compose;

/// <summary>Extended attributes that a layer cannot keep are refused, never dropped.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
internal sealed class LayerAttributeTests
{
    private static readonly ValueList<KeyValuePair<string, string>> Some = [new("user.a", "1")];

    [TestCase("Symlink")]
    [TestCase("Directory")]
    public void Only_regular_files_keep_attributes(string kind)
    {
        var entry = Entry("usr/share/x", Enum.Parse<TarKind>(kind), Some);

        var refused = Assert.Throws<BadPackageException>(() => new LayerLayout().Place(entry))!;

        Assert.That(
            (refused.Code, refused.Message),
            Is.EqualTo(("PL2005", "the extended attribute 'user.a' of 'usr/share/x' cannot be kept: only regular files keep theirs"))
        );
    }

    [Test]
    public void A_second_name_may_repeat_the_attributes_of_its_file_and_have_no_others()
    {
        var layout = new LayerLayout();
        layout.Keep(layout.Place(Entry("usr/f", TarKind.File, Some))!);

        Assert.That(layout.Place(Entry("usr/same", TarKind.HardLink, Some)), Is.Not.Null);
        Assert.That(layout.Place(Entry("usr/none", TarKind.HardLink, [])), Is.Not.Null);
        Assert.That(
            () => layout.Place(Entry("usr/other", TarKind.HardLink, [new("user.a", "2")])),
            Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2005")
        );
    }

    [Test]
    public void What_the_file_system_does_not_take_is_refused_with_file_and_attribute_and_leaves_nothing()
    {
        using var directory = new TemporaryDirectory();
        var name = "user." + new string('a', 400); // no file system takes names above 255 bytes
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            var file = new PaxTarEntry(TarEntryType.RegularFile, "usr/f", [new($"SCHILY.xattr.{name}", "v")])
            {
                DataStream = new MemoryStream([1]),
                Uid = (int)Libc.geteuid(),
                Gid = (int)Libc.getegid(),
            };
            writer.WriteEntry(file);
        }

        tar.Position = 0;
        var reader = new TarReader(tar);
        BadPackageException refused;
        using (var objects = new LayerObjects(directory.File("objects")).NewWriter())
        {
            refused = Assert.Throws<BadPackageException>(() => objects.Write(reader, reader.Next()!))!;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Message, Does.Contain("'usr/f' cannot be kept").And.Contain("user.aaa"));
            Assert.That(
                LayerDiagnostics.Refused("app", refused).Message,
                Does.StartWith("package 'app' is refused: the extended attribute 'user.aaa")
            );
            Assert.That(Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories), Is.Empty);
        }
    }

    private static TarEntry Entry(string path, TarKind kind, ValueList<KeyValuePair<string, string>> attributes) =>
        new(path, kind, FileModes.Plain, 0, 0, 0, kind == TarKind.HardLink ? "usr/f" : "target", attributes);
}
