using Pipeline.Host.Files;
using Pipeline.TestKit.Live;

namespace Pipeline.Tests.Cli;

/// <summary>The verbs of live media as they are typed, with the options of coreos-installer.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LiveVerbTests : IDisposable
{
    private const string Config = """{"ignition":{"version":"3.3.0"}}""";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [SetUp]
    public void Write()
    {
        LiveIsoFixture.Of("2023-07").WriteTo(_directory.File("live.iso"));
        File.WriteAllText(_directory.File("c.ign"), Config);
        File.WriteAllText(_directory.File("eth0.nmconnection"), "[connection]\n");
    }

    [Test]
    public async Task A_day_with_an_image()
    {
        (string Call, string Output)[] calls =
        [
            ("iso ignition embed live.iso", ""),
            ("iso ignition show live.iso", Config),
            ("iso ignition remove live.iso", ""),
            ("iso ignition embed -i c.ign -o mine.iso live.iso", ""),
            ("iso ignition show mine.iso", Config),
            ("iso ignition embed -f -i c.ign mine.iso", ""),
            ("iso network embed -k eth0.nmconnection live.iso", ""),
            ("iso network extract live.iso", "########## eth0.nmconnection ##########\n[connection]\n"),
            ("iso network extract -C keys live.iso", "keys/eth0.nmconnection\n"),
            ("iso network remove live.iso", ""),
            ("iso kargs modify -a foo -a bar -d ignition.firstboot -r ignition.platform.id=metal=qemu live.iso", ""),
            ("iso kargs show live.iso", "mitigations=auto,nosmt coreos.liveiso=tiny-40.1 ignition.platform.id=qemu foo bar\n"),
            ("iso kargs show -d live.iso", LiveIsoFixture.Arguments + "\n"),
            ("iso kargs reset live.iso", ""),
            ("iso kargs show live.iso", LiveIsoFixture.Arguments + "\n"),
            ("iso customize --live-ignition c.ign --live-karg-append x live.iso", ""),
            ("iso reset live.iso", ""),
            ("iso extract pxe live.iso -o pxe", "pxe/live-initrd.img\npxe/live-rootfs.img\npxe/live-vmlinuz\n"),
            ("pxe ignition wrap -i c.ign -o c.img", ""),
            ("pxe ignition unwrap c.img", Config),
            ("pxe network wrap -k eth0.nmconnection -o n.img", ""),
            ("pxe network unwrap n.img", "########## eth0.nmconnection ##########\n[connection]\n"),
            ("pxe network unwrap -C more n.img", "more/eth0.nmconnection\n"),
        ];

        foreach (var (call, output) in calls)
        {
            var run = await CliRun.Of(call.Split(' '), _directory.Path, Config);

            Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, output)), $"{call}: {run.Error}");
        }

        Assert.That(await File.ReadAllTextAsync(_directory.File("keys/eth0.nmconnection")), Is.EqualTo("[connection]\n"));
    }

    [TestCase("iso ignition show live.iso", 1, "PL3109")]
    [TestCase("iso ignition show none.iso", 2, "PL0308")]
    [TestCase("iso ignition show c.ign", 2, "PL3100")]
    [TestCase("iso ignition embed -i c.ign -o c.ign live.iso", 2, "PL3112")]
    [TestCase("iso ignition embed -i c.ign -o live.iso live.iso", 2, "PL7280")]
    [TestCase("iso ignition embed -i c.ign -o - live.iso", 2, "PL7281")]
    [TestCase("iso ignition embed -i c.ign -o none/x.iso live.iso", 2, "PL3125")]
    [TestCase("iso kargs modify -r a live.iso", 2, "PL3114")]
    [TestCase("iso extract minimal-iso live.iso min.iso", 2, "PL3120")]
    [TestCase("pxe ignition unwrap live.iso", 2, "PL3110")]
    [TestCase("pxe ignition wrap -i c.ign", 2, "PL7281")]
    [TestCase("pxe customize c.ign -o x.img", 2, "PL3110")]
    [TestCase("iso customize --live-ignition eth0.nmconnection live.iso", 2, "PL0021")]
    public async Task A_mistake_is_named(string call, int exit, string code)
    {
        var run = await CliRun.Of(call.Split(' '), _directory.Path, bytes: () => null);

        Assert.That((run.ExitCode, run.Error.Contains(code, StringComparison.Ordinal)), Is.EqualTo((exit, true)), run.Error);
    }

    [Test]
    public async Task A_config_with_mistakes_is_embedded_with_warnings()
    {
        await File.WriteAllTextAsync(_directory.File("c.ign"), """{"ignition":{"version":"3.3.0"},"storag":{}}""");

        var run = await CliRun.Of(["iso", "ignition", "embed", "-i", "c.ign", "live.iso"], _directory.Path);

        Assert.That((run.ExitCode, run.Error.Contains("warning", StringComparison.Ordinal)), Is.EqualTo((0, true)), run.Error);
    }

    [Test]
    public async Task Standard_output_gets_the_bytes_of_the_image()
    {
        var stream = new MemoryStream();

        var run = await CliRun.Of(["iso", "reset", "-o", "-", "live.iso"], _directory.Path, bytes: () => stream);

        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(stream.ToArray(), Is.EqualTo(await File.ReadAllBytesAsync(_directory.File("live.iso"))));
    }

    [TestCase("", "iso-inspect.txt")]
    [TestCase("--json", "iso-inspect.json")]
    public async Task Inspect_shows_areas_features_and_files(string option, string golden)
    {
        await CliRun.Of(["iso", "ignition", "embed", "-i", "c.ign", "live.iso"], _directory.Path);

        var run = await CliRun.Of([.. $"iso inspect live.iso {option}".Trim().Split(' ')], _directory.Path);

        Pipeline.TestKit.Golden.Check($"Cli/{golden}", run.Output);
    }
}
