using Pipeline.Clouds.Instances;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Cloud;
using Pipeline.Kola.Machines.Guests;
using Pipeline.TestKit.Machines;

namespace Pipeline.Tests.Kola;

/// <summary>The machine contract for every implementation that needs no image; QEMU's is among the machine tests.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MachineContractTests : IDisposable
{
    private static readonly MachineShape Shape = new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 };
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task The_fake_machine(CancellationToken cancellationToken)
    {
        await using var provider = new FakeMachineProvider();
        await using var first = await provider.StartAsync(new(Shape, "{}", _directory.File("m1")), cancellationToken);
        await MachineContract.CheckAsync(first, cancellationToken);
        await using var second = await provider.StartAsync(new(Shape, null, _directory.File("m2")), cancellationToken);
        await MachineContract.CheckCancellationAsync(second, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_machine_of_a_cloud(CancellationToken cancellationToken)
    {
        var cloud = new FakeCloudInstances();
        await using (var provider = new CloudMachines(Host(cloud)))
        {
            await using var first = await provider.StartAsync(new(Shape, "{\"x\":1}", _directory.File("m1")), cancellationToken);
            await MachineContract.CheckAsync(first, cancellationToken);
            await using var second = await provider.StartAsync(new(Shape, null, _directory.File("m2")), cancellationToken);
            await MachineContract.CheckCancellationAsync(second, cancellationToken);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                cloud.Launches.Select(l => $"{l.Name} {l.Image} {l.UserData}".Trim()),
                Is.EqualTo(["run7-m1 ami-1 {\"x\":1}", "run7-m2 ami-1"])
            );
            Assert.That(await cloud.ListAsync(new Dictionary<string, string>(), cancellationToken), Is.Empty, "nothing is left running");
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_fatal_line_on_a_clouds_console_ends_the_boot_and_is_kept(CancellationToken cancellationToken)
    {
        const string panic = "[    3.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)";
        var cloud = new FakeCloudInstances();
        await using var provider = new CloudMachines(
            Host(cloud) with
            {
                Connect = async (_, _, token) =>
                {
                    cloud.Print("i-1", $"booting\n{panic}\n");
                    await Task.Delay(Timeout.Infinite, token);
                    throw new InvalidOperationException();
                },
            }
        );
        await using var machine = await provider.StartAsync(new(Shape, null, _directory.File("m")), cancellationToken);

        await Assert.ThatAsync(
            () => machine.WaitForGuestAsync(cancellationToken),
            Throws.TypeOf<MachineFailedException>().With.Message.Contains("VFS: Unable to mount root fs")
        );
        Assert.That(await File.ReadAllTextAsync(_directory.File("m/console.txt"), cancellationToken), Does.Contain(panic));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_a_killed_run_left_is_terminated_with_the_provider(CancellationToken cancellationToken)
    {
        var cloud = new FakeCloudInstances();
        var tags = new Dictionary<string, string> { ["pipeline-run"] = "run7" };
        var launch = new CloudLaunch
        {
            Name = "x",
            Image = "i",
            Shape = CloudMachine.Shaped(Shape, 1),
        };
        await cloud.LaunchAsync(launch with { Tags = tags }, cancellationToken);
        await cloud.LaunchAsync(launch with { Name = "other", Tags = new Dictionary<string, string>() }, cancellationToken);

        await new CloudMachines(Host(cloud)).DisposeAsync();

        var left = await cloud.ListAsync(new Dictionary<string, string>(), cancellationToken);
        Assert.That(left.Select(i => i.Name), Is.EqualTo(["other"]));
    }

    [Test]
    public async Task A_shape_that_the_cloud_lacks_is_refused_before_a_launch()
    {
        var cloud = new FakeCloudInstances { Lacking = s => s.Tpm ? "no TPM" : "" };
        await using var provider = new CloudMachines(Host(cloud));

        Assert.That(provider.Lacks(Shape), Is.Empty);
        Assert.That(provider.Lacks(Shape with { Tpm = true }), Is.EqualTo("no TPM"));
        await Assert.ThatAsync(
            async () => await provider.StartAsync(new(Shape with { Tpm = true }, null, _directory.File("m")), CancellationToken.None),
            Throws.TypeOf<MachineFailedException>()
        );
        Assert.That(cloud.Launches, Is.Empty);
    }

    [TestCase("abc", "", ExpectedResult = "abc")]
    [TestCase("abcdef", "abc", ExpectedResult = "def")]
    [TestCase("cdefgh", "abcdef", ExpectedResult = "cdefgh", TestName = "A tail that is not found whole is printed again")]
    [TestCase("abc", "abc", ExpectedResult = "")]
    public string A_console_that_is_fetched_whole_is_appended_in_parts(string text, string before) =>
        text[CloudMachine.Seen(text, before)..];

    [Test]
    public void A_console_of_which_only_the_end_is_kept_goes_on_where_it_was()
    {
        var all = string.Concat(Enumerable.Range(0, 2000).Select(i => $"line {i}\n"));

        Assert.That(all[5000..][CloudMachine.Seen(all[5000..], all[..10_000])..], Is.EqualTo(all[10_000..]));
    }

    private CloudHost Host(FakeCloudInstances cloud) =>
        new(cloud, "ami-1", "run7", new ToolRunner(), TimeProvider.System, new SshKey("k", "ssh-ed25519 AAAA x"), _directory.Path)
        {
            Beat = TimeSpan.FromMilliseconds(20),
            Patience = TimeSpan.FromSeconds(30),
            Connect = (target, _, _) =>
            {
                Assert.That(target(), Is.EqualTo(new SshTarget("192.0.2.7", 22)));
                return Task.FromResult<IGuest>(Guest(cloud));
            },
        };

    private static FakeGuest Guest(FakeCloudInstances cloud)
    {
        FakeGuest? guest = null;
        return guest = new FakeGuest(
            async (command, input, token) =>
            {
                if (command.Contains("systemctl reboot", StringComparison.Ordinal))
                {
                    await cloud.RebootAsync("i-1", token);
                    guest!.End();
                    return new(255, "", "");
                }

                if (command.Contains("systemctl poweroff", StringComparison.Ordinal))
                {
                    cloud.Set("i-1", CloudInstanceState.Stopped);
                    return new(255, "", "");
                }

                return command == GuestCommands.BootIdentity ? new(0, $"boot-{cloud.Boots("i-1")}\n", "")
                    : command.Contains("journalctl", StringComparison.Ordinal) ? new(0, "", "")
                    : await FakeGuest.ShellAsync(command, input, token);
            }
        );
    }
}
