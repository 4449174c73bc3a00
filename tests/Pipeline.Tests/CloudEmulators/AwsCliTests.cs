using System.Security.Cryptography;
using Pipeline.Host;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.CloudEmulators;

/// <summary><c>pipeline cloud emulate aws</c> as a process, driven by the provider's own command line from upload to termination.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AwsCliTests : IDisposable
{
    private static readonly ToolRunner Tools = new();
    private readonly TemporaryDirectory _directory = new();
    private string _endpoint = "";

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(600_000)]
    public async Task An_imported_disk_is_registered_copied_shared_launched_and_removed(CancellationToken cancellationToken)
    {
        await using var program = await EmulateAsync(cancellationToken);
        var disk = await DiskAsync(cancellationToken);
        await AwsAsync($"s3 mb s3://imports");
        await AwsAsync($"s3 cp {disk} s3://imports/builds/disk.vmdk --no-progress");
        var task = await AwsAsync(
            "ec2 import-snapshot --disk-container Format=VMDK,UserBucket={S3Bucket=imports,S3Key=builds/disk.vmdk} --query ImportTaskId"
        );
        string snapshot;
        do
        {
            snapshot = await AwsAsync(
                $"ec2 describe-import-snapshot-tasks --import-task-ids {task} "
                    + "--query ImportSnapshotTasks[0].SnapshotTaskDetail.SnapshotId"
            );
        } while (snapshot == "None");

        var image = await AwsAsync(
            $"ec2 register-image --name disk-1 --architecture x86_64 --root-device-name /dev/xvda --virtualization-type hvm "
                + $"--boot-mode uefi-preferred --imds-support v2.0 --ena-support --query ImageId "
                + $"--block-device-mappings DeviceName=/dev/xvda,Ebs={{SnapshotId={snapshot},VolumeType=gp3}}"
        );
        await AwsAsync($"ec2 wait image-available --image-ids {image}");
        await AwsAsync($"ec2 create-tags --resources {image} --tags Key=stream,Value=stable");
        await AwsAsync($"ec2 modify-image-attribute --image-id {image} --launch-permission Add=[{{Group=all}}]");
        await AwsAsync($"ec2 enable-image-deprecation --image-id {image} --deprecate-at 2030-01-01T00:00:00Z");
        var copy = await AwsAsync(
            $"ec2 copy-image --region eu-west-1 --name disk-1 --source-image-id {image} --source-region us-east-1 --query ImageId"
        );
        var copied = await AwsAsync($"ec2 describe-images --region eu-west-1 --image-ids {copy} --query Images[0].[Name,State,BootMode]");
        var found = await AwsAsync("ec2 describe-images --filters Name=tag:stream,Values=stable --query Images[0].[ImageId,Public]");
        var instance = await AwsAsync(
            $"ec2 run-instances --image-id {image} --instance-type t3.small --user-data {{}} --query Instances[0].InstanceId"
        );
        await AwsAsync($"ec2 wait instance-running --instance-ids {instance}");
        var console = await AwsAsync($"ec2 get-console-output --instance-id {instance} --query Output");
        await AwsAsync($"ec2 terminate-instances --instance-ids {instance}");
        await AwsAsync($"ec2 wait instance-terminated --instance-ids {instance}");
        await AwsAsync($"ec2 deregister-image --image-id {image}");
        await AwsAsync($"ec2 delete-snapshot --snapshot-id {snapshot}");
        program.Signal(Libc.SigTerm);
        var end = await program.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(copied, Is.EqualTo("disk-1\tavailable\tuefi-preferred"));
            Assert.That(found, Is.EqualTo($"{image}\tTrue"));
            Assert.That(console, Does.Contain("no machine runs behind this instance"));
            Assert.That(end.ExitCode, Is.Zero);
        }
    }

    [Test, CancelAfter(600_000)]
    public async Task Blocks_are_uploaded_and_read_back_and_faults_are_met_with_retries(CancellationToken cancellationToken)
    {
        await using var program = await EmulateAsync(
            cancellationToken,
            "--fault",
            "StartSnapshot=error:1",
            "--fault",
            "PutSnapshotBlock=throttle:1"
        );
        var block = _directory.File("block");
        var bytes = AwsEmulation.Block(7);
        await File.WriteAllBytesAsync(block, bytes, cancellationToken);
        var account = await AwsAsync("sts get-caller-identity --query Account");
        var snapshot = await AwsAsync("ebs start-snapshot --volume-size 1 --query SnapshotId");
        await AwsAsync(
            $"ebs put-snapshot-block --snapshot-id {snapshot} --block-index 9 --block-data {block} --data-length {bytes.Length} "
                + $"--checksum {Convert.ToBase64String(SHA256.HashData(bytes))} --checksum-algorithm SHA256"
        );
        await AwsAsync($"ebs complete-snapshot --snapshot-id {snapshot} --changed-blocks-count 1");
        await AwsAsync($"ec2 wait snapshot-completed --snapshot-ids {snapshot}");
        var token = await AwsAsync($"ebs list-snapshot-blocks --snapshot-id {snapshot} --query Blocks[0].BlockToken");
        await AwsAsync($"ebs get-snapshot-block --snapshot-id {snapshot} --block-index 9 --block-token {token} {block}.back");

        Assert.That((account, await File.ReadAllBytesAsync($"{block}.back", cancellationToken)), Is.EqualTo((AwsEmulation.Account, bytes)));
    }

    private async Task<RealProgram> EmulateAsync(CancellationToken cancellationToken, params string[] more)
    {
        var program = RealProgram.Start([
            "cloud",
            "emulate",
            "aws",
            "--listen",
            "127.0.0.1:0",
            "--state",
            _directory.File("state"),
            "--no-machines",
            .. more,
        ]);
        _endpoint = (await program.ReadAsync("aws at ", cancellationToken)).Split("aws at ")[1].Split(',')[0];
        return program;
    }

    private async Task<string> DiskAsync(CancellationToken cancellationToken)
    {
        var (raw, vmdk) = (_directory.File("disk.raw"), _directory.File("disk.vmdk"));
        await File.WriteAllBytesAsync(raw, AwsEmulation.Block(1), cancellationToken);
        await Tools.RunAsync(new("qemu-img", ["convert", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, vmdk]), cancellationToken);
        return vmdk;
    }

    private async Task<string> AwsAsync(string arguments)
    {
        var result = await Tools.RunAsync(
            new("aws", ["--endpoint-url", _endpoint, "--output", "text", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
            {
                MissingHint = "apt-get install awscli",
                Environment = new Dictionary<string, string>
                {
                    ["AWS_ACCESS_KEY_ID"] = "AKIAEMULATEDCLOUD001",
                    ["AWS_SECRET_ACCESS_KEY"] = "emulated-secret",
                    ["AWS_DEFAULT_REGION"] = "us-east-1",
                    ["AWS_CONFIG_FILE"] = _directory.File("none"),
                    ["AWS_EC2_METADATA_DISABLED"] = "true",
                },
            },
            CancellationToken.None
        );
        return result.Text.Trim();
    }
}
