using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.TestKit;
using Pipeline.TestKit.Clouds;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Clouds;

/// <summary>Runs whose machines are instances of a cloud, up to the guest.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CloudKolaTests : IDisposable
{
    private const string Id = "43.20260901.3.0";

    private readonly AwsServer _server = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task Machines_boot_the_image_that_the_upload_recorded_and_are_ended(CancellationToken cancellationToken)
    {
        await BuildAsync(cancellationToken);
        var tags = new Dictionary<string, string>
        {
            ["pipeline-owner"] = "pipeline",
            ["pipeline-kind"] = "kola",
            ["Name"] = "killed",
        };
        _server.Add("instance", "eu-central-1", "killed", "running", tags);
        _server.Add("instance", "eu-central-1", "theirs", "running", new() { ["pipeline-kind"] = "kola" });
        var build = await BuildUnderTest.FindAsync(Boot, TimeProvider.System, cancellationToken);
        var source = new MachineSource(new ToolRunner(), new TestReporter(), TimeProvider.System, Boot, build, _directory.Path);

        await using (var machines = await MachineKind.Of("aws").CreateAsync(source, cancellationToken))
        {
            var shape = new MachineShape { Architecture = Arch.X86_64 };
            await using var machine = await machines.StartAsync(new(shape, "{}", _directory.File("m1")), cancellationToken);

            var launched = _server.Things.Single(t => t.Name.StartsWith("kola-", StringComparison.Ordinal));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(machines.Lacks(shape), Is.Empty);
                Assert.That(MachineBudget.Of(machines, null).Machines, Is.EqualTo(16));
                Assert.That(MachineBudget.Of(machines, 3).Machines, Is.EqualTo(3));
                Assert.That(_server.Calls.Single(c => c.Action == "RunInstances")["ImageId"], Is.EqualTo("ami-77"));
                Assert.That(launched.Tags["pipeline-kind"], Is.EqualTo("kola"));
                Assert.That(_server.Things.Single(t => t.Name == "killed").State, Is.EqualTo("terminated"), "reaped");
            }
        }

        Assert.That(_server.Things.Where(t => t.State != "terminated").Select(t => t.Name), Is.EqualTo(["theirs"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_build_that_was_not_uploaded_to_the_region_is_an_error_with_the_command(CancellationToken cancellationToken)
    {
        await BuildAsync(cancellationToken);
        var boot = Boot with { Cloud = Boot.Cloud! with { Region = "us-west-2" } };

        await Assert.ThatAsync(
            () => BuildUnderTest.FindAsync(boot, TimeProvider.System, cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains($"pipeline upload aws {Id} --region us-west-2")
        );
        await Assert.ThatAsync(
            () => BuildUnderTest.FindAsync(Boot with { Image = "disk.qcow2" }, TimeProvider.System, cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL4010")
        );
    }

    private BootRequest Boot =>
        new()
        {
            WorkDirectory = new(_directory.Path),
            Platform = "aws",
            Architecture = Arch.X86_64,
            Cloud = new() { Endpoint = _server.Url, Environment = name => AwsAccount.Environment(_server).GetValueOrDefault(name) },
        };

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        var store = new BuildStore(new(_directory.Path), TimeProvider.System);
        await Stores.TestBuild.MakeAsync(store, Id, Arch.X86_64);
        await store.UpdateMetaAsync(
            Id,
            Arch.X86_64,
            meta =>
                meta.With("ostree-version", new JsonTextString(Id))
                    .With("ostree-timestamp", new JsonTextString("2026-09-01T00:00:00Z"))
                    .With(
                        "amis",
                        new JsonTextArray([
                            new JsonTextObject([new("name", new JsonTextString("eu-central-1")), new("hvm", new JsonTextString("ami-77"))]),
                        ])
                    ),
            cancellationToken
        );
    }
}
