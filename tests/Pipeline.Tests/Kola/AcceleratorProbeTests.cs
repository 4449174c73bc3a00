using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class AcceleratorProbeTests
{
    [Test]
    public void The_probe_ROM_jumps_from_the_reset_vector_to_its_start()
    {
        var rom = AcceleratorProbe.Rom();
        var displacement = rom[0xfff1] | (rom[0xfff2] << 8);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rom, Has.Length.EqualTo(0x10000));
            Assert.That(rom[0xfff0], Is.EqualTo(0xe9));
            Assert.That((0xfff3 + displacement) & 0xffff, Is.Zero);
        }
    }

    [Test]
    public async Task A_device_that_exists_but_cannot_run_a_guest_falls_to_emulation_and_says_why()
    {
        using var directory = new TemporaryDirectory();
        var tools = new FakeQemu { Kvm = (134, "failed to set MSR 0x10a\nAborted") };

        var found = await new AcceleratorProbe(tools, TimeProvider.System).FindAsync(directory.File("a.json"), CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Kvm, Is.False);
            Assert.That(
                found.Arguments(QemuArchitecture.Find(Pipeline.Model.Values.Architecture.X86_64)!),
                Is.EqualTo(["-accel", "tcg,thread=multi", "-cpu", "Nehalem"])
            );
            Assert.That(found.ToString(), Does.Contain(File.Exists("/dev/kvm") ? "failed to set MSR 0x10a" : "/dev/kvm does not exist"));
        }
    }

    [Test]
    public async Task The_answer_is_kept_for_one_boot_of_the_host()
    {
        using var directory = new TemporaryDirectory();
        var tools = new FakeQemu { Kvm = (AcceleratorProbe.GuestRan, "") };
        var probe = new AcceleratorProbe(tools, TimeProvider.System);
        var first = await probe.FindAsync(directory.File("a.json"), CancellationToken.None);
        var runs = tools.Runs;
        var second = await probe.FindAsync(directory.File("a.json"), CancellationToken.None);
        await File.WriteAllTextAsync(
            directory.File("a.json"),
            (await File.ReadAllTextAsync(directory.File("a.json"))).Replace(
                "\"key\": \"",
                "\"key\": \"another boot ",
                StringComparison.Ordinal
            )
        );
        await probe.FindAsync(directory.File("a.json"), CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.EqualTo(first));
            Assert.That(tools.Runs, Is.EqualTo(runs * 2));
        }
    }

    [Test]
    public void Without_any_guest_the_tool_is_missing()
    {
        using var directory = new TemporaryDirectory();
        var tools = new FakeQemu { Kvm = (1, "x"), Tcg = (1, "unknown machine") };

        Assert.That(
            async () => await new AcceleratorProbe(tools, TimeProvider.System).FindAsync(directory.File("a.json"), CancellationToken.None),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL4001").And.Message.Contains("unknown machine")
        );
    }

    private sealed class FakeQemu : IToolRunner
    {
        public (int Code, string Error) Kvm { get; init; }

        public (int Code, string Error) Tcg { get; init; } = (AcceleratorProbe.GuestRan, "");

        public int Runs { get; private set; }

        public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IRunningTool Start(ToolCommand command)
        {
            Runs++;
            var (code, error) = command.Arguments.Contains("kvm") ? Kvm : Tcg;
            return new Ended(new(code, default, error, TimeSpan.Zero));
        }

        public string? Find(string program) => null;

        private sealed class Ended(ToolResult result) : IRunningTool
        {
            public int Id => 1;

            public Task<ToolResult> Completion => Task.FromResult(result);

            public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
