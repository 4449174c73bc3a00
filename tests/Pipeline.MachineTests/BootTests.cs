using Pipeline.Host.Files;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Guests;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.TestKit.Machines;

namespace Pipeline.MachineTests;

/// <summary>Real boots of the minimal OS, several at once: each test runs one machine with one virtual processor.</summary>
[TestFixture, Category("machine"), Parallelizable(ParallelScope.Children)]
public sealed class BootTests
{
    private const string Named = """
        {"ignition":{"version":"3.0.0"},
         "storage":{"files":[{"path":"/etc/hostname","mode":420,"contents":{"source":"data:,plain-qemu"}}]}}
        """;

    [Test, CancelAfter(1_800_000)]
    public async Task A_QEMU_machine_keeps_the_contract_of_machines(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await using var machines = await QemuMachines.CreateAsync(
            MinimalBuild.Tools,
            new TestReporter(),
            TimeProvider.System,
            "qemu",
            new(MinimalBuild.Image, "qcow2"),
            directory.File("disks"),
            MinimalBuild.Work.Cache,
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
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                RunReport.Outcomes(result.Text),
                Is.EqualTo(new[] { ("ext.tests.lost.fine", "PASS", ""), ("ext.tests.lost.panics", "FAIL", $"kernel panic: {panic}") })
            );
            var consoles = Directory
                .GetDirectories(directory.File("out"), "ext.tests.lost.panics*")
                .Select(d => File.ReadAllText(Path.Combine(d, "console.txt")));
            Assert.That(consoles, Has.Exactly(MinimalBuild.Accelerator.Kvm ? 1 : 3).Contains(panic));
        }
    }

    [Test, CancelAfter(1_800_000)]
    public async Task A_person_gets_a_shell_on_UEFI_with_their_own_terminal_and_ways_in(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            directory.File("name.ign"),
            "variant: fcos\nversion: 1.4.0\nstorage: {files: [{path: /etc/hostname, mode: 0644, contents: {inline: pty-test}}]}\n",
            cancellationToken
        );
        using var terminal = PseudoTerminal.Open(rows: 33, columns: 101);
        var run = MinimalBuild.Command("run", "latest", "--firmware", "uefi", "-i", directory.File("name.ign"));
        run = run with { Environment = new Dictionary<string, string>(run.Environment) { ["TERM"] = "xterm-256color" } };
        await using var program = MinimalBuild.Tools.Start(terminal.Around(run));
        var ways = await terminal.WaitForAsync("core@pty-test", cancellationToken);

        var ssh = ways.Replace("\r", "", StringComparison.Ordinal).Split('\n').Single(l => l.StartsWith("ssh: ", StringComparison.Ordinal));
        var other = await MinimalBuild.Tools.RunAsync(new("sh", ["-c", $"{ssh[5..]} hostname"]), cancellationToken);
        await terminal.TypeAsync("test -d /sys/firmware/efi && echo \"it's $(id -un) $TERM $(stty size)\"; exit 7\r", cancellationToken);
        var said = await terminal.WaitForAsync("logout", cancellationToken);
        var end = await program.Completion.WaitAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ways, Does.Contain("leave with 'exit'").And.Contain("QMP: ").And.Contain("this is a Butane config"));
            Assert.That(other.Text, Is.EqualTo("pty-test\n"));
            Assert.That(said, Does.Contain("it's core xterm-256color 33 101"));
            Assert.That(end.ExitCode, Is.EqualTo(7));
        }
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
                    "tcg",
                    "-cpu",
                    "Nehalem",
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

    private static async Task InMachineAsync(
        string image,
        string format,
        string? ignition,
        Func<QemuMachine, QemuHost, Task> use,
        CancellationToken cancellationToken
    )
    {
        using var scratch = new TemporaryDirectory();
        var key = await SshKey.CreateAsync(MinimalBuild.Tools, scratch.Path, cancellationToken);
        var host = new QemuHost(
            MinimalBuild.Tools,
            TimeProvider.System,
            MinimalBuild.Accelerator,
            key,
            scratch.Path,
            scratch.File("disks")
        );
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

    private static bool HasLine(string path, string text)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Contains(text, StringComparison.Ordinal);
    }
}
