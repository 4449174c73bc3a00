using System.Globalization;
using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Pipeline.Clouds.Images;
using Pipeline.Clouds.Instances;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Aws;

/// <summary>Instances of Amazon EC2 in one region.</summary>
internal sealed class AwsInstances(AwsSession session) : ICloudInstances, IDisposable
{
    /// <summary>Most bytes of user data, before they are encoded.</summary>
    public const int MostUserData = 16 << 10;

    private static readonly string[] Living =
    [
        InstanceStateName.Pending,
        InstanceStateName.Running,
        InstanceStateName.Stopping,
        InstanceStateName.Stopped,
    ];

    private string Region => session.Region;

    /// <inheritdoc/>
    public string Platform => "aws";

    /// <inheritdoc/>
    public string Lacks(CloudInstanceShape shape) =>
        shape.Architecture != Architecture.X86_64 && shape.Architecture != Architecture.Aarch64
            ? $"EC2 has no instances of {shape.Architecture.Name}"
        : shape.Tpm ? "the image is registered without a TPM"
        : shape.Type is null && AwsInstanceType.Of(shape) is null
            ? $"no instance type of the table has {shape.Cpus} CPUs, {shape.MemoryMiB} MiB and {shape.Nics} network interfaces"
        : "";

    /// <inheritdoc/>
    public async Task<CloudInstance> LaunchAsync(CloudLaunch launch, CancellationToken cancellationToken)
    {
        var known = await session.InstancesAsync(
            Region,
            () =>
                new()
                {
                    Filters =
                    [
                        AwsTags.Is(AwsTags.Name, launch.Name),
                        AwsTags.Is(AwsTags.Owner, session.Owner),
                        new("instance-state-name", [.. Living]),
                    ],
                },
            cancellationToken
        );
        if (known.Select(Read).FirstOrDefault(i => i.Name == launch.Name && i.State != CloudInstanceState.Terminated) is { } there)
        {
            return there;
        }

        var request = Request(launch);
        var made = await session.CallAsync(
            Region,
            $"launching '{launch.Name}'",
            async token =>
                (await session.Ec2(Region).RunInstancesAsync(request, token)).Reservation?.Instances?.FirstOrDefault()
                ?? throw new InvalidDataException("the answer has no instance"),
            cancellationToken
        );
        return Read(made) with { Name = launch.Name };
    }

    /// <inheritdoc/>
    public async Task<CloudInstance?> FindAsync(string id, CancellationToken cancellationToken) =>
        await DescribeAsync(id, cancellationToken) is { } found ? Read(found) : null;

    /// <inheritdoc/>
    public async Task<string> ConsoleAsync(string id, CancellationToken cancellationToken)
    {
        var (answer, code) = await session.TryAsync(
            Region,
            $"reading the console of '{id}'",
            token => session.Ec2(Region).GetConsoleOutputAsync(new() { InstanceId = id, Latest = true }, token),
            c => c is "UnsupportedOperation" or "InvalidInstanceID.NotFound",
            cancellationToken
        );
        if (code == "UnsupportedOperation")
        {
            // Only some types have the newest lines; all have what was there some minutes after the boot.
            answer = await session.CallAsync(
                Region,
                $"reading the console of '{id}'",
                token => session.Ec2(Region).GetConsoleOutputAsync(new(id), token),
                cancellationToken
            );
        }

        return Decode(answer?.Output);
    }

    /// <inheritdoc/>
    public Task RebootAsync(string id, CancellationToken cancellationToken) =>
        session.DoAsync(
            Region,
            $"rebooting '{id}'",
            token => session.Ec2(Region).RebootInstancesAsync(new() { InstanceIds = [id] }, token),
            cancellationToken
        );

    /// <inheritdoc/>
    public async Task TerminateAsync(string id, CancellationToken cancellationToken)
    {
        if (await DescribeAsync(id, cancellationToken) is not { } found || Read(found).State == CloudInstanceState.Terminated)
        {
            return;
        }

        CloudImageRules.RequireOwned(AwsTags.Find(found.Tags, AwsTags.Owner) == session.Owner, Region, id);
        await session.TryAsync(
            Region,
            $"terminating '{id}'",
            token => session.Ec2(Region).TerminateInstancesAsync(new() { InstanceIds = [id] }, token),
            code => code == "InvalidInstanceID.NotFound",
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public async Task<ValueList<CloudInstance>> ListAsync(IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        var asked = tags.Append(new(AwsTags.Owner, session.Owner)).ToArray();
        var found = await session.InstancesAsync(
            Region,
            () => new() { Filters = [.. asked.Select(t => AwsTags.Is(t.Key, t.Value)), new("instance-state-name", [.. Living])] },
            cancellationToken
        );
        return
        [
            .. found
                .Where(i => asked.All(t => AwsTags.Find(i.Tags, t.Key) == t.Value))
                .Select(Read)
                .Where(i => i.State != CloudInstanceState.Terminated)
                .OrderBy(i => i.Id, StringComparer.Ordinal),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private async Task<Instance?> DescribeAsync(string id, CancellationToken cancellationToken) =>
        (await session.InstancesAsync(Region, () => new() { InstanceIds = [id] }, cancellationToken)).FirstOrDefault(i =>
            i.InstanceId == id
        );

    private RunInstancesRequest Request(CloudLaunch launch)
    {
        var (shape, options) = (launch.Shape, session.Options);
        List<Tag> tags =
        [
            new(AwsTags.Name, launch.Name),
            new(AwsTags.Owner, session.Owner),
            .. launch.Tags.Where(t => t.Key is not (AwsTags.Name or AwsTags.Owner)).Select(t => new Tag(t.Key, t.Value)),
        ];
        var request = new RunInstancesRequest
        {
            ImageId = launch.Image,
            InstanceType =
                shape.Type
                ?? AwsInstanceType.Of(shape)?.Name
                ?? throw new PipelineException(CloudDiagnostics.Failed($"aws {Region}", "choosing an instance type", Lacks(shape))),
            MinCount = 1,
            MaxCount = 1,
            ClientToken = AwsTags.Token(
                "instance",
                launch.Name,
                launch.Image,
                session.Owner,
                launch.UserData ?? "",
                string.Join(',', tags.Select(t => $"{t.Key}={t.Value}"))
            ),
            UserData = launch.UserData is { } config ? Convert.ToBase64String(IgnitionUserData.Fit(Platform, config, MostUserData)) : null,
            MetadataOptions = new() { HttpTokens = HttpTokensState.Required },
            InstanceInitiatedShutdownBehavior = ShutdownBehavior.Stop,
            BlockDeviceMappings = Disks(shape),
            TagSpecifications = [AwsTags.For(ResourceType.Instance, tags), AwsTags.For(ResourceType.Volume, tags)],
        };
        if (options.Spot)
        {
            request.InstanceMarketOptions = new() { MarketType = MarketType.Spot };
        }

        if (shape.Nics == 1)
        {
            request.SubnetId = options.Network;
            request.SecurityGroupIds = options.Firewall is { } group ? [group] : null;
        }
        else
        {
            request.NetworkInterfaces =
            [
                .. Enumerable
                    .Range(0, shape.Nics)
                    .Select(n => new InstanceNetworkInterfaceSpecification
                    {
                        DeviceIndex = n,
                        SubnetId = options.Network,
                        Groups = options.Firewall is { } group ? [group] : null,
                        DeleteOnTermination = true,
                    }),
            ];
        }

        return request;
    }

    /// <summary>The system disk where it is to be larger than the image's, and empty ones.</summary>
    private static List<BlockDeviceMapping>? Disks(CloudInstanceShape shape)
    {
        List<BlockDeviceMapping> all =
        [
            .. shape.DiskSize is { } size ? [Disk("/dev/xvda", size)] : Array.Empty<BlockDeviceMapping>(),
            .. shape.Disks.Select((d, n) => Disk(string.Create(CultureInfo.InvariantCulture, $"/dev/sd{(char)('f' + n)}"), d)),
        ];
        return all.Count == 0 ? null : all;
    }

    private static BlockDeviceMapping Disk(string name, ByteSize size) =>
        new()
        {
            DeviceName = name,
            Ebs = new()
            {
                VolumeSize = checked((int)(size.RoundUp(ByteSize.FromGiB(1)).Bytes >> 30)),
                VolumeType = VolumeType.Gp3,
                DeleteOnTermination = true,
            },
        };

    private static CloudInstance Read(Instance instance)
    {
        var state = instance.State?.Name;
        return new(
            instance.InstanceId ?? throw new PipelineException(CloudDiagnostics.Failed("aws", "reading an instance", "it has no id")),
            AwsTags.Find(instance.Tags, AwsTags.Name) ?? "",
            state == InstanceStateName.Pending ? CloudInstanceState.Pending
                : state == InstanceStateName.Running ? CloudInstanceState.Running
                : state == InstanceStateName.Stopped || state == InstanceStateName.Stopping ? CloudInstanceState.Stopped
                : CloudInstanceState.Terminated,
            Filled(instance.PublicIpAddress) ?? Filled(instance.PrivateIpAddress)
        )
        {
            Created = instance.LaunchTime is { } time ? new DateTimeOffset(time.ToUniversalTime()) : null,
        };
    }

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>The service keeps 64 KiB; what is no base64 is shown as it is.</summary>
    private static string Decode(string? output)
    {
        var bytes = new byte[output?.Length ?? 0];
        return Convert.TryFromBase64String(output ?? "", bytes, out var length)
            ? Encoding.UTF8.GetString(bytes.AsSpan(0, length))
            : output ?? "";
    }
}
