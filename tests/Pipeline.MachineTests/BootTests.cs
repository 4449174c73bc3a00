using Pipeline.Host.Files;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Guests;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit.Machines;

namespace Pipeline.MachineTests;

/// <summary>Real boots of the minimal OS. One machine at a time: emulation fills the host.</summary>
[TestFixture, Category("machine"), NonParallelizable]
public sealed class BootTests
{
    private const string Named = """
        {"ignition":{"version":"3.0.0"},
         "storage":{"files":[{"path":"/etc/hostname","mode":420,"contents":{"source":"data:,plain-qemu"}}]}}
        """;

    [Test, CancelAfter(3_600_000)]
    public async Task The_tests_of_the_OS_pass_on_BIOS_and_are_not_run_twice(CancellationToken cancellationToken)
    {
        var run = MinimalBuild.Command(
            "kola",
            "run",
            "--keep-going",
            "--json",
            "-E",
            TestKit.SourceTree.Path("kola-tests"),
            "--tag",
            "!container-host",
            "--force"
        );
        var result = await MinimalBuild.Tools.RunAsync(run with { Accepted = [0, 1] }, cancellationToken);
        var failed = Outcomes(result.Text).Where(o => o.Outcome != "PASS").Select(o => $"{o.Name}: {o.Outcome} {o.Reason}");
        Assert.That(failed, Is.Empty);

        var again = await MinimalBuild.PipelineAsync(
            "kola",
            "run",
            "--keep-going",
            "-E",
            TestKit.SourceTree.Path("kola-tests"),
            "--tag",
            "!container-host"
        );
        Assert.That(again, Does.Contain("unchanged since the last passing run"));
    }

    [Test, CancelAfter(1_800_000)]
    public async Task A_command_runs_on_UEFI_and_gives_back_its_output_and_exit_code(CancellationToken cancellationToken)
    {
        var run = MinimalBuild.Command(
            "run",
            "latest",
            "--firmware",
            "uefi",
            "--",
            "sh",
            "-c",
            "test -d /sys/firmware/efi && echo \"it's $(id -un)\" && exit 7"
        );
        var result = await MinimalBuild.Tools.RunAsync(run with { Accepted = [7] }, cancellationToken);

        Assert.That(result.Text, Is.EqualTo("it's core\n"));
    }

    [TestCase(false), TestCase(true), CancelAfter(1_800_000)]
    public async Task The_image_boots_in_plain_QEMU_with_Ignition(bool uefi, CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("x.ign"), Named, cancellationToken);
        List<string> firmware = [];
        if (uefi)
        {
            var files = FirmwareFiles.Find(File.Exists);
            File.Copy(files.Variables, directory.File("vars.fd"));
            firmware =
            [
                "-drive",
                $"if=pflash,format=raw,readonly=on,file={files.Code}",
                "-drive",
                $"if=pflash,format=raw,file={directory.File("vars.fd")}",
            ];
        }

        await using var qemu = MinimalBuild.Tools.Start(
            new(
                "qemu-system-x86_64",
                [
                    "-m",
                    "2048",
                    "-drive",
                    $"file={MinimalBuild.Image},if=virtio,snapshot=on",
                    "-fw_cfg",
                    $"name=opt/com.coreos/config,file={directory.File("x.ign")}",
                    "-accel",
                    "tcg,thread=multi",
                    "-cpu",
                    "Nehalem",
                    "-smp",
                    "2",
                    "-display",
                    "none",
                    "-serial",
                    $"file:{directory.File("console.txt")}",
                    .. firmware,
                ]
            )
        );
        await using var console = new ConsoleFollower(directory.File("console.txt"), TimeProvider.System);
        while (!HasLine(directory.File("console.txt"), "plain-qemu login:"))
        {
            Assert.That(console.Fatal.IsCompleted, Is.False, () => console.Fatal.Result.ToString());
            Assert.That(qemu.Completion.IsCompleted, Is.False, "QEMU ended");
            Assert.That(console.Silence, Is.LessThan(TimeSpan.FromMinutes(5)), "no console progress");
            await Task.Delay(500, cancellationToken);
        }
    }

    [Test, CancelAfter(1_800_000)]
    public async Task A_boot_that_fails_is_reported_within_seconds_with_its_line(CancellationToken cancellationToken)
    {
        await InMachineAsync(
            MinimalBuild.Image,
            "qcow2",
            """{"ignition":{"version":"99.0.0"}}""",
            async (machine, _) =>
            {
                var failure = await FailureAsync(machine, cancellationToken);

                using (Assert.EnterMultipleScope())
                {
                    Assert.That(failure, Does.Contain("Ignition").IgnoreCase);
                    var console = (
                        await File.ReadAllLinesAsync(Path.Combine(machine.OutputDirectory, "console.txt"), cancellationToken)
                    ).Select(ConsoleFollower.Plain);
                    Assert.That(console, Has.Some.Contains(failure.Split(": ", 2)[1]));
                    Assert.That(machine.Silence, Is.LessThan(TimeSpan.FromSeconds(20)));
                }
            },
            cancellationToken
        );
    }

    [Test, CancelAfter(1_800_000)]
    public async Task A_panic_that_emulation_can_cause_is_tried_three_times_and_then_reported(CancellationToken cancellationToken)
    {
        const string panic = "Kernel panic - not syncing: Fatal exception in interrupt";
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File("tests/lost"));
        foreach (var (name, script) in new[] { ("fine", "true"), ("panics", $"printf '\\n%s\\n' '{panic}' > /dev/ttyS0; sleep 1000") })
        {
            await File.WriteAllTextAsync(directory.File($"tests/lost/{name}"), $"#!/bin/bash\n{script}\n", cancellationToken);
            File.SetUnixFileMode(directory.File($"tests/lost/{name}"), (UnixFileMode)0x1ed);
        }

        var run = MinimalBuild.Command(
            "kola",
            "run",
            "--keep-going",
            "--json",
            "-E",
            directory.File("tests"),
            "--output-dir",
            directory.File("out")
        );
        var result = await MinimalBuild.Tools.RunAsync(run with { Accepted = [1] }, cancellationToken);

        var accelerator = await new AcceleratorProbe(MinimalBuild.Tools, TimeProvider.System).FindAsync(
            directory.File("accelerator.json"),
            cancellationToken
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                Outcomes(result.Text),
                Is.EqualTo(new[] { ("ext.tests.lost.fine", "PASS", ""), ("ext.tests.lost.panics", "FAIL", $"kernel panic: {panic}") })
            );
            var consoles = Directory
                .GetDirectories(directory.File("out"), "ext.tests.lost.panics*")
                .Select(d => File.ReadAllText(Path.Combine(d, "console.txt")));
            Assert.That(consoles, Has.Exactly(accelerator.Kvm ? 1 : 3).Contains(panic));
        }
    }

    [Test, CancelAfter(600_000)]
    public async Task A_disk_without_a_boot_loader_is_reported(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await using (var disk = File.Create(directory.File("empty.raw")))
        {
            disk.SetLength(64 * 1024 * 1024);
        }

        await InMachineAsync(
            directory.File("empty.raw"),
            "raw",
            null,
            async (machine, host) =>
            {
                // SeaBIOS says it on the screen, which no one watches; on the serial console nothing moves.
                var start = TimeProvider.System.GetTimestamp();
                var failure = await FailureAsync(machine, cancellationToken);
                Assert.That(failure, Does.Contain("no console progress").Or.Contain("no boot loader"));
                Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(host.Patience * 2));
            },
            cancellationToken
        );
    }

    [Test, CancelAfter(1_800_000)]
    public async Task A_QEMU_machine_keeps_the_contract_of_machines(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await using var machines = await QemuMachines.CreateAsync(
            MinimalBuild.Tools,
            TimeProvider.System,
            "qemu",
            new(MinimalBuild.Image, "qcow2"),
            directory.File("disks"),
            directory.Path,
            cancellationToken
        );
        var ignition = """{"ignition":{"version":"3.0.0"},"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["@KEY@"]}]}}""".Replace(
            "@KEY@",
            machines.PublicKey,
            StringComparison.Ordinal
        );
        var shape = new MachineShape { Architecture = Architecture.X86_64 };
        await using var machine = await machines.StartAsync(new(shape, ignition, directory.File("machine")), cancellationToken);
        await MachineContract.CheckAsync(machine, cancellationToken);
    }

    [Test, CancelAfter(600_000)]
    public async Task Nothing_survives_a_killed_run(CancellationToken cancellationToken)
    {
        var output = Path.Combine(MinimalBuild.Work.Temporary, "run");
        await using var run = MinimalBuild.Tools.Start(MinimalBuild.Command("run", "latest", "--", "sleep", "100000"));
        while (!Running(output))
        {
            Assert.That(run.Completion.IsCompleted, Is.False, "the run ended before its machine started");
            await Task.Delay(100, cancellationToken);
        }

        await MinimalBuild.Tools.RunAsync(new("kill", ["-KILL", $"{run.Id}"]), cancellationToken);
        await run.Completion.WaitAsync(cancellationToken);
        for (var i = 0; i < 100 && Running(output); i++)
        {
            await Task.Delay(100, cancellationToken);
        }

        Assert.That(Running(output), Is.False);
    }

    private static async Task InMachineAsync(
        string image,
        string format,
        string? ignition,
        Func<QemuMachine, QemuHost, Task> use,
        CancellationToken cancellationToken
    )
    {
        using var scratch = new TemporaryDirectory();
        var accelerator = await new AcceleratorProbe(MinimalBuild.Tools, TimeProvider.System).FindAsync(
            scratch.File("accelerator.json"),
            cancellationToken
        );
        var key = await SshKey.CreateAsync(MinimalBuild.Tools, scratch.Path, cancellationToken);
        var host = new QemuHost(MinimalBuild.Tools, TimeProvider.System, accelerator, key, scratch.Path, scratch.File("disks"));
        var start = new MachineStart(new() { Architecture = Architecture.X86_64 }, ignition, scratch.File("machine"));
        await using var machine = await QemuMachine.StartAsync(host, start, new(image, format), null, cancellationToken);
        await use(machine, host);
    }

    private static async Task<string> FailureAsync(QemuMachine machine, CancellationToken cancellationToken)
    {
        try
        {
            await machine.WaitForGuestAsync(cancellationToken);
        }
        catch (MachineFailedException e)
        {
            return e.Message;
        }

        throw new AssertionException("the machine came up");
    }

    /// <summary>Whether a QEMU runs whose command line names the folder.</summary>
    private static bool Running(string folder) =>
        Directory
            .GetDirectories("/proc")
            .Any(p =>
            {
                try
                {
                    return File.ReadAllText(Path.Combine(p, "cmdline")) is var line
                        && line.Contains("qemu-system", StringComparison.Ordinal)
                        && line.Contains(folder, StringComparison.Ordinal);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return false;
                }
            });

    private static bool HasLine(string path, string text)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Contains(text, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Name, string Outcome, string Reason)> Outcomes(string report)
    {
        var root = (JsonTextObject)JsonText.Parse("report", report, new())!;
        return ((JsonTextArray)root.Find("tests")!)
            .Items.Cast<JsonTextObject>()
            .Select(t => (Text(t, "name"), Text(t, "result"), Text(t, "reason")));
    }

    private static string Text(JsonTextObject node, string name) => ((JsonTextString)node.Find(name)!).Value;
}
