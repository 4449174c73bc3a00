using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pipeline.Tests.CloudEmulators;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class AwsSnapshotTests
{
    [Test]
    public async Task Blocks_that_were_uploaded_are_listed_and_read_back_also_after_a_restart()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var id = await aws.SnapshotAsync(3, 2047, 0);
        await aws.RestartAsync();
        using var list = JsonDocument.Parse((await aws.EbsAsync("GET", $"/snapshots/{id}/blocks?maxResults=2")).Body);
        var blocks = list.RootElement.GetProperty("Blocks").EnumerateArray().ToArray();
        var next = list.RootElement.GetProperty("NextToken").GetString();
        using var rest = JsonDocument.Parse((await aws.EbsAsync("GET", $"/snapshots/{id}/blocks?pageToken={next}")).Body);
        var token = Uri.EscapeDataString(blocks[1].GetProperty("BlockToken").GetString()!);
        var block = await aws.EbsAsync("GET", $"/snapshots/{id}/blocks/3?blockToken={token}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(blocks.Select(b => b.GetProperty("BlockIndex").GetInt32()), Is.EqualTo([0, 3]));
            Assert.That(rest.RootElement.GetProperty("Blocks")[0].GetProperty("BlockIndex").GetInt32(), Is.EqualTo(2047));
            Assert.That(block.Body, Is.EqualTo(AwsEmulation.Block(3)));
            Assert.That(block.Header("x-amz-Checksum"), Is.EqualTo(Convert.ToBase64String(SHA256.HashData(block.Body))));
            Assert.That(await aws.Ec2ValueAsync("status", "DescribeSnapshots", ("SnapshotId.1", id)), Is.EqualTo("completed"));
        }
    }

    [Test]
    public async Task A_block_with_another_checksum_length_or_place_is_refused_and_not_kept()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var id = await aws.StartSnapshotAsync();
        var block = AwsEmulation.Block(0);
        (string, string)[] right =
        [
            ("x-amz-Data-Length", "524288"),
            ("x-amz-Checksum", Convert.ToBase64String(SHA256.HashData(block))),
            ("x-amz-Checksum-Algorithm", "SHA256"),
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await PutAsync("0", AwsEmulation.Block(1), right), Is.EqualTo("ValidationException INVALID_BLOCK"));
            Assert.That(await PutAsync("0", block[..512], right), Is.EqualTo("ValidationException INVALID_BLOCK"));
            Assert.That(await PutAsync("2048", block, right), Is.EqualTo("ValidationException INVALID_BLOCK"));
            Assert.That(await PutAsync("-1", block, right), Is.EqualTo("ValidationException INVALID_BLOCK"));
            Assert.That(await PutAsync("0", block, right[..2]), Is.EqualTo("ValidationException INVALID_PARAMETER_VALUE"));
            Assert.That(await CompleteAsync(aws, id, 1), Is.EqualTo("ValidationException INVALID_PARAMETER_VALUE"));
            Assert.That(await PutAsync("0", block, right), Is.EqualTo("accepted"));
            Assert.That(
                await CompleteAsync(aws, id, 1, ("x-amz-Checksum", "wrong")),
                Is.EqualTo("ValidationException INVALID_PARAMETER_VALUE")
            );
            Assert.That(await CompleteAsync(aws, id, 1, ("x-amz-Checksum", Linear(block))), Is.EqualTo("accepted"));
            Assert.That(await PutAsync("1", block, right), Is.EqualTo("ConflictException"), "it never changes again");
            Assert.That(await CompleteAsync(aws, "snap-1", 1), Is.EqualTo("ResourceNotFoundException SNAPSHOT_NOT_FOUND"));
        }

        Task<string> PutAsync(string index, byte[] bytes, (string, string)[] headers) =>
            RefusalAsync(() => aws.EbsAsync("PUT", $"/snapshots/{id}/blocks/{index}", bytes, headers));
    }

    [Test]
    public async Task A_client_token_makes_one_snapshot_and_a_parent_lends_its_blocks()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var first = await aws.StartSnapshotAsync(",\"ClientToken\":\"t\"");
        var again = await aws.StartSnapshotAsync(",\"ClientToken\":\"t\"");
        var other = await RefusalAsync(() => aws.StartSnapshotAsync(",\"ClientToken\":\"t\",\"Description\":\"other\""));
        var parent = await aws.SnapshotAsync(1);
        var child = await aws.StartSnapshotAsync($",\"ParentSnapshotId\":\"{parent}\"");
        await aws.PutAsync(child, 2, AwsEmulation.Block(2));
        var completed = await CompleteAsync(aws, child, 1);
        using var list = JsonDocument.Parse((await aws.EbsAsync("GET", $"/snapshots/{child}/blocks")).Body);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((again, other, completed), Is.EqualTo((first, "ConflictException", "accepted")));
            Assert.That(
                list.RootElement.GetProperty("Blocks").EnumerateArray().Select(b => b.GetProperty("BlockIndex").GetInt32()),
                Is.EqualTo([1, 2])
            );
        }
    }

    [Test]
    public async Task Copies_share_bytes_which_go_with_the_last_of_them()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var id = await aws.SnapshotAsync(5);
        (string, string)[] copy = [("SourceRegion", "us-east-1"), ("SourceSnapshotId", id), ("ClientToken", "c")];
        var other = await aws.Ec2ValueAsync("snapshotId", "CopySnapshot", copy);
        var again = await aws.Ec2ValueAsync("snapshotId", "CopySnapshot", copy);
        await aws.Ec2Async(
            "ModifySnapshotAttribute",
            ("SnapshotId", other),
            ("CreateVolumePermission.Add.1.UserId", AwsEmulation.OtherAccount)
        );
        var shared = await aws.Ec2Async("DescribeSnapshotAttribute", ("SnapshotId", other), ("Attribute", "createVolumePermission"));
        await aws.Ec2Async("DeleteSnapshot", ("SnapshotId", id));
        var left = Files(aws);
        await aws.Ec2Async("DeleteSnapshot", ("SnapshotId", other));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again, Is.EqualTo(other));
            Assert.That(shared.Descendants("userId").Single().Value, Is.EqualTo(AwsEmulation.OtherAccount));
            Assert.That((left, Files(aws)), Is.EqualTo((2, 0)));
        }
    }

    [Test]
    public async Task An_import_becomes_a_snapshot_or_says_why_not()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var disk = new byte[1024 * 1024];
        disk[700_000] = 1;
        await S3Async(aws, "/imports", []);
        await S3Async(aws, "/imports/disk%20one.vmdk", Encoding.UTF8.GetBytes("# Disk DescriptorFile\nRW 8 FLAT \"/etc/passwd\" 0\n"));
        var task = await ImportAsync(aws, "VMDK", "disk one.vmdk");
        var missing = await RefusedAsync(aws, "RAW", "nothing");
        var format = await RefusedAsync(aws, "ISO", "disk one.vmdk");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(task, Is.EqualTo("deleted ClientError: Disk validation failed: not a stream optimized or sparse VMDK in one file"));
            Assert.That((missing, format), Is.EqualTo(("InvalidParameter", "InvalidParameterValue")));
            Assert.That(aws.Reporter.Lines, Has.Some.Contains("PL7305"));
            Assert.That(Files(aws), Is.Zero, "nothing of the failed import is left");
        }
    }

    private static async Task<string> RefusedAsync(AwsEmulation aws, string format, string key) =>
        await AwsImageTests.RefusedAsync(
            aws,
            "ImportSnapshot",
            ("DiskContainer.Format", format),
            ("DiskContainer.UserBucket.S3Bucket", "imports"),
            ("DiskContainer.UserBucket.S3Key", key)
        );

    private static async Task<string> ImportAsync(AwsEmulation aws, string format, string key)
    {
        var task = await aws.Ec2ValueAsync(
            "importTaskId",
            "ImportSnapshot",
            ("DiskContainer.Format", format),
            ("DiskContainer.UserBucket.S3Bucket", "imports"),
            ("DiskContainer.UserBucket.S3Key", key)
        );
        var end = await aws.Ec2Async("DescribeImportSnapshotTasks", ("ImportTaskId.1", task));
        return $"{end.Descendants("status").Single().Value} {end.Descendants("statusMessage").SingleOrDefault()?.Value}";
    }

    private static async Task S3Async(AwsEmulation aws, string path, byte[] body)
    {
        var answer = await aws.SendAsync(
            new()
            {
                Service = "s3",
                Method = "PUT",
                Path = path,
                Body = body,
            }
        );
        Assert.That(answer.Status, Is.EqualTo(200), Encoding.UTF8.GetString(answer.Body));
    }

    private static string Linear(byte[] block) => Convert.ToBase64String(SHA256.HashData(SHA256.HashData(block)));

    private static int Files(AwsEmulation aws) =>
        Path.Combine(aws.State, "snapshots") is var path && Directory.Exists(path) ? Directory.GetFiles(path).Length : 0;

    private static Task<string> CompleteAsync(AwsEmulation aws, string id, int blocks, params (string, string)[] more) =>
        RefusalAsync(() =>
            aws.EbsAsync("POST", $"/snapshots/completion/{id}", null, [("x-amz-ChangedBlocksCount", AwsEmulation.Text(blocks)), .. more])
        );

    private static async Task<string> RefusalAsync<T>(Func<Task<T>> work)
    {
        try
        {
            await work();
            return "accepted";
        }
        catch (AwsAnswerException e)
        {
            return e.Code;
        }
    }
}
