using Pipeline.CloudEmulators;
using Pipeline.CloudEmulators.Faults;
using Pipeline.Clouds;
using Pipeline.Clouds.Aws;
using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Clouds.Instances;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Tests.Clouds;

namespace Pipeline.Tests.CloudEmulators;

/// <summary>Our own client, on the provider's SDK, keeps its contract against the emulated provider.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EmulatedAwsImagesTests : CloudImageContract
{
    private AwsEmulation _aws = null!;

    [SetUp]
    public async Task StartAsync() => _aws = await AwsEmulation.StartAsync(time: TimeProvider.System);

    [TearDown]
    public async Task StopAsync() => await _aws.DisposeAsync();

    protected override ICloudImages Open(string journals) => new AwsImages(EmulatedAwsClient.Session(_aws), journals);

    protected override void AddForeign(string region, string name)
    {
        // The same account, without our tag; the contract's call does not wait.
        Task.Run(async () =>
            {
                var body = System.Text.Encoding.UTF8.GetBytes("""{"VolumeSize":1}""");
                var started = await SendAsync("POST", "/snapshots", body);
                using var json = System.Text.Json.JsonDocument.Parse(started);
                var snapshot = json.RootElement.GetProperty("SnapshotId").GetString()!;
                await SendAsync("POST", $"/snapshots/completion/{snapshot}", [], ("x-amz-ChangedBlocksCount", "0"));
                (string, string)[] image =
                [
                    .. AwsEmulation.Image(name, snapshot).Where(p => !p.Item1.StartsWith("Tag", StringComparison.Ordinal)),
                ];
                await _aws.Ec2InAsync(region, "RegisterImage", image);
            })
            .GetAwaiter()
            .GetResult();

        async Task<byte[]> SendAsync(string method, string path, byte[] content, params (string, string)[] headers) =>
            (
                await _aws.SendAsync(
                    new()
                    {
                        Service = "ebs",
                        Region = region,
                        Method = method,
                        Path = path,
                        Body = content,
                        Headers = headers,
                    }
                )
            ).Body;
    }
}

/// <summary>A whole publication and a launch against each fault of each request.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EmulatedAwsClientTests : IDisposable
{
    private static readonly CloudImageSpec Spec = new()
    {
        Name = "tiny-43.20260901.3.0-x86_64",
        Description = "Tiny 43",
        Architecture = Pipeline.Model.Values.Architecture.X86_64,
        Source = Digest.Of("artifact"),
        Tags = [new("stream", "testing")],
    };

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<TestCaseData> Cases =>
        from operation in (string[])
            [
                "DescribeImages",
                "StartSnapshot",
                "PutSnapshotBlock",
                "CompleteSnapshot",
                "RegisterImage",
                "CopyImage",
                "ModifyImageAttribute",
                "ModifySnapshotAttribute",
                "RunInstances",
                "DescribeInstances",
            ]
        from fault in (string[])
            [FaultRule.Throttle, FaultRule.Error, FaultRule.ErrorAfter, FaultRule.Lost, FaultRule.Slow, FaultRule.Hidden, FaultRule.Full]
        select new TestCaseData(operation, fault);

    [TestCaseSource(nameof(Cases)), CancelAfter(120_000)]
    public async Task After_a_fault_and_at_most_one_more_run_there_is_one_of_everything(
        string operation,
        string fault,
        CancellationToken cancellationToken
    )
    {
        await using var aws = await AwsEmulation.StartAsync(time: TimeProvider.System);
        await aws.FaultAsync($"{operation}={fault}:1/1");
        var failed = false;
        try
        {
            await PublishAsync(aws, cancellationToken);
        }
        catch (PipelineException)
        {
            failed = true;
            await PublishAsync(aws, cancellationToken);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed, Is.False.Or.EqualTo(fault == FaultRule.Full), "only a full account is seen at all");
            Assert.That(await CountAsync(aws, "us-east-1", "DescribeImages", "imageId"), Is.EqualTo(1));
            Assert.That(await CountAsync(aws, "us-east-1", "DescribeSnapshots", "snapshotId"), Is.EqualTo(1));
            Assert.That(await CountAsync(aws, "eu-west-1", "DescribeImages", "imageId"), Is.EqualTo(1));
            Assert.That(await CountAsync(aws, "eu-west-1", "DescribeSnapshots", "snapshotId"), Is.EqualTo(1));
            Assert.That(await CountAsync(aws, "us-east-1", "DescribeInstances", "instanceId"), Is.EqualTo(1));
        }
    }

    private async Task PublishAsync(AwsEmulation aws, CancellationToken cancellationToken)
    {
        using var images = new AwsImages(EmulatedAwsClient.Session(aws), _directory.File("journals"));
        using var instances = new AwsInstances(EmulatedAwsClient.Session(aws));
        var disk = await images.UploadAsync("us-east-1", Spec, Disk(), new Progress<UploadProgress>(), cancellationToken);
        var image = await images.RegisterAsync("us-east-1", Spec, disk, cancellationToken);
        await images.ReplicateAsync(image, Spec, "eu-west-1", cancellationToken);
        await images.ShareAsync(image, new() { Accounts = [AwsEmulation.OtherAccount] }, cancellationToken);
        var launch = new CloudLaunch
        {
            Name = "machine",
            Image = image.Id,
            Shape = new() { Architecture = Spec.Architecture, MemoryMiB = 1024 },
            UserData = """{"ignition":{"version":"3.0.0"}}""",
        };
        var instance = await instances.LaunchAsync(launch, cancellationToken);
        while (instance.State == CloudInstanceState.Pending)
        {
            instance = await instances.FindAsync(instance.Id, cancellationToken) ?? instance;
        }

        Assert.That((instance.State, instance.Address), Is.EqualTo((CloudInstanceState.Running, "127.77.0.14")));
    }

    private DiskContent Disk()
    {
        var path = _directory.File("disk.raw");
        File.WriteAllBytes(path, AwsEmulation.Block(1));
        return DiskContent.Open(path, null);
    }

    private static async Task<int> CountAsync(AwsEmulation aws, string region, string action, string element) =>
        (await aws.Ec2InAsync(region, action)).Descendants(element).Select(e => e.Value).Distinct().Count();
}

/// <summary>Our clients of an emulated account, without waits.</summary>
internal static class EmulatedAwsClient
{
    public static AwsSession Session(AwsEmulation aws)
    {
        var environment = new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = EmulatedAccount.Default.KeyId,
            ["AWS_SECRET_ACCESS_KEY"] = EmulatedAccount.Default.Secret,
            ["AWS_REGION"] = "us-east-1",
            ["AWS_ENDPOINT_URL"] = aws.Address.ToString(),
        };
        var options = new CloudOptions { Environment = environment.GetValueOrDefault, Endpoint = aws.Address };
        return new(options, TimeProvider.System)
        {
            Retry = new(4, TimeSpan.FromMilliseconds(1)),
            Wait = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
            ClockRetries = 0,
        };
    }
}
