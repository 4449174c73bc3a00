using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Qemu;

namespace Pipeline.Tests.Kola;

/// <summary>Machines that a run saved and later runs start from.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SavedMachineTests : IDisposable
{
    private readonly FakeQemu _qemu = new();
    private int _boots;

    public void Dispose() => _qemu.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task A_machine_is_booted_once_for_all_runs(CancellationToken cancellationToken)
    {
        await using (var first = await GetAsync(Start(), "well", cancellationToken))
        {
            Assert.That((first.IsOld, _boots), Is.EqualTo((false, 1)));
            await using var fork = await first.StartAsync(_qemu.Folder("one"), cancellationToken);
        }

        await using (var second = await GetAsync(Start(), "well", cancellationToken))
        {
            Assert.That((second.IsOld, _boots), Is.EqualTo((true, 1)));
            await using var fork = await second.StartAsync(_qemu.Folder("two"), cancellationToken);
            Assert.That(fork.Guest.Channel, Is.EqualTo("guest agent"));
        }

        Assert.That((_qemu.Alive, _qemu.Leftovers), Is.EqualTo((0, Array.Empty<string>())));
    }

    [Test, CancelAfter(60_000)]
    public async Task Ports_of_the_host_make_no_other_machine(CancellationToken cancellationToken)
    {
        await (await GetAsync(Start(), "well", cancellationToken)).DisposeAsync();

        var start = Start();
        await using var other = await GetAsync(
            start with
            {
                Shape = start.Shape with { Ports = [new(8080, 80)] },
            },
            "well",
            cancellationToken
        );

        Assert.That((other.IsOld, other.Shape.Ports), Is.EqualTo((true, new[] { new MachinePort(8080, 80) })));
    }

    [TestCase("config"), TestCase("memory"), TestCase("image"), TestCase("point"), TestCase("arguments"), CancelAfter(60_000)]
    public async Task What_the_guest_could_see_makes_another_machine(string what, CancellationToken cancellationToken)
    {
        await (await GetAsync(Start(), "well", cancellationToken)).DisposeAsync();
        var start = Start();
        if (what == "image")
        {
            await File.WriteAllTextAsync(_qemu.Folder("image.qcow2"), "other", cancellationToken);
        }

        start = what switch
        {
            "config" => start with { Ignition = "{ }" },
            "memory" => start with { Shape = start.Shape with { MemoryMiB = 2048 } },
            "arguments" => start with { Shape = start.Shape with { KernelArguments = ["quiet"] } },
            _ => start,
        };
        await using var other = await GetAsync(start, what == "point" ? "answers" : "well", cancellationToken);

        Assert.That((other.IsOld, _boots), Is.EqualTo((false, 2)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Runs_at_the_same_time_wait_for_one_boot(CancellationToken cancellationToken)
    {
        var saved = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GetAsync(Start(), "well", cancellationToken)));

        Assert.That((_boots, saved.Count(s => s.IsOld)), Is.EqualTo((1, 3)));
        await Task.WhenAll(saved.Select(s => s.DisposeAsync().AsTask()));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_boot_that_fails_leaves_nothing_for_later_runs(CancellationToken cancellationToken)
    {
        await Assert.ThrowsAsync<MachineFailedException>(() =>
            _qemu.Store().GetAsync(Start(), "well", _ => throw new MachineFailedException("no luck"), cancellationToken)
        );

        await using var next = await GetAsync(Start(), "well", cancellationToken);

        Assert.That((next.IsOld, _boots), Is.EqualTo((false, 1)));
    }

    [Test, CancelAfter(60_000)]
    public async Task One_that_was_discarded_goes_when_its_last_user_ends(CancellationToken cancellationToken)
    {
        var user = await GetAsync(Start(), "well", cancellationToken);
        var other = await GetAsync(Start(), "well", cancellationToken);
        other.Discard();
        await other.DisposeAsync();
        Assert.That(Kept(), Is.EqualTo(1), "a machine of the first run still reads it");
        user.Discard();
        await user.DisposeAsync();

        Assert.That(Kept(), Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task The_last_few_stay_and_those_in_use(CancellationToken cancellationToken)
    {
        await using var used = await GetAsync(Start(), "used", cancellationToken);
        for (var i = 0; i < QemuSavedStore.MostKept + 1; i++)
        {
            await (await GetAsync(Start(), $"point-{i}", cancellationToken)).DisposeAsync();
        }

        Assert.That(Kept(), Is.EqualTo(QemuSavedStore.MostKept + 1));
        await using var again = await GetAsync(Start(), "used", cancellationToken);
        Assert.That(again.IsOld, Is.True);
    }

    private int Kept() => Directory.GetDirectories(_qemu.Folder("cache/machines")).Length;

    private MachineStart Start() => new(new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 }, "{}", _qemu.Folder("base"));

    private Task<ISavedMachine> GetAsync(MachineStart start, string point, CancellationToken cancellationToken) =>
        _qemu
            .Store()
            .GetAsync(
                start,
                point,
                async token =>
                {
                    Interlocked.Increment(ref _boots);
                    var machine = await _qemu.StartAsync($"base-{_boots}", TimeProvider.System, token);
                    await machine.WaitForGuestAsync(token);
                    return machine;
                },
                cancellationToken
            );
}
