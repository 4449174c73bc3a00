using System.Security.Cryptography;
using System.Text;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Images.Live.Initrds;
using Pipeline.Images.Live.Making;
using Pipeline.Images.Recipes;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images.Live;

/// <summary>Media that are made here are what the verbs for foreign ones know.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MadeMediaTests : IDisposable
{
    private const string Config = """{"ignition":{"version":"3.3.0"}}""";
    private const string Arguments =
        $"systemd.gpt_auto=0 coreos.liveiso=tiny-{MadeMedia.Build} ignition.firstboot ignition.platform.id=metal";
    private readonly MadeMedia _made = new();
    private readonly LiveMedia _media = new(new TestReporter());

    public void Dispose() => _made.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task An_image_says_what_is_in_it(CancellationToken cancellationToken)
    {
        await _made.MakeAsync(cancellationToken);

        var report = LiveMedia.Inspect(_made.Iso, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.VolumeId, Is.EqualTo($"tiny-{MadeMedia.Build}"));
            Assert.That(report.KernelArguments, Is.EqualTo(Arguments));
            Assert.That(report.DefaultKernelArguments, Is.EqualTo(Arguments));
            Assert.That(report.KernelArgumentPlaces.Select(p => p.Source), Is.EqualTo(["kargs.json"]));
            Assert.That((report.Ignition.Source, report.Ignition.Length), Is.EqualTo(("igninfo.json", 256 * 1024)));
            Assert.That((report.IsCustomized, report.HasMinimal), Is.EqualTo((false, true)));
            Assert.That(
                report.Files.Select(f => f.Path),
                Is.SupersetOf(["images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "images/pxeboot/rootfs.img", "images/efiboot.img"])
            );
            Assert.That(report.Files.Count(f => f.Size >= new FileInfo(_made.Root).Length), Is.EqualTo(1), "the OS is there once");
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Everything_that_is_embedded_is_found_and_a_reset_gives_the_released_bytes(CancellationToken cancellationToken)
    {
        await _made.MakeAsync(cancellationToken);
        var released = await File.ReadAllBytesAsync(_made.Iso.Path, cancellationToken);

        await _media.EmbedIgnitionAsync(_made.Iso, Bytes(Config), false, MediaTarget.InPlace, cancellationToken);
        await LiveMedia.ChangeKernelArgumentsAsync(
            _made.Iso,
            new() { Append = ["console=ttyS0"], Delete = ["systemd.gpt_auto=0"] },
            MediaTarget.InPlace,
            cancellationToken
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Encoding.UTF8.GetString(LiveMedia.IgnitionOf(_made.Iso, cancellationToken)), Is.EqualTo(Config));
            Assert.That(
                LiveMedia.KernelArgumentsOf(_made.Iso, cancellationToken).Current,
                Is.EqualTo($"{Arguments[(Arguments.IndexOf(' ', StringComparison.Ordinal) + 1)..]} console=ttyS0")
            );
        }

        await LiveMedia.ResetAsync(_made.Iso, MediaTarget.InPlace, cancellationToken);

        Assert.That(await File.ReadAllBytesAsync(_made.Iso.Path, cancellationToken), Is.EqualTo(released));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_live_config_is_put_there_by_customize(CancellationToken cancellationToken)
    {
        await _made.MakeAsync(cancellationToken);
        var wanted = new Customization { LiveIgnition = [Bytes(Config)] };

        await _media.CustomizeAsync(_made.Iso, wanted, new() { Append = ["x=y"] }, false, MediaTarget.InPlace, cancellationToken);

        var report = LiveMedia.Inspect(_made.Iso, cancellationToken);
        Assert.That(report.IsCustomized);
        Assert.That(report.KernelArguments, Is.EqualTo($"{Arguments} x=y"));
        Assert.That(Encoding.UTF8.GetString(LiveMedia.IgnitionOf(_made.Iso, cancellationToken)), Does.Contain("3.3.0"));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_files_of_network_boot_are_those_in_the_image(CancellationToken cancellationToken)
    {
        await _made.MakeAsync(cancellationToken);
        var directory = _made.File("pxe");

        await LiveMedia.ExtractPxeAsync(_made.Iso, new(directory, "pxe"), cancellationToken);

        foreach (
            var (name, artifact) in (ReadOnlySpan<(string, string)>)
                [("vmlinuz", _made.Kernel), ("initrd.img", _made.Initramfs), ("rootfs.img", _made.Root)]
        )
        {
            var extracted = Directory.GetFiles(directory, $"*-{name}").Single();
            Assert.That(File.ReadAllBytes(extracted), Is.EqualTo(File.ReadAllBytes(artifact)), name);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_minimal_image_has_everything_but_the_root_file_system(CancellationToken cancellationToken)
    {
        await _made.MakeAsync(cancellationToken);
        var minimal = new MediaFile(_made.File("minimal.iso"), "minimal.iso");

        await LiveMedia.ExtractMinimalAsync(_made.Iso, new(minimal, null), null, "https://example.com/rootfs.img", cancellationToken);

        var full = LiveMedia.Inspect(_made.Iso, cancellationToken).Files.Select(f => f.Path);
        var report = LiveMedia.Inspect(minimal, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(full.Except(report.Files.Select(f => f.Path)), Is.EquivalentTo(["images/pxeboot/rootfs.img", "coreos/miniso.dat"]));
            Assert.That(
                report.KernelArguments,
                Is.EqualTo(
                    "systemd.gpt_auto=0 ignition.firstboot ignition.platform.id=metal coreos.live.rootfs_url=https://example.com/rootfs.img"
                )
            );
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task The_initramfs_knows_its_root_file_system(CancellationToken cancellationToken)
    {
        await _made.MakeAsync(cancellationToken);

        var initramfs = Files(_made.Initramfs, cancellationToken);
        var root = Files(_made.Root, cancellationToken);

        var rootfs = await File.ReadAllBytesAsync(_made.Root, cancellationToken);
        var blocks = rootfs.Chunk(LiveInitrds.Block).Select(b => Convert.ToHexStringLower(SHA256.HashData(b)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rootfs.Length, Is.GreaterThan(LiveInitrds.Block), "more than one block");
            Assert.That(initramfs["init"], Is.EqualTo("#!/bin/sh\n"));
            Assert.That(
                initramfs["etc/coreos-live-initramfs"],
                Is.EqualTo($"{MadeMedia.Build}\n").And.EqualTo(root["etc/coreos-live-rootfs"])
            );
            Assert.That(
                initramfs["etc/coreos-live-want-rootfs"],
                Is.EqualTo($"stream-hash sha256 2097152\n{string.Concat(blocks.Select(b => b + "\n"))}")
            );
            Assert.That(initramfs["usr/lib/ostree/prepare-root.conf"], Does.Contain("readonly = false"));
            Assert.That(initramfs["etc/coreos/features.json"], Does.Contain("\"live-initrd-network\":false"));
            Assert.That(Encoding.ASCII.GetString(rootfs, 124, 4), Is.EqualTo("hsqs"), "mounted from there");
        }
    }

    [TestCase("tiny", "1.20231114.0.dev0", "tiny-1.20231114.0.dev0")]
    [TestCase("a+b", "1~2", "a_b-1_2")]
    [TestCase("a-name-that-is-long-for-an-image", "1", "a-name-that-is-long-for-an-image")]
    public void A_volume_id_needs_no_quoting_and_fits(string name, string build, string expected) =>
        Assert.That(IsoWriter.Volume(name, build), Is.EqualTo(expected));

    [TestCase("quiet")]
    [TestCase("a=b$(c)", "a=b$(c)")]
    [TestCase("x;halt", "x;halt")]
    [TestCase("'", "'")]
    public void Arguments_that_a_boot_menu_reads_otherwise_are_refused(string argument, params string[] refused)
    {
        var table = PlatformTable.Known.With(new ImageSettings { ExtraKernelArguments = [argument] });

        Assert.That(new LiveRecipe(table.Find("metal")!, Arch.X86_64).Unfit, Is.EqualTo(refused));
        if (refused.Length > 0)
        {
            var e = Assert.Throws<PipelineException>(() => RecipeTableTests.Of(table).Require(["live"], Arch.X86_64))!;
            Assert.That(e.Diagnostics.Single().Code, Is.EqualTo("PL3026"));
        }
    }

    [Test]
    public void Live_media_that_cannot_be_made_say_why() =>
        Assert.That(
            Assert.Throws<PipelineException>(() => RecipeTableTests.Of(PlatformTable.Known).Require(["live"], Arch.S390x))!.Message,
            Does.Contain("no live media for s390x yet")
        );

    private static Dictionary<string, string> Files(string path, CancellationToken cancellationToken)
    {
        using var stream = File.OpenRead(path);
        return InitrdReader
            .Read(path, stream, InitrdReader.LargestInitramfs, _ => true, cancellationToken)
            .Files.ToDictionary(f => f.Key, f => Encoding.UTF8.GetString(f.Value));
    }

    private static NamedBytes Bytes(string text) => new("config.ign", Encoding.UTF8.GetBytes(text));
}
