using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit.Clouds;

namespace Pipeline.Tests.Clouds;

/// <summary>A whole publication against each fault of each request that it makes.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AwsFaultTests : IDisposable
{
    private static readonly string[] Actions =
    [
        "GetCallerIdentity",
        "DescribeRegions",
        "DescribeImages",
        "DescribeSnapshots",
        "StartSnapshot",
        "PutSnapshotBlock",
        "CompleteSnapshot",
        "ListSnapshotBlocks",
        "RegisterImage",
        "CopyImage",
        "ModifyImageAttribute",
        "ModifySnapshotAttribute",
        "CreateTags",
        "EnableImageDeprecation",
    ];

    private static readonly AwsFault[] Passing =
    [
        AwsFault.Throttled,
        AwsFault.Error,
        AwsFault.LateError,
        AwsFault.Lost,
        AwsFault.Malformed,
    ];

    private readonly AwsServer _server = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
    }

    public static IEnumerable<TestCaseData> EachOnce() =>
        from action in Actions
        from fault in Passing
        select new TestCaseData(action, fault);

    public static IEnumerable<TestCaseData> EachForever() =>
        from action in Actions
        from fault in (AwsFault[])[AwsFault.Throttled, AwsFault.Lost, AwsFault.Malformed, AwsFault.Expired, AwsFault.Forbidden]
        select new TestCaseData(action, fault);

    [TestCaseSource(nameof(EachOnce)), CancelAfter(60_000)]
    public async Task A_fault_that_passes_is_not_seen(string action, AwsFault fault, CancellationToken cancellationToken)
    {
        _server.Fail(action, fault);

        var outcome = await PublishAsync(cancellationToken);

        Assert.That(outcome.Problems, Is.Empty);
        AssertWhole();
    }

    [TestCaseSource(nameof(EachForever)), CancelAfter(60_000)]
    public async Task A_fault_that_stays_is_one_error_and_the_same_command_again_completes(
        string action,
        AwsFault fault,
        CancellationToken cancellationToken
    )
    {
        _server.Fail(action, fault, int.MaxValue);
        Diagnostic[] problems;
        try
        {
            problems = [.. (await PublishAsync(cancellationToken)).Problems];
        }
        catch (PipelineException e)
        {
            problems = [.. e.Diagnostics];
        }

        var expected = fault is AwsFault.Expired or AwsFault.Forbidden ? ExitClass.BadInput : ExitClass.OutsideWorld;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Select(p => p.Exit), Is.EqualTo([expected]), string.Join('\n', problems.Select(p => p.ToString())));
            Assert.That(problems[0].ToString(), Does.Not.Contain("wJalrXUtnFEMI"), "no secret is shown");
        }

        _server.Fail(action, fault, 0);
        Assert.That((await PublishAsync(cancellationToken)).Problems, Is.Empty);
        AssertWhole();
    }

    [Test, CancelAfter(60_000)]
    public async Task A_block_that_arrives_changed_is_sent_again(CancellationToken cancellationToken)
    {
        _server.Fail("PutSnapshotBlock", AwsFault.WrongChecksum);

        await PublishAsync(cancellationToken);

        Assert.That(_server.Count("PutSnapshotBlock"), Is.EqualTo(3));
        AssertWhole();
    }

    [Test, CancelAfter(60_000)]
    public async Task An_answer_without_an_end_is_an_error(CancellationToken cancellationToken)
    {
        _server.Fail("DescribeRegions", AwsFault.Endless, int.MaxValue);

        await Assert.ThatAsync(
            () => PublishAsync(cancellationToken),
            Throws.TypeOf<PipelineException>().With.Property(nameof(PipelineException.Exit)).EqualTo(ExitClass.OutsideWorld)
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task A_full_account_is_not_asked_again(CancellationToken cancellationToken)
    {
        _server.Fail("StartSnapshot", AwsFault.Full, int.MaxValue);

        await Assert.ThatAsync(
            () => PublishAsync(cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL6076").And.Message.Contains("pipeline cloud gc")
        );
        Assert.That(_server.Count("StartSnapshot"), Is.EqualTo(1));
        Assert.That(_server.Things, Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_region_that_fails_leaves_the_others_whole(CancellationToken cancellationToken)
    {
        _server.Add("image", "us-west-2", Spec.Name, "available", []);

        var outcome = await PublishAsync(cancellationToken, "us-east-1", "us-west-2");

        Assert.That(
            outcome.Regions.Select(r => $"{r.Region} {r.Action} {r.Problem?.Code}".TrimEnd()),
            Is.EqualTo(["eu-central-1 uploaded", "us-east-1 copied", "us-west-2 failed PL6064"])
        );
    }

    private static CloudImageSpec Spec =>
        new()
        {
            Name = "tiny-43.20260901.3.0-x86_64",
            Architecture = Pipeline.Model.Values.Architecture.X86_64,
            Source = Digest.Of("artifact"),
        };

    private async Task<PublishOutcome> PublishAsync(CancellationToken cancellationToken, params string[] others)
    {
        using var images = AwsAccount.Images(_server, _directory.File("journals"));
        return await new ImagePublication(images, (_, _) => { }).RunAsync(
            new()
            {
                Image = Spec,
                Content = _ => Task.FromResult(Disk()),
                First = "eu-central-1",
                Others = others.Length == 0 ? ["us-east-1"] : [.. others],
                Audience = new() { Accounts = ["210987654321"], Public = true },
                Family = "tiny-testing",
                Deprecated = DateTimeOffset.UnixEpoch.AddYears(90),
            },
            new Progress<UploadProgress>(),
            cancellationToken
        );
    }

    /// <summary>Each region has one image and one snapshot, shared and with all blocks, and nothing else.</summary>
    private void AssertWhole()
    {
        string[] permissions = ["Group=all", "UserId=210987654321"];
        using (Assert.EnterMultipleScope())
        {
            foreach (var region in (string[])["eu-central-1", "us-east-1"])
            {
                var things = _server.Things.Where(t => t.Region == region).ToArray();
                Assert.That(things.Select(t => t.Kind), Is.EquivalentTo(["image", "snapshot"]), region);
                Assert.That(things.Select(t => t.Name).Distinct(), Is.EqualTo([Spec.Name]));
                var image = things.Single(t => t.Kind == "image");
                Assert.That(image.Permissions, Is.EqualTo(permissions));
                Assert.That(image.Deprecated, Is.Not.Null);
                Assert.That(image.Tags["pipeline-family"], Is.EqualTo("tiny-testing"));
            }

            var snapshot = _server.Things.Single(t => t.Kind == "snapshot" && t.Region == "eu-central-1");
            Assert.That(snapshot.State, Is.EqualTo("completed"));
            Assert.That(snapshot.Blocks.OrderBy(b => b.Key).Select(b => (b.Key, b.Value[7])), Is.EqualTo([(0, 1), (3, 2)]));
        }
    }

    private DiskContent Disk()
    {
        var path = _directory.File("disk.raw");
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.SetLength(5 * DiskContent.BlockSize);
            file.Position = 7;
            file.WriteByte(1);
            file.Position = (3 * DiskContent.BlockSize) + 7;
            file.WriteByte(2);
        }

        return DiskContent.Open(path, null);
    }
}
