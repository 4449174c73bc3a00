using System.Net;
using Pipeline.CloudEmulators;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.MachineTests;

/// <summary>
/// The minimal OS's own image for AWS in the emulated AWS: uploaded and launched by the provider's command line, configured by Ignition
/// from the metadata service at its real address, reached by ssh at its public address.
/// </summary>
[TestFixture, Category("machine")]
public sealed class EmulatedCloudTests
{
    private string _endpoint = "";

    [Test, CancelAfter(1_800_000)]
    public async Task An_uploaded_image_boots_with_the_Ignition_config_of_its_user_data(CancellationToken cancellationToken)
    {
        await MinimalBuild.PipelineAsync("images", "latest", "--platform", "aws");
        var id = new FileInfo(Path.Combine(MinimalBuild.Work.Builds, "latest")).LinkTarget!;
        var image = Directory.GetFiles(Path.Combine(MinimalBuild.Work.Builds, id, "x86_64"), "*-aws.x86_64.vmdk").Single();
        using var directory = new TemporaryDirectory();
        var options = new EmulatorOptions { Listen = new(IPAddress.Loopback, 0), StateDirectory = directory.File("state") };
        await using var emulator = await CloudEmulator.StartAsync(
            options,
            MinimalBuild.Tools,
            TimeProvider.System,
            new TestReporter(),
            cancellationToken
        );
        _endpoint = emulator.Address.ToString();
        var ami = await RegisterAsync(image, cancellationToken);
        var data = await UserDataAsync(directory, cancellationToken);
        var instance = await AwsAsync(
            $"ec2 run-instances --image-id {ami} --instance-type t3.micro --user-data file://{data} --query Instances[0].InstanceId",
            cancellationToken
        );
        await AwsAsync($"ec2 wait instance-running --instance-ids {instance}", cancellationToken);
        var address = await AwsAsync(
            $"ec2 describe-instances --instance-ids {instance} --query Reservations[0].Instances[0].[PublicIpAddress,PrivateIpAddress]",
            cancellationToken
        );
        var port = await AwsAsync(
            $"ec2 describe-tags --filters Name=resource-id,Values={instance} Name=key,Values=emulator:ssh-port --query Tags[0].Value",
            cancellationToken
        );
        var said = await SshAsync(directory, address.Split('\t')[0], port == "None" ? "22" : port, cancellationToken);
        var console = await AwsAsync($"ec2 get-console-output --instance-id {instance} --query Output", cancellationToken);
        await AwsAsync($"ec2 terminate-instances --instance-ids {instance}", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(said, Does.StartWith("from-user-data\n").And.Contain($" {address.Split('\t')[1]}/"));
            Assert.That(said, Does.Contain("ignition.platform.id=aws"));
            Assert.That(console, Is.Not.Empty);
        }
    }

    private async Task<string> RegisterAsync(string image, CancellationToken cancellationToken)
    {
        await AwsAsync("s3 mb s3://imports", cancellationToken);
        await AwsAsync($"s3 cp {image} s3://imports/image.vmdk --no-progress", cancellationToken);
        await AwsAsync(
            "ec2 import-snapshot --disk-container Format=VMDK,UserBucket={S3Bucket=imports,S3Key=image.vmdk}",
            cancellationToken
        );
        string snapshot;
        do
        {
            snapshot = await AwsAsync(
                "ec2 describe-import-snapshot-tasks --query ImportSnapshotTasks[0].SnapshotTaskDetail.SnapshotId",
                cancellationToken
            );
        } while (snapshot == "None");

        return await AwsAsync(
            "ec2 register-image --name minimal --architecture x86_64 --root-device-name /dev/xvda --virtualization-type hvm "
                + $"--imds-support v2.0 --query ImageId --block-device-mappings DeviceName=/dev/xvda,Ebs={{SnapshotId={snapshot}}}",
            cancellationToken
        );
    }

    private static async Task<string> UserDataAsync(TemporaryDirectory directory, CancellationToken cancellationToken)
    {
        var key = directory.File("key");
        await MinimalBuild.Tools.RunAsync(new("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]), cancellationToken);
        var config = """
            {"ignition":{"version":"3.0.0"},
             "passwd":{"users":[{"name":"core","sshAuthorizedKeys":["@KEY@"]}]},
             "storage":{"files":[{"path":"/etc/hostname","mode":420,"contents":{"source":"data:,from-user-data"}}]}}
            """.Replace("@KEY@", (await File.ReadAllTextAsync(key + ".pub", cancellationToken)).Trim(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(directory.File("config.ign"), config, cancellationToken);
        return directory.File("config.ign");
    }

    /// <summary>Asks the guest until it answers; a guest that never does is ended by the test's limit.</summary>
    private static async Task<string> SshAsync(
        TemporaryDirectory directory,
        string address,
        string port,
        CancellationToken cancellationToken
    )
    {
        var command = new ToolCommand(
            "ssh",
            [
                "-F",
                "/dev/null",
                "-i",
                directory.File("key"),
                "-p",
                port,
                "-o",
                "BatchMode=yes",
                "-o",
                "ConnectTimeout=60",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                $"core@{address}",
                "hostname; ip -4 -o address; cat /proc/cmdline",
            ]
        )
        {
            Accepted = [0, 255],
        };
        while (true)
        {
            var answer = await MinimalBuild.Tools.RunAsync(command, cancellationToken);
            if (answer.ExitCode == 0)
            {
                return answer.Text;
            }

            await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
        }
    }

    private async Task<string> AwsAsync(string arguments, CancellationToken cancellationToken)
    {
        var account = EmulatedAccount.Default;
        var command = new ToolCommand(
            "aws",
            ["--endpoint-url", _endpoint, "--output", "text", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]
        )
        {
            MissingHint = "apt-get install awscli",
            Environment = new Dictionary<string, string>
            {
                ["AWS_ACCESS_KEY_ID"] = account.KeyId,
                ["AWS_SECRET_ACCESS_KEY"] = account.Secret,
                ["AWS_DEFAULT_REGION"] = "us-east-1",
                ["AWS_EC2_METADATA_DISABLED"] = "true",
            },
        };
        return (await MinimalBuild.Tools.RunAsync(command, cancellationToken)).Text.Trim();
    }
}
