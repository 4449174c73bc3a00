using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images;
using Pipeline.Images.Boot;
using Pipeline.Images.Outputs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

/// <summary>What of the host decides the bytes of images.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ImageToolsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Missing_programs_and_loader_files_are_named_at_once()
    {
        var needed = new ImageTools(
            new([new("no-such-a", "package-a"), new("sh", "dash"), new("no-such-b", "package-b")], []),
            [Loader("grub one"), Loader("grub two", "core.lst")]
        );
        Directory.CreateDirectory(_directory.File("grub two"));

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() => needed.FingerprintAsync(new(new ToolRunner(), null), CancellationToken.None))
        )!;

        Assert.That(e.Diagnostics.Select(d => d.Code), Is.EqualTo(["PL0302", "PL0302", "PL3032", "PL3032"]));
    }

    [Test]
    public async Task Every_file_of_the_loader_counts_with_its_name()
    {
        var files = Loader("grub");
        var folder = Directory.CreateDirectory(_directory.File("grub")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "core.lst"), "core\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "a.mod"), "one");
        var first = await FingerprintAsync(files);
        await File.WriteAllTextAsync(Path.Combine(folder, "a.mod"), "two");
        var changed = await FingerprintAsync(files);
        File.Move(Path.Combine(folder, "a.mod"), Path.Combine(folder, "b.mod"));
        var renamed = await FingerprintAsync(files);

        Assert.That(new[] { first, changed, renamed }, Is.Unique);
        Assert.That(first, Does.StartWith("grub ").And.Contain("tool sh "));
    }

    [Test]
    public void An_image_names_the_programs_of_its_disk_its_format_and_its_compression()
    {
        var tools = new RecordingToolRunner();
        var table = new OutputTable(PlatformTable.Known, BootLoaders.All(tools), DiskWriters.All, tools, new TestReporter());
        var request = new ImageRequest
        {
            WorkDirectory = new(_directory.Path),
            Architecture = Arch.X86_64,
            Platforms = ["metal", "qemu"],
        };

        var plain = table.ToolsOf(request);
        var compressed = table.ToolsOf(request with { Compress = true });

        string[] expected = ["ostree", "mke2fs", "debugfs", "mformat", "mkfs.fat", "grub-mkimage"];
        Assert.That(plain.Programs.Programs.Select(p => p.Name), Is.EquivalentTo(expected));
        Assert.That(compressed.Programs.Programs, Is.EqualTo(plain.Programs.Programs));
        Assert.That(plain.Programs.Libraries, Is.Empty);
        Assert.That(compressed.Programs.Libraries, Is.EqualTo(["liblzma.so.5"]));
        Assert.That(plain.Files.Select(f => f.Name), Is.EqualTo(["grub i386-pc", "grub x86_64-efi"]));
    }

    private static async Task<string> FingerprintAsync(LoaderFiles files)
    {
        var host = new ToolFingerprint(new ToolRunner(), null);
        var inputs = await new ImageTools(new([new("sh", "dash")], []), [files]).FingerprintAsync(host, CancellationToken.None);
        return string.Join('\n', inputs.Select(i => $"{i.Name} {i.Digest}").Order(StringComparer.Ordinal));
    }

    private LoaderFiles Loader(string name, string probe = "core.lst") => new(name, _directory.File(name), probe, $"package of {name}");
}
