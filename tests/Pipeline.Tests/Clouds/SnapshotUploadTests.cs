using System.Text.Json;
using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit.Clouds;

namespace Pipeline.Tests.Clouds;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SnapshotUploadTests : IDisposable
{
    private const int Blocks = 40;

    private static readonly CloudImageSpec Spec = new()
    {
        Name = "tiny",
        Architecture = Pipeline.Model.Values.Architecture.Aarch64,
        Source = Digest.Of("artifact"),
    };

    private readonly AwsServer _server = new() { WantsCompany = true };
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task Only_blocks_that_hold_something_are_sent(CancellationToken cancellationToken)
    {
        var id = await UploadAsync("journals", cancellationToken);

        using var start = JsonDocument.Parse(_server.Calls.Single(c => c.Action == "StartSnapshot").Body);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_server.Count("PutSnapshotBlock"), Is.EqualTo(Blocks));
            Assert.That(_server.MostOpen, Is.GreaterThan(1).And.LessThanOrEqualTo(16));
            Assert.That(start.RootElement.GetProperty("VolumeSize").GetInt32(), Is.EqualTo(1), "GiB, rounded up");
            Assert.That(_server.Block(id, 0)![..2], Is.EqualTo(new byte[] { 1, 0 }));
            Assert.That(_server.Block(id, 2)![..2], Is.EqualTo(new byte[] { 2, 0 }));
            Assert.That(_server.Block(id, 1), Is.Null);
            Assert.That(Directory.GetFiles(_directory.File("journals")), Is.Empty);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task An_upload_that_was_cut_short_sends_only_the_rest(CancellationToken cancellationToken)
    {
        await CutAsync(10, cancellationToken);
        var confirmed = await File.ReadAllLinesAsync(Directory.GetFiles(_directory.File("journals")).Single(), cancellationToken);

        await UploadAsync("journals", cancellationToken);

        var sent = _server.Calls.Where(c => c.Action == "PutSnapshotBlock").CountBy(c => c.Path.Split('/')[^1]).ToDictionary();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(confirmed, Has.Length.AtLeast(10));
            Assert.That(confirmed.Select(b => sent[b]), Is.All.EqualTo(1));
            Assert.That(_server.Count("StartSnapshot"), Is.EqualTo(1));
            Assert.That(_server.Things.Select(t => (t.State, t.Blocks.Count)), Is.EqualTo([("completed", Blocks)]));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Another_machine_goes_on_with_the_same_snapshot(CancellationToken cancellationToken)
    {
        await CutAsync(10, cancellationToken);

        await UploadAsync("journals of another machine", cancellationToken);

        Assert.That(_server.Things.Select(t => (t.State, t.Blocks.Count)), Is.EqualTo([("completed", Blocks)]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_snapshot_that_the_service_gave_up_is_replaced(CancellationToken cancellationToken)
    {
        await CutAsync(10, cancellationToken);
        _server.Things[0].State = "error";

        await UploadAsync("journals", cancellationToken);

        Assert.That(_server.Things.Select(t => (t.State, t.Blocks.Count)), Is.EqualTo([("completed", Blocks)]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_snapshot_that_somebody_deletes_below_the_upload_is_made_again(CancellationToken cancellationToken)
    {
        _server.Forget("PutSnapshotBlock");

        await UploadAsync("journals", cancellationToken);

        Assert.That(_server.Count("StartSnapshot"), Is.EqualTo(2));
        Assert.That(_server.Things.Select(t => (t.State, t.Blocks.Count)), Is.EqualTo([("completed", Blocks)]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_disk_of_zeros_is_refused(CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(_directory.File("zeros.raw"), new byte[1 << 20], cancellationToken);
        using var images = AwsAccount.Images(_server, _directory.File("journals"));
        var content = DiskContent.Open(_directory.File("zeros.raw"), null);

        await Assert.ThatAsync(
            () => images.UploadAsync("us-east-1", Spec, content, new Progress<UploadProgress>(), cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL6068")
        );
    }

    [TestCase("../../etc/passwd")]
    [TestCase("snap-1/../x")]
    [TestCase("")]
    [CancelAfter(60_000)]
    public async Task A_snapshot_id_that_is_a_path_is_refused(string id, CancellationToken cancellationToken)
    {
        _server.SnapshotId = id;

        await Assert.ThatAsync(
            () => UploadAsync("journals", cancellationToken),
            Throws.TypeOf<PipelineException>().With.Message.Contains("PL6060")
        );
        Assert.That(Directory.Exists(_directory.File("journals")), Is.False);
    }

    private async Task<string> UploadAsync(string journals, CancellationToken cancellationToken)
    {
        using var images = AwsAccount.Images(_server, _directory.File(journals));
        return await images.UploadAsync("us-east-1", Spec, Disk(), new Progress<UploadProgress>(), cancellationToken);
    }

    /// <summary>Runs an upload until the service has confirmed some blocks.</summary>
    private async Task CutAsync(int blocks, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var images = AwsAccount.Images(_server, _directory.File("journals"));
        await Assert.ThatAsync(
            () => images.UploadAsync("us-east-1", Spec, Disk(), new Cut(stop, blocks), stop.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
    }

    private DiskContent Disk()
    {
        var path = _directory.File("disk.raw");
        using (var file = new FileStream(path, FileMode.Create))
        {
            for (var n = 0; n < Blocks; n++)
            {
                file.Position = 2L * n * DiskContent.BlockSize;
                file.WriteByte((byte)(n + 1));
            }
        }

        return DiskContent.Open(path, null);
    }

    private sealed class Cut(CancellationTokenSource stop, int blocks) : IProgress<UploadProgress>
    {
        public void Report(UploadProgress value)
        {
            if (value.Sent >= (long)blocks * DiskContent.BlockSize)
            {
                stop.Cancel();
            }
        }
    }
}
