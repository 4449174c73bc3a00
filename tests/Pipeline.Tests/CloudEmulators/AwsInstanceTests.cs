using System.Text;

namespace Pipeline.Tests.CloudEmulators;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class AwsInstanceTests
{
    [Test]
    public async Task An_instance_runs_prints_reboots_and_ends()
    {
        var machines = new ScriptedMachines();
        await using var aws = await AwsEmulation.StartAsync(() => machines);
        var image = await aws.ImageAsync();
        var id = await RunAsync(aws, image, ("ClientToken", "one"));
        var again = await RunAsync(aws, image, ("ClientToken", "one"));
        var running = await aws.Ec2Async("DescribeInstances", ("InstanceId.1", id));
        await aws.Ec2Async("RebootInstances", ("InstanceId.1", id));
        var console = await aws.Ec2ValueAsync("output", "GetConsoleOutput", ("InstanceId", id));
        var status = await aws.Ec2ValueAsync("instanceStatus", "DescribeInstanceStatus", ("InstanceId.1", id));
        await aws.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        await aws.Ec2Async("DeregisterImage", ("ImageId", image), ("DeleteAssociatedSnapshots", "true"));
        var start = machines.Started.Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again, Is.EqualTo(id), "the same client token is the same instance");
            Assert.That(State(running), Is.EqualTo("running"));
            Assert.That(running.Descendants("httpTokens").Single().Value, Is.EqualTo("required"), "the image asks for IMDSv2");
            Assert.That(running.Descendants("ipAddress").Single().Value, Is.EqualTo(start.PublicAddress.ToString()));
            Assert.That(Encoding.UTF8.GetString(Convert.FromBase64String(console)), Is.EqualTo("booted\nreset\n"));
            Assert.That(status, Is.EqualTo("ok"));
            Assert.That(State(await aws.Ec2Async("DescribeInstances", ("InstanceId.1", id))), Is.EqualTo("terminated"));
            Assert.That(machines.Ended, Is.EqualTo([id]));
            Assert.That((start.Uefi, start.MemoryMiB, start.SizeGiB, start.Architecture), Is.EqualTo((true, 2048, 1, "x86_64")));
            Assert.That(Directory.GetFiles(Path.Combine(aws.State, "snapshots")), Is.Empty);
        }
    }

    [Test]
    public async Task A_disk_keeps_the_bytes_below_it_when_its_snapshot_is_deleted()
    {
        var machines = new ScriptedMachines();
        await using var aws = await AwsEmulation.StartAsync(() => machines);
        var image = await aws.ImageAsync();
        var id = await RunAsync(aws, image);
        await aws.Ec2Async("DeregisterImage", ("ImageId", image), ("DeleteAssociatedSnapshots", "true"));
        var during = File.Exists(machines.Started.Single().Base);
        await aws.Ec2Async("TerminateInstances", ("InstanceId.1", id));

        Assert.That((during, File.Exists(machines.Started.Single().Base)), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task A_larger_system_disk_and_further_empty_ones_are_given()
    {
        var machines = new ScriptedMachines();
        await using var aws = await AwsEmulation.StartAsync(() => machines);
        var image = await aws.ImageAsync();
        await RunAsync(
            aws,
            image,
            ("BlockDeviceMapping.1.DeviceName", "/dev/xvda"),
            ("BlockDeviceMapping.1.Ebs.VolumeSize", "12"),
            ("BlockDeviceMapping.2.DeviceName", "/dev/sdf"),
            ("BlockDeviceMapping.2.Ebs.VolumeSize", "3")
        );
        var start = machines.Started.Single();
        (string, string)[] right =
        [
            ("ImageId", image),
            ("MinCount", "1"),
            ("MaxCount", "1"),
            ("BlockDeviceMapping.1.DeviceName", "/dev/sdf"),
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((start.SizeGiB, start.Disks), Is.EqualTo((12, new[] { 3 })));
            Assert.That(
                await AwsImageTests.RefusedAsync(aws, "RunInstances", [.. right, ("BlockDeviceMapping.1.Ebs.VolumeType", "gp3")]),
                Is.EqualTo("MissingParameter")
            );
            Assert.That(
                await AwsImageTests.RefusedAsync(aws, "RunInstances", [.. right, ("BlockDeviceMapping.1.Ebs.SnapshotId", "snap-1")]),
                Is.EqualTo("UnsupportedOperation")
            );
        }
    }

    [TestCase("", "stopped")]
    [TestCase("terminate", "terminated")]
    public async Task A_power_off_from_within_stops_an_instance_or_ends_it(string behaviour, string state)
    {
        var machines = new ScriptedMachines();
        await using var aws = await AwsEmulation.StartAsync(() => machines);
        var id = await RunAsync(aws, await aws.ImageAsync(), ("InstanceInitiatedShutdownBehavior", behaviour));
        machines.PowerOff(id);
        while (State(await aws.Ec2Async("DescribeInstances", ("InstanceId.1", id))) == "running")
        {
            await Task.Yield();
        }

        var instance = await aws.Ec2Async("DescribeInstances", ("InstanceId.1", id));
        Assert.That(
            (State(instance), instance.Descendants("reason").Single().Value),
            Is.EqualTo((state, "Client.InstanceInitiatedShutdown: off"))
        );
    }

    [Test]
    public async Task A_machine_that_does_not_start_is_a_terminated_instance_with_a_reason()
    {
        var machines = new ScriptedMachines { Failure = "no space" };
        await using var aws = await AwsEmulation.StartAsync(() => machines);
        var id = await RunAsync(aws, await aws.ImageAsync());
        var instance = await aws.Ec2Async("DescribeInstances", ("InstanceId.1", id));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(State(instance), Is.EqualTo("terminated"));
            Assert.That(instance.Descendants("reason").Single().Value, Is.EqualTo("Server.InternalError: no space"));
            Assert.That(aws.Reporter.Lines, Has.Some.Contains("PL7304"));
        }
    }

    [Test]
    public async Task Instances_that_ran_run_again_after_a_restart_and_terminated_ones_are_forgotten_after_an_hour()
    {
        var machines = new ScriptedMachines();
        await using var aws = await AwsEmulation.StartAsync(() => machines);
        var image = await aws.ImageAsync();
        var (runs, ended) = (await RunAsync(aws, image), await RunAsync(aws, image));
        await aws.Ec2Async("TerminateInstances", ("InstanceId.1", ended));
        await aws.RestartAsync();
        var after = await aws.Ec2Async("DescribeInstances");
        aws.Clock.Advance(TimeSpan.FromMinutes(61));
        var later = await aws.Ec2Async("DescribeInstances");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(machines.Started.Select(s => s.Id), Is.EqualTo([runs, ended, runs]));
            Assert.That(after.Descendants("instanceId").Select(i => i.Value), Is.EquivalentTo([runs, ended]));
            Assert.That(later.Descendants("instanceId").Select(i => i.Value), Is.EqualTo([runs]));
            Assert.That(Directory.Exists(Path.Combine(aws.State, "instances", ended)), Is.False);
        }
    }

    [Test]
    public async Task What_cannot_be_run_is_refused_as_the_provider_does()
    {
        await using var aws = await AwsEmulation.StartAsync(() => new ScriptedMachines());
        var image = await aws.ImageAsync();
        (string, string)[] right = [("ImageId", image), ("MinCount", "1"), ("MaxCount", "1")];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Run([.. right, ("InstanceType", "m6g.large")]), Is.EqualTo("InvalidParameterValue"), "another architecture");
            Assert.That(await Run([.. right, ("InstanceType", "x9.huge")]), Is.EqualTo("InvalidParameterValue"));
            Assert.That(await Run([.. right, ("UserData", "%%")]), Is.EqualTo("InvalidUserData.Malformed"));
            Assert.That(await Run([.. right, ("UserData", Convert.ToBase64String(new byte[16_385]))]), Is.EqualTo("InvalidParameterValue"));
            Assert.That(await Run([.. right, ("KeyName", "nobody")]), Is.EqualTo("InvalidKeyPair.NotFound"));
            Assert.That(await Run([.. right[1..], ("ImageId", "ami-1")]), Is.EqualTo("InvalidAMIID.NotFound"));
            Assert.That(await Run([.. right[1..], ("ImageId", "1")]), Is.EqualTo("InvalidAMIID.Malformed"));
            Assert.That(await Run(right[..2]), Is.EqualTo("InvalidParameterValue"));
            Assert.That(
                await AwsImageTests.RefusedAsync(aws, "TerminateInstances", ("InstanceId.1", "i-1")),
                Is.EqualTo("InvalidInstanceID.NotFound")
            );
            Assert.That((await aws.Ec2Async("DescribeInstances")).Descendants("instanceId"), Is.Empty);
        }

        Task<string> Run((string, string)[] parameters) => AwsImageTests.RefusedAsync(aws, "RunInstances", parameters);
    }

    [Test]
    public async Task Keys_are_imported_once_and_types_described()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var material = Convert.ToBase64String(Encoding.UTF8.GetBytes("ssh-ed25519 AAAA me"));
        (string, string)[] key = [("KeyName", "k"), ("PublicKeyMaterial", material)];
        await aws.Ec2Async("ImportKeyPair", key);
        var twice = await AwsImageTests.RefusedAsync(aws, "ImportKeyPair", key);
        var listed = (await aws.Ec2Async("DescribeKeyPairs", ("KeyName.1", "k"))).Descendants("keyName").Count();
        await aws.Ec2Async("DeleteKeyPair", ("KeyName", "k"));
        var types = await aws.Ec2Async(
            "DescribeInstanceTypes",
            ("Filter.1.Name", "processor-info.supported-architecture"),
            ("Filter.1.Value.1", "arm64")
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That((twice, listed), Is.EqualTo(("InvalidKeyPair.Duplicate", 1)));
            Assert.That(
                await AwsImageTests.RefusedAsync(aws, "DescribeKeyPairs", ("KeyName.1", "k")),
                Is.EqualTo("InvalidKeyPair.NotFound")
            );
            Assert.That(types.Descendants("instanceType").Select(t => t.Value), Has.Some.EqualTo("t4g.micro").And.None.EqualTo("t3.micro"));
        }
    }

    internal static Task<string> RunAsync(AwsEmulation aws, string image, params (string, string)[] more) =>
        aws.Ec2ValueAsync(
            "instanceId",
            "RunInstances",
            [("ImageId", image), ("InstanceType", "t3.small"), ("MinCount", "1"), ("MaxCount", "1"), .. more.Where(m => m.Item2.Length > 0)]
        );

    internal static string State(System.Xml.Linq.XElement answer) => answer.Descendants("instanceState").Single().Element("name")!.Value;
}
