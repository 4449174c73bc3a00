using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Live.Iso;
using Pipeline.TestKit.Live;

namespace Pipeline.Tests.Images.Live;

/// <summary>Images of another writer, xorriso, are read; and our small ones are read by it.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ForeignIsoTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("-R -J")]
    [TestCase("-R -iso-level 1")]
    [TestCase("-R -iso-level 3 -allow-lowercase")]
    [TestCase("-iso-level 1")]
    public async Task Directories_and_contents_are_those_that_went_in(string options)
    {
        var tree = _directory.File("tree");
        Directory.CreateDirectory(Path.Combine(tree, "images", "pxeboot"));
        Directory.CreateDirectory(Path.Combine(tree, "empty"));
        Directory.CreateDirectory(Path.Combine(tree, "many"));
        await File.WriteAllTextAsync(Path.Combine(tree, "images", "ignition.img"), new string('i', 5000));
        await File.WriteAllTextAsync(Path.Combine(tree, "images", "pxeboot", "vmlinuz"), "kernel");
        await File.WriteAllTextAsync(Path.Combine(tree, "nothing"), "");
        for (var n = 0; n < 150; n++)
        {
            await File.WriteAllTextAsync(Path.Combine(tree, "many", $"{n}.dat"), $"{n}");
        }

        var path = _directory.File("foreign.iso");
        await new ToolRunner().RunAsync(
            new("xorrisofs", [.. options.Split(' '), "-quiet", "-V", "FOREIGN", "-o", path, tree]),
            CancellationToken.None
        );

        using var image = IsoImage.Open(path, "foreign.iso");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(image.VolumeId, Is.EqualTo("FOREIGN"));
            Assert.That(image.Entries.Count(e => !e.IsDirectory), Is.EqualTo(153));
            Assert.That(Text(image, "images/ignition.img"), Is.EqualTo(new string('i', 5000)));
            Assert.That(Text(image, "images/pxeboot/vmlinuz"), Is.EqualTo("kernel"));
            Assert.That(Text(image, "many/149.dat"), Is.EqualTo("149"));
            Assert.That(Text(image, "nothing"), Is.Empty);
            Assert.That(image.Find("empty")!.IsDirectory);
            Assert.That(image.Find("images/other"), Is.Null);
        }
    }

    [Test]
    public async Task Long_names_are_continued_and_cut_names_are_found()
    {
        var tree = Directory.CreateDirectory(_directory.File("tree")).FullName;
        var name = string.Concat(Enumerable.Repeat("0123456789", 24)) + ".json";
        await File.WriteAllTextAsync(Path.Combine(tree, name), "long");
        var path = _directory.File("foreign.iso");
        await new ToolRunner().RunAsync(new("xorrisofs", ["-R", "-quiet", "-o", path, tree]), CancellationToken.None);

        using var image = IsoImage.Open(path, "foreign.iso");

        Assert.That(image.Entries.Single().Path, Is.EqualTo(name));
    }

    [Test]
    public async Task Our_small_images_are_read_by_xorriso()
    {
        var path = LiveIsoFixture.Of("2023-07").WriteTo(_directory.File("live.iso"));

        var listed = await new ToolRunner().RunAsync(
            new("xorriso", ["-indev", path, "-find", "/", "-type", "f", "-exec", "echo", "--"]),
            CancellationToken.None
        );

        Assert.That(Encoding.UTF8.GetString(listed.Output.Span), Does.Contain("/COREOS/IGNINFO.JSO").And.Contain("/ROOTFS.IMG"));
    }

    private static string Text(IsoImage image, string path) => Encoding.UTF8.GetString(image.Read(image.FindFile(path)!, 1 << 20));
}
