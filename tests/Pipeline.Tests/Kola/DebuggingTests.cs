using System.Collections.Concurrent;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Tests.Cli;
using static Pipeline.Tests.Kola.ScriptedGuests;

namespace Pipeline.Tests.Kola;

/// <summary>What a person in front of a machine gets: a shell where a test failed, ways in, lines that can be pasted.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DebuggingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ScriptedGuests _guests = new();
    private readonly ShellWatch _tools = new();

    public DebuggingTests()
    {
        File.WriteAllText(_directory.File("disk's.raw"), "an image");
        Directory.CreateDirectory(_directory.File("p"));
    }

    public void Dispose()
    {
        _guests.Dispose();
        _directory.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task A_shell_opens_in_the_machine_of_each_test_that_fails_before_that_machine_ends(CancellationToken cancellationToken)
    {
        Write("bad", "fine", "worse");
        _guests.Unit = s => Task.FromResult(s.Test.EndsWith("fine", StringComparison.Ordinal) ? Success() : Failure("x\n"));
        _tools.Shell = () => _guests.Machines.Events[^1];

        var report = await Runner()
            .RunAsync(
                new()
                {
                    Boot = Boot with { TerminalType = "xterm-test" },
                    Directories = [_directory.File("p")],
                    KeepGoing = true,
                    ShellOnFailure = true,
                },
                cancellationToken
            );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Tests.Count(t => t.Outcome == TestOutcome.Fail), Is.EqualTo(2));
            Assert.That(_tools.Shells, Is.EqualTo(["boot ext.p.bad, TERM=xterm-test", "boot ext.p.worse, TERM=xterm-test"]));
            Assert.That(_guests.Reporter.Lines, Has.Some.StartsWith("ext.p.bad failed: here is a shell in its machine"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Without_being_asked_for_no_shell_opens(CancellationToken cancellationToken)
    {
        Write("bad");
        _guests.Unit = _ => Task.FromResult(Failure("x\n"));

        await Runner().RunAsync(new() { Boot = Boot, Directories = [_directory.File("p")] }, cancellationToken);

        Assert.That(_tools.Shells, Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task The_line_that_runs_a_failed_test_again_does_so_from_any_directory(CancellationToken cancellationToken)
    {
        Write("bad");
        File.WriteAllText(_directory.File("my config.bu"), "variant: fcos\nversion: 1.0.0\n");
        _guests.Unit = _ => Task.FromResult(Failure("x\n"));
        var boot = Boot with { MemoryMiB = 2048, Firmware = MachineFirmware.Uefi, Butane = _directory.File("my config.bu") };
        var request = new KolaRequest
        {
            Boot = boot,
            Directories = [_directory.File("p")],
            NoFork = true,
        };

        var report = await Runner().RunAsync(request, cancellationToken);
        var again = report.Tests.Single().Again;
        var junit = await File.ReadAllTextAsync(_directory.File("tmp/kola/reports/junit.xml"), cancellationToken);
        var words = (await new ToolRunner().RunAsync(new("sh", ["-c", $"printf '%s\\n' {again}"]), cancellationToken))
            .Text.Trim()
            .Split('\n');
        var run = await CliRun.Of([.. words[1..]], "/", tools: new TestKit.RecordingToolRunner { Missing = { "qemu-system-x86_64" } });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                words,
                Is.EqualTo([
                    "pipeline",
                    "-C",
                    _directory.Path,
                    "kola",
                    "run",
                    "--force",
                    "--qemu-image",
                    _directory.File("disk's.raw"),
                    "-E",
                    _directory.File("p"),
                    "--firmware",
                    "uefi",
                    "--memory",
                    "2048",
                    "--butane",
                    _directory.File("my config.bu"),
                    "--no-fork",
                    "ext.p.bad",
                ])
            );
            Assert.That(run.Error, Does.Contain(_directory.File("disk's.raw")).And.Not.Contain("PL7"), "it is understood");
            Assert.That(KolaRunner.Table(report), Does.Contain($"      again: {again}\n"));
            Assert.That(KolaRunner.Json(report), Does.Contain("\"again\": \"pipeline -C "));
            Assert.That(junit, Does.Contain("\nagain: pipeline -C "));
        }
    }

    [Test]
    public void A_build_is_named_by_its_id_because_latest_moves() =>
        Assert.That(
            Reproduction.Line(
                new()
                {
                    Boot = new() { WorkDirectory = new("/w"), Build = "latest" },
                    Distro = "fcos",
                },
                new()
                {
                    Id = "13.1",
                    Image = "/w/i.qcow2",
                    Format = "qcow2",
                    ImageIdentity = "i",
                    Directory = "/w/builds/13.1/x86_64",
                },
                "ext.kola-tests.a"
            ),
            Is.EqualTo("pipeline -C /w kola run --force --build 13.1 -E /w/kola-tests --distro fcos ext.kola-tests.a")
        );

    [Test, CancelAfter(60_000)]
    public async Task A_machine_for_a_person_says_how_to_leave_and_how_to_reach_it(CancellationToken cancellationToken)
    {
        var code = await Runner().ShellAsync(Boot with { Ports = [new(8080, 80)], TerminalType = "vt52" }, [], cancellationToken);

        var console = Path.Combine(_directory.File("tmp/run"), "console.txt");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero);
            Assert.That(_tools.Shells, Is.EqualTo(["TERM=vt52"]));
            Assert.That(
                _guests.Reporter.Lines,
                Is.SupersetOf(
                    new[]
                    {
                        "port 8080 of 127.0.0.1 leads to port 80 of the machine",
                        "leave with 'exit' or Ctrl-D; the machine ends with its shell. Enter ~ . ends a shell that hangs",
                        "ssh:     ssh fake",
                        $"console: tail -f {console}",
                    }
                )
            );
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Several_machines_for_people_run_at_once_each_with_a_folder_of_its_own(CancellationToken cancellationToken)
    {
        var second = new ShellWatch { Shell = () => string.Join(' ', _guests.Machines.Events) };
        _tools.Shell = () =>
        {
            // Asked while the first one runs.
            Runner(second).ShellAsync(Boot, [], CancellationToken.None).GetAwaiter().GetResult();
            return "";
        };

        await Runner().ShellAsync(Boot, [], cancellationToken);

        Assert.That(second.Shells, Is.EqualTo(["boot run boot run-2, "]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_console_without_a_serial_line_is_an_error(CancellationToken cancellationToken)
    {
        var failure = await Assert.ThrowsAsync<PipelineException>(() =>
            Runner().ShellAsync(Boot with { Console = true }, [], cancellationToken)
        );

        Assert.That(failure!.Message, Does.Contain("PL4024").And.Contain("leave --console out"));
        Assert.That(_guests.Machines.Events, Is.EqualTo(["boot run", "end run"]));
    }

    [TestCase("80", "--port: '80' is not H:G, two ports from 1 to 65535, for example 8080:80")]
    [TestCase("0:80", "--port: '0:80' is not H:G")]
    [TestCase("80:65536", "--port: '80:65536' is not H:G")]
    [TestCase("a:b", "--port: 'a:b' is not H:G")]
    [TestCase("1:2:3", "--port: '1:2:3' is not H:G")]
    public async Task A_wrong_port_says_the_form(string port, string expected)
    {
        var run = await CliRun.Of(["run", "--port", port], _directory.Path);

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((2, run.Error)));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public async Task A_console_runs_no_command()
    {
        var run = await CliRun.Of(["run", "--console", "--", "true"], _directory.Path);

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((2, "error PL4092: --console runs no command\n  hint: leave one of them out\n")));
    }

    [TestCase("xterm-256color", "Environment=TERM=xterm-256color\\nExecStart=")]
    [TestCase("evil\nExecStartPre=/bin/rm", "[Service]\\nExecStart=")]
    [TestCase(null, "[Service]\\nExecStart=")]
    public void The_serial_console_logs_in_with_the_terminal_of_the_person(string? terminal, string expected) =>
        Assert.That(SerialLogin.Config(terminal), Does.Contain(expected).And.Contain("--autologin core").And.Not.Contain("/bin/rm"));

    private BootRequest Boot =>
        new()
        {
            WorkDirectory = new(_directory.Path),
            Image = _directory.File("disk's.raw"),
            Architecture = Pipeline.Model.Values.Architecture.X86_64,
        };

    private KolaRunner Runner(ShellWatch? tools = null)
    {
        var machines = _guests.Machines.Events.Count > 0 ? _guests.Machines : _guests.Context(canSave: false).Machines;
        return new(tools ?? _tools, _guests.Reporter, TimeProvider.System)
        {
            Machines = (_, _) => Task.FromResult<IMachineProvider>(machines),
        };
    }

    private void Write(params string[] tests)
    {
        foreach (var test in tests)
        {
            File.WriteAllText(_directory.File($"p/{test}"), "#!/bin/sh\n");
            File.SetUnixFileMode(_directory.File($"p/{test}"), (UnixFileMode)0x1ed);
        }
    }

    /// <summary>The real tools, and for each program on a person's terminal what a function says at that moment and its TERM.</summary>
    private sealed class ShellWatch : IToolRunner
    {
        private readonly ToolRunner _real = new();
        private readonly ConcurrentQueue<string> _shells = new();

        public Func<string> Shell { get; set; } = () => "";

        public IReadOnlyList<string> Shells => [.. _shells];

        public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken) =>
            _real.RunAsync(command, cancellationToken);

        public IRunningTool Start(ToolCommand command)
        {
            if (command.Terminal)
            {
                var state = Shell();
                var terminal = command.Environment.TryGetValue("TERM", out var kind) ? $"TERM={kind}" : "";
                _shells.Enqueue(state.Length > 0 ? $"{state}, {terminal}" : terminal);
            }

            return _real.Start(command with { Terminal = false });
        }

        public string? Find(string program) => _real.Find(program);
    }
}
