using System.Text;
using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.Images.Live;
using Pipeline.Images.Live.Customizing;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning;
using Pipeline.TestKit;
using Pipeline.TestKit.Live;

namespace Pipeline.Tests.Images.Live;

/// <summary>What the options of customize become: a config of the live system that is valid and holds everything.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CustomizeTests : IDisposable
{
    private const string Ignition = """{"ignition":{"version":"3.4.0"}}""";
    private const string Certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    private readonly TemporaryDirectory _directory = new();
    private readonly TestReporter _reporter = new();

    private MediaFile Iso => new(_directory.File("live.iso"), "live.iso");

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Everything_at_once_is_one_valid_config()
    {
        await CustomizeAsync(
            new()
            {
                DestinationIgnition = [Text("dest.ign", Ignition), Text("more.ign", Ignition)],
                DestinationDevice = "/dev/vda",
                DestinationConsoles = ["ttyS0,115200", "tty0"],
                DestinationAppend = ["quiet", "a=\"b c\""],
                DestinationDelete = ["ignition.platform.id=metal"],
                Keyfiles = [Text("eth0.nmconnection", "[connection]\n")],
                NmState = [Text("net.json", "{}")],
                Authorities = [Text("ca.pem", Certificate)],
                PreInstall = [Text("pre", "#!/bin/sh\ntrue\n")],
                PostInstall = [Text("post.sh", "#!/bin/sh\ntrue\n")],
                InstallerConfigs = [Text("install.yaml", "image-url: https://example.com/x\n")],
                LiveIgnition = [Text("live.ign", Ignition)],
            }
        );

        var problems = new DiagnosticBag();
        var config = Provisioner.ReadIgnition("live", LiveMedia.IgnitionOf(Iso, CancellationToken.None), problems);
        Golden.Check("Images/live-customized.txt", Describe(config!));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Items, Is.Empty);
            Assert.That(
                LiveMedia.Inspect(Iso, CancellationToken.None).Embedded.Select(f => f.Path),
                Is.EqualTo(["config.ign", "etc/coreos-firstboot-network/eth0.nmconnection", "etc/nmstate/net.yml"])
            );
            Assert.That(string.Concat(_reporter.Lines), Does.Contain("installs to '/dev/vda' without asking"));
        }
    }

    [Test]
    public async Task Nothing_embeds_nothing_and_kernel_arguments_alone_no_config()
    {
        var before = LiveIsoFixture.Of("2023-07").Bytes;
        await CustomizeAsync(new());
        Assert.That(File.ReadAllBytes(Iso.Path), Is.EqualTo(before));

        await CustomizeAsync(new(), new() { Append = ["foo"], Replace = ["ignition.platform.id=metal=bar"] });

        var report = LiveMedia.Inspect(Iso, CancellationToken.None);
        Assert.That(report.KernelArguments, Does.Contain("ignition.platform.id=bar foo"));
        Assert.That(report.Embedded, Is.Empty);
    }

    [Test]
    public async Task One_config_of_the_destination_is_carried_as_it_is()
    {
        await CustomizeAsync(new() { DestinationIgnition = [Text("dest.ign", Ignition)] });

        var config = Provisioner.ReadIgnition("live", LiveMedia.IgnitionOf(Iso, CancellationToken.None), new())!;
        Assert.That(Contents(config, "/etc/coreos/dest.ign"), Is.EqualTo(Ignition));
        Assert.That(
            Contents(config, "/etc/coreos/installer.d/0000-customize.yaml"),
            Is.EqualTo("ignition-file: \"/etc/coreos/dest.ign\"\n")
        );
    }

    [Test]
    public async Task An_image_that_is_customized_is_refused_without_force()
    {
        await CustomizeAsync(new() { LiveIgnition = [Text("a", Ignition)] });

        Assert.That((await RefusedAsync(new() { LiveIgnition = [Text("b", Ignition)] }, write: false)).Code, Is.EqualTo("PL3116"));
    }

    [TestCase("2020-09", "PL3107")]
    [TestCase("2021-09", "PL3111")]
    public async Task Old_systems_refuse_what_they_do_not_know(string generation, string code)
    {
        LiveIsoFixture.Of(generation).WriteTo(Iso.Path);
        var media = new LiveMedia(_reporter);
        await media.CustomizeAsync(Iso, new() { PreInstall = [Text("pre", "x")] }, new(), false, MediaTarget.InPlace, default);

        var refused = await Assert.ThrowsAsync<PipelineException>(() =>
            media.CustomizeAsync(
                Iso,
                generation == "2020-09" ? new() : new() { DestinationDevice = "/dev/sda" },
                generation == "2020-09" ? new() { Append = ["x"] } : new(),
                true,
                MediaTarget.InPlace,
                default
            )
        );

        Assert.That(refused!.Diagnostics[0].Code, Is.EqualTo(code));
    }

    [Test]
    public async Task Wrong_input_is_refused_by_name()
    {
        (Customization Wanted, string Code)[] cases =
        [
            (new() { Keyfiles = [Text("a/k", "1"), Text("b/k", "2")] }, "PL3113"),
            (new() { PreInstall = [Text("x", "1"), Text("x", "2")] }, "PL3113"),
            (new() { PreInstall = [Text("a b", "1")] }, "PL3119"),
            (new() { PostInstall = [Text("-x", "1")] }, "PL3119"),
            (new() { Keyfiles = [Text("..", "1")] }, "PL3119"),
            (new() { DestinationConsoles = ["/dev/ttyS0"] }, "PL3117"),
            (new() { DestinationConsoles = ["ttyS0,115200p8"] }, "PL3117"),
            (new() { DestinationConsoles = ["ttyS0,99999999999"] }, "PL3117"),
            (new() { InstallerConfigs = [Text("c", "imageurl: x\n")] }, "PL3118"),
            (new() { InstallerConfigs = [Text("c", "- x\n")] }, "PL3118"),
            (new() { InstallerConfigs = [Text("c", "save-partlabel: [x]\n")] }, "PL3111"),
            (new() { Authorities = [Text("c", "nothing")] }, "PL3128"),
            (new() { LiveIgnition = [Text("c", "[connection]")] }, "PL0021"),
        ];

        foreach (var (wanted, code) in cases)
        {
            Assert.That((await RefusedAsync(wanted)).Code, Is.EqualTo(code));
        }
    }

    [TestCase("ttyS1", "ttyS1,9600n8")]
    [TestCase("ttyAMA1", "ttyAMA1,9600n8")]
    [TestCase("ttyS1,1234567e5", "ttyS1,1234567e5")]
    [TestCase("ttyS2,5o", "ttyS2,5o8")]
    [TestCase("ttyS3,17", "ttyS3,17n8")]
    [TestCase("hvc0", "hvc0")]
    public void A_console_is_written_completely(string spec, string complete) =>
        Assert.That(InstallerConfig.Console(spec), Is.EqualTo(complete));

    [Test]
    public async Task An_initramfs_gets_the_same_behind_it()
    {
        var initrd = new MediaFile(_directory.File("initrd.img"), "initrd.img");
        var output = new MediaFile(_directory.File("new.img"), "new.img");
        var wanted = new Customization { LiveIgnition = [Text("live.ign", Ignition)], Keyfiles = [Text("k", "K")] };
        var live = new Pipeline.Images.Live.Initrds.InitrdImage();
        live.Set("etc/coreos-live-initramfs", []);
        live.Set("etc/coreos/features.json", """{"installer-config":true,"live-initrd-network":true}"""u8.ToArray());
        await File.WriteAllBytesAsync(initrd.Path, live.ToBytes());
        var media = new LiveMedia(_reporter);

        await media.CustomizeInitrdAsync(initrd, wanted, new(output, null), CancellationToken.None);

        await CustomizeAsync(wanted);
        var made = await File.ReadAllBytesAsync(output.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.AsSpan().StartsWith(live.ToBytes()));
            Assert.That(
                LiveMedia.UnwrapIgnition("new.img", new MemoryStream(made), CancellationToken.None),
                Is.EqualTo(LiveMedia.IgnitionOf(Iso, CancellationToken.None))
            );
            Assert.That(LiveMedia.UnwrapNetwork("new.img", new MemoryStream(made), CancellationToken.None).Single().Name, Is.EqualTo("k"));
        }

        var again = await Assert.ThrowsAsync<PipelineException>(() =>
            media.CustomizeInitrdAsync(output, wanted, new(null, () => new MemoryStream()), CancellationToken.None)
        );
        await File.WriteAllBytesAsync(initrd.Path, media.WrapIgnition(Text("c", Ignition)));
        var foreign = await Assert.ThrowsAsync<PipelineException>(() =>
            media.CustomizeInitrdAsync(initrd, wanted, new(null, () => new MemoryStream()), CancellationToken.None)
        );
        Assert.That((again!.Diagnostics[0].Code, foreign!.Diagnostics[0].Code), Is.EqualTo(("PL3116", "PL3115")));
    }

    private async Task CustomizeAsync(Customization wanted, KernelArgumentChange? arguments = null)
    {
        LiveIsoFixture.Of("2023-07").WriteTo(Iso.Path);
        await new LiveMedia(_reporter).CustomizeAsync(Iso, wanted, arguments ?? new(), false, MediaTarget.InPlace, CancellationToken.None);
    }

    private async Task<Diagnostic> RefusedAsync(Customization wanted, bool write = true)
    {
        if (write)
        {
            LiveIsoFixture.Of("2023-07").WriteTo(Iso.Path);
        }

        var refused = await Assert.ThrowsAsync<PipelineException>(() =>
            new LiveMedia(_reporter).CustomizeAsync(Iso, wanted, new(), false, MediaTarget.InPlace, CancellationToken.None)
        );
        return refused!.Diagnostics[0];
    }

    private static NamedBytes Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));

    private static string Describe(IgnitionConfig config)
    {
        var text = new StringBuilder(Provisioner.Write(config, pretty: true));
        foreach (var path in Files(config))
        {
            text.Append("==== ").Append(path).Append('\n').Append(Contents(config, path)).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Files(IgnitionConfig config) =>
        FileNodes(config).Select(f => ((JsonTextString)f.Find("path")!).Value);

    private static string Contents(IgnitionConfig config, string path)
    {
        var file = FileNodes(config).Single(f => ((JsonTextString)f.Find("path")!).Value == path);
        var contents = (JsonTextObject)file.Find("contents")!;
        var source = ((JsonTextString)contents.Find("source")!).Value;
        var bytes = source.Contains(";base64,", StringComparison.Ordinal)
            ? Convert.FromBase64String(source[(source.IndexOf(',', StringComparison.Ordinal) + 1)..])
            : Encoding.UTF8.GetBytes(Uri.UnescapeDataString(source[(source.IndexOf(',', StringComparison.Ordinal) + 1)..]));
        if (contents.Find("compression") is JsonTextString { Value: "gzip" })
        {
            using var gzip = new System.IO.Compression.GZipStream(
                new MemoryStream(bytes),
                System.IO.Compression.CompressionMode.Decompress
            );
            var plain = new MemoryStream();
            gzip.CopyTo(plain);
            bytes = plain.ToArray();
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private static IEnumerable<JsonTextObject> FileNodes(IgnitionConfig config) =>
        ((JsonTextArray)((JsonTextObject)config.ToJson().Find("storage")!).Find("files")!).Items.Cast<JsonTextObject>();
}
