using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pipeline.Clouds.Instances;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit.Clouds;
using Pipeline.TestKit.Machines;

namespace Pipeline.Tests.Clouds;

/// <summary>What every <see cref="ICloudInstances"/> promises.</summary>
public abstract class CloudInstanceContract
{
    private static readonly CloudLaunch Launch = new()
    {
        Name = "run7-m1",
        Image = "ami-1",
        Shape = new() { Architecture = Pipeline.Model.Values.Architecture.X86_64, MemoryMiB = 1024 },
        UserData = "{\"ignition\":{\"version\":\"3.4.0\"}}",
        Tags = new Dictionary<string, string> { ["pipeline-run"] = "run7" },
    };

    /// <summary>The region under test, empty.</summary>
    protected abstract ICloudInstances Open();

    [Test, CancelAfter(60_000)]
    public async Task An_instance_goes_through_its_whole_life(CancellationToken cancellationToken)
    {
        var cloud = Open();
        var made = await cloud.LaunchAsync(Launch, cancellationToken);
        var again = await cloud.LaunchAsync(Launch, cancellationToken);
        var other = await cloud.LaunchAsync(Launch with { Name = "x", Tags = new Dictionary<string, string>() }, cancellationToken);
        Assert.That((again.Id, again.Name, other.Id == made.Id), Is.EqualTo((made.Id, Launch.Name, false)));

        CloudInstance? running = null;
        for (var look = 0; look < 3 && running?.State != CloudInstanceState.Running; look++)
        {
            running = await cloud.FindAsync(made.Id, cancellationToken);
        }

        Assert.That((running!.State, running.Name, running.Address), Is.EqualTo((CloudInstanceState.Running, Launch.Name, "192.0.2.7")));
        Assert.That(await cloud.ConsoleAsync(made.Id, cancellationToken), Is.Not.Null);
        await cloud.RebootAsync(made.Id, cancellationToken);
        Assert.That((await cloud.ListAsync(Launch.Tags, cancellationToken)).Select(i => i.Id), Is.EqualTo([made.Id]));
        await cloud.TerminateAsync(made.Id, cancellationToken);
        await cloud.TerminateAsync(made.Id, cancellationToken);
        Assert.That(await cloud.ListAsync(Launch.Tags, cancellationToken), Is.Empty);
        Assert.That((await cloud.FindAsync(made.Id, cancellationToken))?.State, Is.Null.Or.EqualTo(CloudInstanceState.Terminated));
        Assert.That(await cloud.FindAsync("i-00000000000000fff", cancellationToken), Is.Null);
    }
}

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class FakeCloudInstancesTests : CloudInstanceContract
{
    protected override ICloudInstances Open() => new FakeCloudInstances();
}

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AwsInstancesTests : CloudInstanceContract, IDisposable
{
    private readonly AwsServer _server = new();

    public void Dispose() => _server.Dispose();

    [TestCase(1024, 1, 1, "t3.micro")]
    [TestCase(2000, 1, 1, "t3.small")]
    [TestCase(1024, 4, 1, "m6i.xlarge")]
    [TestCase(1024, 1, 4, "m6i.xlarge")]
    public async Task The_cheapest_type_that_fits_is_taken(int memory, int cpus, int nics, string type)
    {
        var shape = new CloudInstanceShape
        {
            Architecture = Pipeline.Model.Values.Architecture.X86_64,
            MemoryMiB = memory,
            Cpus = cpus,
            Nics = nics,
        };
        using var cloud = AwsAccount.Instances(_server);
        await cloud.LaunchAsync(
            new()
            {
                Name = "a",
                Image = "ami-1",
                Shape = shape,
            },
            CancellationToken.None
        );

        Assert.That(_server.Calls.Single(c => c.Action == "RunInstances")["InstanceType"], Is.EqualTo(type));
        Assert.That(cloud.Lacks(shape), Is.Empty);
        Assert.That(cloud.Lacks(shape with { Cpus = 1000 }), Does.Contain("1000 CPUs"));
        Assert.That(cloud.Lacks(shape with { Architecture = Pipeline.Model.Values.Architecture.S390x }), Does.Contain("s390x"));
    }

    [Test]
    public async Task An_instance_is_asked_for_with_disks_network_tags_and_tokens_only()
    {
        using var cloud = AwsAccount.Instances(
            _server,
            new()
            {
                Environment = name => AwsAccount.Environment(_server).GetValueOrDefault(name),
                Network = "subnet-1",
                Firewall = "sg-1",
                Spot = true,
                Owner = "team",
            }
        );
        var launch = new CloudLaunch
        {
            Name = "a",
            Image = "ami-1",
            Shape = new()
            {
                Architecture = Pipeline.Model.Values.Architecture.Aarch64,
                MemoryMiB = 512,
                DiskSize = ByteSize.FromMiB(10_241),
                Disks = [ByteSize.FromGiB(2)],
            },
            UserData = "{}",
        };
        await cloud.LaunchAsync(launch, CancellationToken.None);

        var call = _server.Calls.Single(c => c.Action == "RunInstances");
        Assert.That(
            call.Fields.Where(f => f.Key is not ("ClientToken" or "Version" or "Action")).Select(f => $"{f.Key}={f.Value}"),
            Is.EquivalentTo([
                "BlockDeviceMapping.1.DeviceName=/dev/xvda",
                "BlockDeviceMapping.1.Ebs.DeleteOnTermination=true",
                "BlockDeviceMapping.1.Ebs.VolumeSize=11",
                "BlockDeviceMapping.1.Ebs.VolumeType=gp3",
                "BlockDeviceMapping.2.DeviceName=/dev/sdf",
                "BlockDeviceMapping.2.Ebs.DeleteOnTermination=true",
                "BlockDeviceMapping.2.Ebs.VolumeSize=2",
                "BlockDeviceMapping.2.Ebs.VolumeType=gp3",
                "ImageId=ami-1",
                "InstanceInitiatedShutdownBehavior=stop",
                "InstanceMarketOptions.MarketType=spot",
                "InstanceType=t4g.micro",
                "MaxCount=1",
                "MetadataOptions.HttpTokens=required",
                "MinCount=1",
                "SecurityGroupId.1=sg-1",
                "SubnetId=subnet-1",
                "TagSpecification.1.ResourceType=instance",
                "TagSpecification.1.Tag.1.Key=Name",
                "TagSpecification.1.Tag.1.Value=a",
                "TagSpecification.1.Tag.2.Key=pipeline-owner",
                "TagSpecification.1.Tag.2.Value=team",
                "TagSpecification.2.ResourceType=volume",
                "TagSpecification.2.Tag.1.Key=Name",
                "TagSpecification.2.Tag.1.Value=a",
                "TagSpecification.2.Tag.2.Key=pipeline-owner",
                "TagSpecification.2.Tag.2.Value=team",
                "UserData=e30=",
            ])
        );
    }

    [Test]
    public async Task A_config_that_is_too_large_travels_compressed()
    {
        var config = $"{{\"ignition\":{{\"version\":\"3.4.0\"}},\"x\":\"{new string('y', 100_000)}\"}}";
        using var cloud = AwsAccount.Instances(_server);
        await cloud.LaunchAsync(Launch(config), CancellationToken.None);

        var text = Encoding.UTF8.GetString(Convert.FromBase64String(_server.Things.Single().UserData));
        using var json = JsonDocument.Parse(text);
        var replace = json.RootElement.GetProperty("ignition").GetProperty("config").GetProperty("replace");
        var packed = Convert.FromBase64String(replace.GetProperty("source").GetString()!["data:;base64,".Length..]);
        using var plain = new StreamReader(new GZipStream(new MemoryStream(packed), CompressionMode.Decompress));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Has.Length.LessThanOrEqualTo(16 << 10));
            Assert.That(replace.GetProperty("compression").GetString(), Is.EqualTo("gzip"));
            Assert.That(await plain.ReadToEndAsync(), Is.EqualTo(config));
        }
    }

    [Test]
    public async Task A_config_that_does_not_fit_at_all_is_refused_before_anything_is_launched()
    {
        var noise = Convert.ToHexString(Enumerable.Range(0, 40_000).Select(n => (byte)(Digest.Of($"{n}").Hex[0])).ToArray());
        var distinct = string.Concat(Enumerable.Range(0, 2000).Select(n => Digest.Of($"{n}").Hex));
        using var cloud = AwsAccount.Instances(_server);

        await Assert.ThatAsync(
            () => cloud.LaunchAsync(Launch($"{{\"x\":\"{distinct}{noise}\"}}"), CancellationToken.None),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL6069")
        );
        Assert.That(_server.Things, Is.Empty);
    }

    [Test]
    public async Task An_instance_of_somebody_else_is_not_terminated()
    {
        var foreign = _server.Add("instance", "eu-central-1", "theirs", "running", []);
        using var cloud = AwsAccount.Instances(_server);

        await Assert.ThatAsync(
            () => cloud.TerminateAsync(foreign.Id, CancellationToken.None),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL6073")
        );
        Assert.That(_server.Count("TerminateInstances"), Is.Zero);
    }

    [TestCase(AwsFault.Lost)]
    [TestCase(AwsFault.LateError)]
    [TestCase(AwsFault.Malformed)]
    public async Task A_launch_whose_answer_is_lost_makes_one_instance(AwsFault fault)
    {
        _server.Fail("RunInstances", fault);
        using var cloud = AwsAccount.Instances(_server);
        await cloud.LaunchAsync(Launch("{}"), CancellationToken.None);

        Assert.That(_server.Count("RunInstances"), Is.EqualTo(2));
        Assert.That(_server.Things, Has.Count.EqualTo(1));
    }

    protected override ICloudInstances Open() => AwsAccount.Instances(_server);

    private static CloudLaunch Launch(string config) =>
        new()
        {
            Name = "a",
            Image = "ami-1",
            Shape = new() { Architecture = Pipeline.Model.Values.Architecture.X86_64, MemoryMiB = 1024 },
            UserData = config,
        };
}
