using Pipeline.CloudEmulators.Faults;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.CloudEmulators;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class EmulatedFaultTests
{
    /// <summary>An operation that makes something, the element that names it, and how its things are counted.</summary>
    private static readonly Dictionary<string, (string Element, string Describe)> Makers = new(StringComparer.Ordinal)
    {
        ["RegisterImage"] = ("imageId", "DescribeImages"),
        ["CopyImage"] = ("imageId", "DescribeImages"),
        ["CopySnapshot"] = ("snapshotId", "DescribeSnapshots"),
        ["RunInstances"] = ("instanceId", "DescribeInstances"),
    };

    private static IEnumerable<TestCaseData> Cases =>
        from operation in Makers.Keys
        from fault in (string[])[FaultRule.Throttle, FaultRule.Error, FaultRule.ErrorAfter, FaultRule.Lost, FaultRule.Full, FaultRule.Down]
        select new TestCaseData(operation, fault);

    [TestCaseSource(nameof(Cases))]
    public async Task After_a_fault_and_a_second_try_there_is_one_of_what_was_asked_for(string operation, string fault)
    {
        await using var aws = await AwsEmulation.StartAsync();
        var parameters = await ParametersAsync(aws, operation);
        var (element, describe) = Makers[operation];
        var before = await CountAsync();
        await aws.FaultAsync($"{operation}={fault}:1");
        var first = await TryAsync(aws, operation, parameters);
        var between = await CountAsync();
        var second = await TryAsync(aws, operation, parameters);
        var effect = fault is FaultRule.ErrorAfter or FaultRule.Lost;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.EqualTo(Expected(fault, operation)));
            Assert.That(between - before, Is.EqualTo(effect ? 1 : 0));
            Assert.That(second, Is.EqualTo(effect && operation == "RegisterImage" ? "InvalidAMIName.Duplicate" : "accepted"));
            Assert.That(await CountAsync() - before, Is.EqualTo(1));
        }

        async Task<int> CountAsync() => (await aws.Ec2Async(describe)).Descendants(element).Select(e => e.Value).Distinct().Count();
    }

    [Test]
    public async Task What_is_made_slowly_is_pending_and_what_is_hidden_is_not_found_until_its_time()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var snapshot = await aws.SnapshotAsync(0);
        await aws.FaultAsync("RegisterImage=slow:1/60", "RegisterImage=hidden:1/60", "CompleteSnapshot=slow:1/60");
        var slow = await aws.Ec2ValueAsync("imageId", "RegisterImage", AwsEmulation.Image("slow", snapshot));
        var hidden = await aws.Ec2ValueAsync("imageId", "RegisterImage", AwsEmulation.Image("hidden", snapshot));
        var other = await aws.SnapshotAsync(1);
        var before = await StatesAsync();
        aws.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.That(
            (before, await StatesAsync()),
            Is.EqualTo(("pending InvalidAMIID.NotFound pending InvalidAMIID.Unavailable", "available accepted completed accepted"))
        );

        async Task<string> StatesAsync() =>
            string.Join(
                ' ',
                await aws.Ec2ValueAsync("imageState", "DescribeImages", ("ImageId.1", slow)),
                await AwsImageTests.RefusedAsync(aws, "DescribeImages", ("ImageId.1", hidden)),
                await aws.Ec2ValueAsync("status", "DescribeSnapshots", ("SnapshotId.1", other)),
                await AwsImageTests.RefusedAsync(aws, "RunInstances", ("ImageId", slow), ("MinCount", "1"), ("MaxCount", "1"))
            );
    }

    [Test]
    public async Task An_instance_can_be_launched_that_never_boots_or_prints_nothing()
    {
        var machines = new ScriptedMachines();
        await using var aws = await AwsEmulation.StartAsync(() => machines);
        var image = await aws.ImageAsync();
        await aws.FaultAsync("RunInstances=no-boot:1", "RunInstances=no-console:1");
        var dead = await AwsInstanceTests.RunAsync(aws, image);
        var mute = await AwsInstanceTests.RunAsync(aws, image);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(machines.Started.Select(s => s.NoBoot), Is.EqualTo([true, false]));
            Assert.That(
                await aws.Ec2ValueAsync("instanceStatus", "DescribeInstanceStatus", ("InstanceId.1", dead)),
                Is.EqualTo("impaired")
            );
            Assert.That(await aws.Ec2ValueAsync("output", "GetConsoleOutput", ("InstanceId", mute)), Is.Empty);
        }
    }

    [Test]
    public async Task A_region_can_be_down_while_others_answer()
    {
        await using var aws = await AwsEmulation.StartAsync();
        await aws.FaultAsync("*=down@eu-west-1");
        var down = await aws.SendAsync(Request("eu-west-1"));
        var up = await aws.SendAsync(Request("us-east-1"));

        Assert.That((down.Status, up.Status), Is.EqualTo((503, 200)));

        static AwsTestRequest Request(string region) =>
            new()
            {
                Service = "ec2",
                Region = region,
                Form = [("Action", "DescribeImages")],
            };
    }

    [TestCase("RegisterImage=lost:2/5@eu-west-1", ExpectedResult = "RegisterImage=lost:2/5@eu-west-1")]
    [TestCase("*=throttle", ExpectedResult = "*=throttle:1000000/30")]
    public string A_fault_is_written_as_it_is_read(string text) => FaultRule.Parse(text).ToString();

    [TestCase("RegisterImage")]
    [TestCase("RegisterImage=explode")]
    [TestCase("RegisterImage=lost:0")]
    [TestCase("RegisterImage=lost:99999999")]
    [TestCase("=lost")]
    [TestCase("RegisterImage=lost\n")]
    public void Anything_else_is_no_fault(string text) =>
        Assert.That(() => FaultRule.Parse(text), Throws.InstanceOf<PipelineException>().With.Message.Contains("PL7303"));

    private static string Expected(string fault, string operation) =>
        fault switch
        {
            FaultRule.Throttle => "RequestLimitExceeded",
            FaultRule.Error or FaultRule.ErrorAfter => "InternalError",
            FaultRule.Full => operation == "RunInstances" ? "VcpuLimitExceeded" : "ResourceLimitExceeded",
            FaultRule.Down => "ServiceUnavailable",
            _ => "lost",
        };

    private static async Task<(string, string)[]> ParametersAsync(AwsEmulation aws, string operation)
    {
        var snapshot = await aws.SnapshotAsync(0);
        if (operation == "RegisterImage")
        {
            return AwsEmulation.Image("made", snapshot);
        }

        (string, string)[] token = [("ClientToken", "once"), ("SourceRegion", "us-east-1")];
        if (operation == "CopySnapshot")
        {
            return [.. token, ("SourceSnapshotId", snapshot)];
        }

        var image = await aws.Ec2ValueAsync("imageId", "RegisterImage", AwsEmulation.Image("source", snapshot));
        return operation == "CopyImage"
            ? [.. token, ("SourceImageId", image), ("Name", "copy")]
            : [token[0], ("ImageId", image), ("MinCount", "1"), ("MaxCount", "1")];
    }

    private static async Task<string> TryAsync(AwsEmulation aws, string operation, (string, string)[] parameters)
    {
        try
        {
            return await AwsImageTests.RefusedAsync(aws, operation, parameters);
        }
        catch (HttpRequestException)
        {
            await aws.IdleAsync();
            return "lost";
        }
    }
}
