using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Host;

/// <summary>How programs of other architectures are found to run, or not to.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GuestRunnerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ProbeTools _tools = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Programs_of_this_machine_run_as_they_are_and_nothing_is_probed()
    {
        var runner = await FindAsync(Arch.Host);

        Assert.That(runner, Is.EqualTo(new NativeRunner()));
        Assert.That(runner.Inputs, Is.Empty);
        Assert.That(_tools.Lines, Is.Empty);
    }

    [Test]
    public async Task A_static_emulator_that_runs_the_probe_is_taken_with_its_digest()
    {
        var emulator = Emulator("qemu-s390x-static", isStatic: true);

        var runner = (QemuUserRunner)await FindAsync(Arch.S390x);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(runner, Is.EqualTo(new QemuUserRunner(Arch.S390x, emulator, Digest.Of(File.ReadAllBytes(emulator)), false)));
            Assert.That(runner.Inputs.Single(), Is.EqualTo(new StepInput("guest runner qemu-s390x", runner.Digest)));
            Assert.That(_tools.Lines.Single(), Does.StartWith("unshare --user --map-root-user --mount sh -c").And.Contain(emulator));
        }
    }

    [Test]
    public async Task A_dynamically_linked_emulator_is_none_because_its_libraries_are_not_in_the_tree()
    {
        Emulator("qemu-s390x", isStatic: false);

        var e = await Assert.ThrowsAsync<PipelineException>(() => FindAsync(Arch.S390x));

        Assert.That((e.Exit, e.Diagnostics.Single().Code), Is.EqualTo((ExitClass.MissingTool, "PL0461")));
    }

    [Test]
    public async Task Without_an_emulator_the_hint_is_the_line_that_installs_it()
    {
        var e = await Assert.ThrowsAsync<PipelineException>(() => FindAsync(Arch.Aarch64));

        Assert.That((e.Exit, e.Diagnostics.Single().Code), Is.EqualTo((ExitClass.MissingTool, "PL0461")));
        Assert.That(e.Diagnostics.Single().Hint, Does.StartWith("apt-get install -y --no-install-recommends qemu-user-static"));
    }

    [TestCase(6, 1, ExpectedResult = "apt-get install -y --no-install-recommends qemu-user-static binfmt-support")]
    [TestCase(6, 7, ExpectedResult = "apt-get install -y --no-install-recommends qemu-user-static")]
    public string The_line_asks_for_binfmt_support_where_the_kernel_registers_for_the_machine_only(int major, int minor) =>
        GuestDiagnostics.Install(new(major, minor));

    [Test]
    public async Task An_emulator_that_the_kernel_does_not_use_is_another_error()
    {
        Emulator("qemu-ppc64le-static", isStatic: true);
        _tools.ExitCode = 1;

        var e = await Assert.ThrowsAsync<PipelineException>(() => FindAsync(Arch.Ppc64le));

        Assert.That((e.Exit, e.Diagnostics.Single().Code), Is.EqualTo((ExitClass.MissingTool, "PL0462")));
        Assert.That(e.Diagnostics.Single().Hint, Does.Contain("update-binfmts --enable"));
    }

    [TestCase("enabled\ninterpreter {0}\nflags: POCF\noffset 0\n", true)]
    [TestCase("enabled\ninterpreter {0}\nflags: POC\noffset 0\n", false, TestName = "Registered_without_F_is_none")]
    [TestCase("disabled\ninterpreter {0}\nflags: F\noffset 0\n", false, TestName = "Registered_and_switched_off_is_none")]
    [TestCase("enabled\ninterpreter /nonexistent\nflags: F\noffset 0\n", false, TestName = "Registered_and_gone_is_none")]
    public async Task Where_namespaces_have_no_registrations_that_of_the_machine_serves(string text, bool serves)
    {
        var emulator = Emulator("qemu-aarch64-static", isStatic: true);
        _tools.ExitCode = 1;
        _tools.Direct = 0;
        File.WriteAllText(_directory.File("qemu-aarch64"), string.Format(null, text, emulator));

        if (serves)
        {
            Assert.That(
                await FindAsync(Arch.Aarch64),
                Is.EqualTo(new QemuUserRunner(Arch.Aarch64, emulator, Digest.Of(File.ReadAllBytes(emulator)), IsOfMachine: true))
            );
        }
        else
        {
            var e = await Assert.ThrowsAsync<PipelineException>(() => FindAsync(Arch.Aarch64));
            Assert.That(e.Diagnostics.Single().Code, Is.EqualTo("PL0462"));
        }
    }

    /// <summary>What qemu-user-static of Debian registers, but for the path, the flags and byte 6, which is compared here.</summary>
    [TestCase("aarch64", @"\x02\x01\x01", @"\x02\x00\xb7\x00", @"\xfe\xff\xff\xff")]
    [TestCase("ppc64le", @"\x02\x01\x01", @"\x02\x00\x15\x00", @"\xfe\xff\xff\xff")]
    [TestCase("s390x", @"\x02\x02\x01", @"\x00\x02\x00\x16", @"\xff\xfe\xff\xff")]
    [TestCase("x86_64", @"\x02\x01\x01", @"\x02\x00\x3e\x00", @"\xfe\xff\xff\xff")]
    public void A_registration_compares_class_byte_order_type_and_machine(string name, string kind, string end, string mask)
    {
        var zeros = string.Concat(Enumerable.Repeat(@"\x00", 9));
        var ones = string.Concat(Enumerable.Repeat(@"\xff", 7));

        Assert.That(
            BinaryFormats.Line(Of(name), "/usr/bin/emulator"),
            Is.EqualTo($@":pipeline-{name}:M:0:\x7f\x45\x4c\x46{kind}{zeros}{end}:{ones}{zeros}{mask}:/usr/bin/emulator:PF")
        );
    }

    [TestCase("x86_64", 62)]
    [TestCase("aarch64", 183)]
    [TestCase("ppc64le", 21)]
    [TestCase("s390x", 22)]
    public void The_probe_is_a_program_of_the_architecture(string name, int machine)
    {
        var elf = ElfFile.TryRead(new MemoryStream(BinaryFormats.TestProgram(Of(name))));

        Assert.That(elf, Is.Not.Null);
        Assert.That(((int)elf!.Machine, elf.Interpreter), Is.EqualTo((machine, (string?)null)));
    }

    [Test, Category(Tiers.System)]
    public async Task The_probe_of_this_machine_runs_and_ends_with_zero()
    {
        var program = _directory.File("program");
        await File.WriteAllBytesAsync(program, BinaryFormats.TestProgram(Arch.Host));
        File.SetUnixFileMode(program, (UnixFileMode)FileModes.Executable);

        Assert.That((await new ToolRunner().RunAsync(new(program, []), CancellationToken.None)).ExitCode, Is.Zero);
    }

    /// <summary>With qemu-user-static installed, every architecture runs here, in one of the two ways.</summary>
    [Test, Category(Tiers.System)]
    public async Task Every_other_architecture_is_emulated_on_this_machine([Values("x86_64", "aarch64", "ppc64le", "s390x")] string name)
    {
        var runner = await new GuestRunners(new ToolRunner()).FindAsync(Of(name), Arch.Host, CancellationToken.None);

        Assert.That(runner, Of(name) == Arch.Host ? Is.TypeOf<NativeRunner>() : Is.TypeOf<QemuUserRunner>());
    }

    private static Arch Of(string name) => Arch.All.Single(a => a.Name == name);

    private Task<GuestRunner> FindAsync(Arch tree) =>
        new GuestRunners(_tools) { MachineFormats = _directory.Path }.FindAsync(tree, Arch.X86_64, CancellationToken.None);

    private string Emulator(string name, bool isStatic)
    {
        var path = _directory.File(name);
        var program = BinaryFormats.TestProgram(Arch.X86_64);
        if (!isStatic)
        {
            const int interpreter = 3;
            program[64] = interpreter; // the one segment then names a loader
        }

        File.WriteAllBytes(path, program);
        _tools.Found[name] = path;
        return path;
    }

    /// <summary>Finds what a test installed; the probe ends as the test says.</summary>
    private sealed class ProbeTools : IToolRunner
    {
        private readonly RecordingToolRunner _recording = new();

        public Dictionary<string, string> Found { get; } = [];

        public int ExitCode { get; set; }

        public int Direct { get; set; } = 1;

        public IReadOnlyList<string> Lines => _recording.Lines;

        public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
        {
            _recording.End = c => new("", c.Program == "unshare" ? ExitCode : Direct);
            return _recording.RunAsync(command, cancellationToken);
        }

        public IRunningTool Start(ToolCommand command) => _recording.Start(command);

        public string? Find(string program) => Found.GetValueOrDefault(program);
    }
}
