using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

/// <summary>What a QEMU that ends, resets or hangs at a bad moment costs: its machine, never the run.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QemuMachineTests : IDisposable
{
    private readonly FakeQemu _qemu = new();

    public void Dispose() => _qemu.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task A_saved_machine_starts_others(CancellationToken cancellationToken)
    {
        await using (var saved = await SavedAsync(TimeProvider.System, cancellationToken))
        {
            await using var fork = await saved.StartAsync(_qemu.Folder("fork"), cancellationToken);
            Assert.That(fork.Guest.Channel, Is.EqualTo("guest agent"));
        }

        Assert.That((_qemu.Started, _qemu.Alive, _qemu.Leftovers), Is.EqualTo((2, 0, Array.Empty<string>())));
    }

    [TestCase("stop"), TestCase("migrate"), TestCase("query-migrate"), CancelAfter(60_000)]
    public async Task A_QEMU_that_ends_while_it_is_saved_is_a_lost_machine(string command, CancellationToken cancellationToken)
    {
        _qemu.Answer = (_, name) => name == command ? QemuAnswer.Dies("no space left") : QemuAnswer.Usual;

        var lost = await Assert.ThrowsAsync<MachineFailedException>(() => SavedAsync(TimeProvider.System, cancellationToken));

        Assert.That(lost!.Message, Is.EqualTo("QEMU exited with 1: no space left"));
        Assert.That((_qemu.Alive, _qemu.Leftovers), Is.EqualTo((0, Array.Empty<string>())));
    }

    [TestCase("query-status"), TestCase("cont"), TestCase("human-monitor-command"), TestCase("qmp_capabilities"), CancelAfter(60_000)]
    public async Task A_QEMU_that_ends_while_it_loads_a_saved_state_is_a_lost_machine(string command, CancellationToken cancellationToken)
    {
        await using var saved = await SavedAsync(TimeProvider.System, cancellationToken);
        _qemu.Answer = (number, name) => number == 2 && name == command ? QemuAnswer.Dies("bad state") : QemuAnswer.Usual;

        var lost = await Assert.ThrowsAsync<MachineFailedException>(() => saved.StartAsync(_qemu.Folder("fork"), cancellationToken));

        Assert.That(lost!.Message, Does.EndWith("QEMU exited with 1: bad state"));
        Assert.That(_qemu.Alive, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_machine_that_does_not_start_again_after_its_reset_is_lost_and_ends_in_order(CancellationToken cancellationToken)
    {
        _qemu.Answer = (number, name) =>
            number == 1 && name == "query-status" ? QemuAnswer.Resets
            : number == 2 ? QemuAnswer.Dies("the disk is locked")
            : QemuAnswer.Usual;
        var machine = await _qemu.StartAsync("m", TimeProvider.System, cancellationToken);
        var lost = await Assert.ThrowsAsync<MachineFailedException>(() =>
            machine.RebootAsync(MachineReboot.Hard, c => machine.Monitor.CallAsync("query-status", null, c), cancellationToken)
        );

        await machine.DisposeAsync();

        Assert.That(lost!.Message, Does.Contain("did not start again after its reset").And.EndsWith("the disk is locked"));
        Assert.That((_qemu.Started, _qemu.Alive, _qemu.Leftovers), Is.EqualTo((2, 0, Array.Empty<string>())));
    }

    [TestCase("query-migrate", "{\"return\": {\"status\": \"active\"}}\n", "saving the machine's state did not end within ")]
    [TestCase("query-status", "{\"return\": {\"status\": \"inmigrate\"}}\n", "loading the saved state did not end within ")]
    [CancelAfter(60_000)]
    public async Task Neither_saving_nor_loading_waits_for_ever(string command, string answer, string expected, CancellationToken token)
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        _qemu.Answer = (_, name) =>
        {
            if (name == command)
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                return new(answer);
            }

            return QemuAnswer.Usual;
        };

        var lost = await Assert.ThrowsAsync<MachineFailedException>(async () =>
        {
            await using var saved = await SavedAsync(clock, token);
            await using var fork = await saved.StartAsync(_qemu.Folder("fork"), token);
        });

        Assert.That(lost!.Message, Does.StartWith(expected));
        Assert.That((_qemu.Alive, _qemu.Leftovers), Is.EqualTo((0, Array.Empty<string>())));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_line_that_starts_a_machine_again_works_when_the_machine_is_gone(CancellationToken cancellationToken)
    {
        var shape = new MachineShape
        {
            Architecture = Pipeline.Model.Values.Architecture.X86_64,
            SystemDisk = new() { Size = ByteSize.FromMiB(64) },
            Disks = [new() { Size = ByteSize.FromMiB(8) }],
            MemoryMiB = 1536,
        };
        await using (await _qemu.StartAsync("it's gone", shape, "{}", cancellationToken))
        {
            // It runs, and ends.
        }

        // QEMU itself is not needed to see that each file it is given is there.
        Directory.CreateDirectory(_qemu.Folder("bin"));
        await File.WriteAllTextAsync(
            _qemu.Folder("bin/qemu-img"),
            "#!/bin/sh\nfor a; do case $a in */again/*) : >\"$a\";; /*) test -e \"$a\" || exit 8;; esac; done\n",
            cancellationToken
        );
        File.SetUnixFileMode(_qemu.Folder("bin/qemu-img"), (UnixFileMode)0x1ed);
        await File.WriteAllTextAsync(
            _qemu.Folder("bin/qemu-system-x86_64"),
            "#!/bin/sh\nfor a; do case $a in *file=*) f=${a##*file=}; f=${f%%,*}; test -e \"$f\" || exit 9; echo \"$f\";; esac; done\n",
            cancellationToken
        );
        File.SetUnixFileMode(_qemu.Folder("bin/qemu-system-x86_64"), (UnixFileMode)0x1ed);
        var text = await File.ReadAllTextAsync(Path.Combine(_qemu.Folder("it's gone"), "qemu.txt"), cancellationToken);
        var line = text.Split('\n').Single(l => l.Length > 0 && l[0] != '#');
        var script = $"PATH=\"{_qemu.Folder("bin")}:$PATH\"\n{line}\n";
        var pasted = await new ToolRunner().RunAsync(new("sh", ["-e", "-c", script]), cancellationToken);
        var again = await new ToolRunner().RunAsync(new("sh", ["-e", "-c", script]), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                pasted
                    .Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(f => Path.GetRelativePath(_qemu.Folder("it's gone"), f)),
                Is.EqualTo(["again/disk.qcow2", "again/disk-1.qcow2", "ignition.json"])
            );
            Assert.That(again.Text, Is.EqualTo(pasted.Text), "as often as one likes");
            Assert.That(line, Does.Contain("-m 1536").And.Contain("-serial mon:stdio").And.Not.Contain("/scratch/"));
        }
    }

    private async Task<ISavedMachine> SavedAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        await using var machine = await _qemu.StartAsync("base", time, cancellationToken);
        await machine.WaitForGuestAsync(cancellationToken);
        return await machine.SaveAsync(cancellationToken);
    }
}
