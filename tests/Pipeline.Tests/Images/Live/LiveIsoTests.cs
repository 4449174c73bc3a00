using System.Text;
using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Pipeline.TestKit.Live;

namespace Pipeline.Tests.Images.Live;

/// <summary>Live ISOs of every layout are read and changed at the places that each of them names.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LiveIsoTests : IDisposable
{
    private const string Config = """{"ignition":{"version":"3.3.0"}}""";
    private readonly TemporaryDirectory _directory = new();
    private readonly LiveMedia _media = new(new TestReporter());

    private MediaFile Iso => new(_directory.File("live.iso"), "live.iso");

    public void Dispose() => _directory.Dispose();

    [TestCaseSource(typeof(LiveIsoFixture), nameof(LiveIsoFixture.All))]
    public async Task A_config_is_embedded_shown_and_removed_in_place(string generation)
    {
        var fixture = Write(generation);

        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(Shown(), Is.EqualTo(Config));
        Assert.That(File.ReadAllBytes(Iso.Path).Length, Is.EqualTo(fixture.Bytes.Length));

        await LiveMedia.RemoveIgnitionAsync(Iso, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(fixture.Bytes));
    }

    [TestCaseSource(typeof(LiveIsoFixture), nameof(LiveIsoFixture.All))]
    public async Task Only_the_area_is_changed(string generation)
    {
        var fixture = Write(generation);
        var area = LiveMedia.Inspect(Iso, CancellationToken.None).Ignition;

        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, MediaTarget.InPlace, CancellationToken.None);

        var changed = File.ReadAllBytes(Iso.Path);
        var differing = Enumerable.Range(0, changed.Length).Where(i => changed[i] != fixture.Bytes[i]).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(differing, Is.Not.Empty);
            Assert.That(differing[0], Is.EqualTo(area.Offset));
            Assert.That(differing[^1], Is.LessThan(area.Offset + area.Length));
            Assert.That(area.Length, Is.EqualTo(LiveIsoFixture.IgnitionSize));
            Assert.That(changed.AsSpan((int)area.Offset, 6).ToArray(), Is.EqualTo(new byte[] { 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0 }));
        }
    }

    [TestCaseSource(typeof(LiveIsoFixture), nameof(LiveIsoFixture.WithArguments))]
    public async Task Kernel_arguments_are_changed_in_all_places(string generation)
    {
        var fixture = Write(generation);
        var change = new KernelArgumentChange
        {
            Append = ["foo", "console=ttyS0,115200n8"],
            Delete = ["ignition.firstboot"],
            Replace = ["mitigations=auto,nosmt=off"],
        };

        await LiveMedia.ChangeKernelArgumentsAsync(Iso, change, MediaTarget.InPlace, CancellationToken.None);

        const string expected = "mitigations=off coreos.liveiso=tiny-40.1 ignition.platform.id=metal foo console=ttyS0,115200n8";
        var report = LiveMedia.Inspect(Iso, CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(LiveMedia.KernelArgumentsOf(Iso, CancellationToken.None), Is.EqualTo((expected, LiveIsoFixture.Arguments)));
            Assert.That(report.KernelArgumentPlaces, Has.Count.EqualTo(2));
            foreach (var place in report.KernelArgumentPlaces)
            {
                var bytes = File.ReadAllBytes(Iso.Path).AsSpan((int)place.Offset, (int)place.Length);
                Assert.That(Encoding.ASCII.GetString(bytes[..expected.Length]), Is.EqualTo(expected));
            }
        }

        await LiveMedia.ResetKernelArgumentsAsync(Iso, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(fixture.Bytes));
    }

    [TestCase("2020-09")]
    [TestCase("2023-03-s390x")]
    public void An_image_without_a_place_for_kernel_arguments_says_so(string generation)
    {
        Write(generation);

        Assert.That(Refused(() => LiveMedia.KernelArgumentsOf(Iso, CancellationToken.None)), Is.EqualTo("PL3107"));
    }

    [TestCaseSource(typeof(LiveIsoFixture), nameof(LiveIsoFixture.WithFeatures))]
    public async Task Keyfiles_are_embedded_extracted_and_removed(string generation)
    {
        var fixture = Write(generation);
        NamedBytes[] keyfiles =
        [
            new("dir/eth0.nmconnection", "[connection]\nid=eth0\n"u8.ToArray()),
            new("b.nmconnection", "b"u8.ToArray()),
        ];

        await LiveMedia.EmbedNetworkAsync(Iso, [.. keyfiles], false, MediaTarget.InPlace, CancellationToken.None);

        var found = LiveMedia.NetworkOf(Iso, CancellationToken.None);
        Assert.That(
            found.Select(f => $"{f.Name}: {Encoding.ASCII.GetString(f.Content.Span)}"),
            Is.EqualTo(["b.nmconnection: b", "eth0.nmconnection: [connection]\nid=eth0\n"])
        );

        await LiveMedia.RemoveNetworkAsync(Iso, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(fixture.Bytes));
    }

    [TestCase("2020-09")]
    [TestCase("2021-09")]
    public void Keyfiles_are_refused_by_images_that_do_not_read_them(string generation)
    {
        Write(generation);

        Assert.That(
            Refused(() => LiveMedia.EmbedNetworkAsync(Iso, [Bytes("k")], false, MediaTarget.InPlace, CancellationToken.None)),
            Is.EqualTo("PL3111")
        );
    }

    [Test]
    public async Task What_is_embedded_already_is_replaced_by_force_only()
    {
        Write("2023-07");
        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(
            Refused(() => _media.EmbedIgnitionAsync(Iso, Bytes("{}"), false, MediaTarget.InPlace, CancellationToken.None)),
            Is.EqualTo("PL3108")
        );
        Assert.That(Shown(), Is.EqualTo(Config));

        await _media.EmbedIgnitionAsync(Iso, Bytes("{}"), true, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(Shown(), Is.EqualTo("{}"));
    }

    [Test]
    public void What_does_not_fit_is_refused_with_the_size_and_changes_nothing()
    {
        var fixture = Write("2023-07");
        var noise = new byte[300_000];
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i))[0];
        }

        var config = Refusal(() => _media.EmbedIgnitionAsync(Iso, new("big", noise), false, MediaTarget.InPlace, CancellationToken.None));
        var arguments = Refusal(() =>
            LiveMedia.ChangeKernelArgumentsAsync(
                Iso,
                new() { Append = [new string('x', LiveIsoFixture.ArgumentSize)] },
                MediaTarget.InPlace,
                CancellationToken.None
            )
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.Code, Is.EqualTo("PL3105"));
            Assert.That(config.Message, Does.Contain("the area of 'live.iso' has 262144"));
            Assert.That(arguments.Code, Is.EqualTo("PL3106"));
            Assert.That(arguments.Message, Does.Contain($"has {LiveIsoFixture.ArgumentSize}"));
            Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(fixture.Bytes));
        }
    }

    [Test]
    public async Task A_new_file_a_stream_and_a_change_in_place_are_the_same_image()
    {
        var fixture = Write("2023-07");
        var copy = new MediaFile(_directory.File("copy.iso"), "copy.iso");
        var stream = new MemoryStream();

        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, new(copy, null), CancellationToken.None);
        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, new(null, () => stream), CancellationToken.None);
        Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(fixture.Bytes));
        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(File.ReadAllBytes(copy.Path), Is.EqualTo(File.ReadAllBytes(Iso.Path)));
        Assert.That(stream.ToArray(), Is.EqualTo(File.ReadAllBytes(Iso.Path)));
        Assert.That(
            Refused(() => _media.EmbedIgnitionAsync(Iso, Bytes(Config), true, new(copy, null), CancellationToken.None)),
            Is.EqualTo("PL3112")
        );
        Assert.That(Directory.GetFiles(_directory.Path), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task Reset_brings_the_released_image_back()
    {
        var fixture = Write("2023-07");
        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, MediaTarget.InPlace, CancellationToken.None);
        await LiveMedia.EmbedNetworkAsync(Iso, [Bytes("k")], false, MediaTarget.InPlace, CancellationToken.None);
        await LiveMedia.ChangeKernelArgumentsAsync(Iso, new() { Append = ["x"] }, MediaTarget.InPlace, CancellationToken.None);
        Assert.That(LiveMedia.Inspect(Iso, CancellationToken.None).IsCustomized);

        await LiveMedia.ResetAsync(Iso, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(fixture.Bytes));
    }

    [Test]
    public async Task Names_of_Rock_Ridge_are_not_needed()
    {
        LiveIsoFixture.Of("2023-07", rockRidge: false).WriteTo(Iso.Path);

        await _media.EmbedIgnitionAsync(Iso, Bytes(Config), false, MediaTarget.InPlace, CancellationToken.None);

        Assert.That(Shown(), Is.EqualTo(Config));
        Assert.That(LiveMedia.Inspect(Iso, CancellationToken.None).Files.Select(f => f.Path), Does.Contain("coreos/igninfo.jso"));
    }

    [Test]
    public async Task Files_for_network_boot_are_extracted_once()
    {
        Write("2023-07");
        var target = new MediaFile(_directory.File("pxe"), "pxe");

        var files = await LiveMedia.ExtractPxeAsync(Iso, target, CancellationToken.None);

        Assert.That(files, Is.EqualTo(["pxe/live-initrd.img", "pxe/live-rootfs.img", "pxe/live-vmlinuz"]));
        Assert.That(new FileInfo(Path.Combine(target.Path, "live-rootfs.img")).Length, Is.EqualTo(30_000));
        Assert.That(Refused(() => LiveMedia.ExtractPxeAsync(Iso, target, CancellationToken.None)), Is.EqualTo("PL3112"));
    }

    private LiveIsoFixture Write(string generation)
    {
        var fixture = LiveIsoFixture.Of(generation);
        fixture.WriteTo(Iso.Path);
        return fixture;
    }

    private string Shown() => Encoding.UTF8.GetString(LiveMedia.IgnitionOf(Iso, CancellationToken.None));

    private static NamedBytes Bytes(string text) => new("file", Encoding.UTF8.GetBytes(text));

    private static string Refused(Func<object> action) => Refusal(action).Code;

    private static Diagnostic Refusal(Func<object> action) =>
        Assert
            .Throws<PipelineException>(() =>
            {
                if (action() is Task task)
                {
                    task.GetAwaiter().GetResult();
                }
            })!
            .Diagnostics[0];
}
