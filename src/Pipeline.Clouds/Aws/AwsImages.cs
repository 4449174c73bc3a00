using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.SecurityToken.Model;
using Pipeline.Clouds.Disks;
using Pipeline.Clouds.Images;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Aws;

/// <summary>Images on Amazon EC2: snapshots by the EBS direct APIs, registered as images that boot from them.</summary>
/// <param name="session">Clients and credentials; disposed with this.</param>
/// <param name="journals">A directory in which interrupted uploads are remembered.</param>
internal sealed partial class AwsImages(AwsSession session, string journals) : ICloudImages
{
    private const string RootDevice = "/dev/xvda";

    /// <inheritdoc/>
    public string Platform => "aws";

    /// <inheritdoc/>
    public async Task<string> AccountAsync(CancellationToken cancellationToken)
    {
        using var sts = session.Sts();
        return await session.CallAsync(
            session.Region,
            "asking for the account",
            async token => Required((await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), token)).Account, "account"),
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public async Task<ValueList<string>> RegionsAsync(CancellationToken cancellationToken)
    {
        // A name that is no region has no server to ask.
        var known = session.Options.Endpoint is not null || AwsRegions.IsKnown(session.Region);
        var regions = await session.CallAsync(
            session.Region,
            "listing regions",
            async token =>
                (
                    await session.Ec2(known ? session.Region : AwsRegions.First).DescribeRegionsAsync(new DescribeRegionsRequest(), token)
                ).Regions,
            cancellationToken
        );
        return [.. (regions ?? []).Select(r => r.RegionName).OfType<string>().Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<CloudImage?> FindAsync(string region, string name, CancellationToken cancellationToken)
    {
        var found = await session.ImagesAsync(
            region,
            () =>
                new()
                {
                    Owners = ["self"],
                    Filters = [new("name", [name])],
                    IncludeDeprecated = true,
                },
            cancellationToken
        );
        return found.Where(i => i.Name == name).Select(i => Read(region, i)).FirstOrDefault();
    }

    /// <inheritdoc/>
    public Task<string> UploadAsync(
        string region,
        CloudImageSpec image,
        DiskContent content,
        IProgress<UploadProgress> progress,
        CancellationToken cancellationToken
    ) => new SnapshotUpload(session, region, image, content, journals).RunAsync(progress, cancellationToken);

    /// <inheritdoc/>
    public async Task<CloudImage> RegisterAsync(string region, CloudImageSpec image, string disk, CancellationToken cancellationToken)
    {
        if (await FindAsync(region, image.Name, cancellationToken) is { } known)
        {
            return await AvailableAsync(CloudImageRules.Ours(known, image), cancellationToken);
        }

        var (made, _) = await session.TryAsync(
            region,
            $"registering '{image.Name}'",
            async token => Required((await session.Ec2(region).RegisterImageAsync(Registration(image, disk), token)).ImageId, "image id"),
            code => code == "InvalidAMIName.Duplicate",
            cancellationToken
        );

        // A name that is taken by now is that of this request, whose answer was lost, or of somebody who was faster.
        var found = await session.UntilAsync(
            region,
            made ?? image.Name,
            () => made is null ? FindAsync(region, image.Name, cancellationToken) : ByIdAsync(region, made, cancellationToken),
            cancellationToken
        );
        return await AvailableAsync(CloudImageRules.Ours(found, image), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<CloudImage> ReplicateAsync(CloudImage image, CloudImageSpec spec, string region, CancellationToken cancellationToken)
    {
        if (await FindAsync(region, spec.Name, cancellationToken) is { } known)
        {
            return await AvailableAsync(CloudImageRules.Ours(known, spec), cancellationToken);
        }

        var tags = AwsTags.Of(spec, session.Owner);
        var id = await session.CallAsync(
            region,
            $"copying '{spec.Name}' from {image.Region}",
            async token =>
                Required(
                    (
                        await session
                            .Ec2(region)
                            .CopyImageAsync(
                                new()
                                {
                                    Name = spec.Name,
                                    Description = spec.Description,
                                    SourceImageId = image.Id,
                                    SourceRegion = image.Region,
                                    ClientToken = AwsTags.Token("copy", spec.Name, image.Id, image.Region, region),
                                    TagSpecifications = [AwsTags.For(ResourceType.Image, tags), AwsTags.For(ResourceType.Snapshot, tags)],
                                },
                                token
                            )
                    ).ImageId,
                    "image id"
                ),
            cancellationToken
        );
        var made = await session.UntilAsync(region, id, () => ByIdAsync(region, id, cancellationToken), cancellationToken);
        return await AvailableAsync(CloudImageRules.Ours(made, spec), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ShareAsync(CloudImage image, CloudAudience audience, CancellationToken cancellationToken)
    {
        CloudImageRules.RequireOwned(image.Owned, image.Region, image.Id);
        if (audience.IsEmpty)
        {
            return;
        }

        var organizations = audience.Organizations.Where(o => !o.Contains(":ou/", StringComparison.Ordinal));
        var units = audience.Organizations.Where(o => o.Contains(":ou/", StringComparison.Ordinal));
        List<LaunchPermission> added =
        [
            .. audience.Public ? [new LaunchPermission { Group = PermissionGroup.All }] : Array.Empty<LaunchPermission>(),
            .. audience.Accounts.Select(a => new LaunchPermission { UserId = a }),
            .. organizations.Select(o => new LaunchPermission { OrganizationArn = o }),
            .. units.Select(u => new LaunchPermission { OrganizationalUnitArn = u }),
        ];
        await session.DoAsync(
            image.Region,
            $"sharing '{image.Name}'",
            token =>
                session
                    .Ec2(image.Region)
                    .ModifyImageAttributeAsync(
                        new()
                        {
                            ImageId = image.Id,
                            LaunchPermission = new LaunchPermissionModifications { Add = added },
                        },
                        token
                    ),
            cancellationToken
        );
        if (image.Disk is { } disk && audience.Accounts.Count > 0)
        {
            // Whoever may copy the image to a region of theirs needs its snapshot, too.
            await session.DoAsync(
                image.Region,
                $"sharing the snapshot of '{image.Name}'",
                token =>
                    session
                        .Ec2(image.Region)
                        .ModifySnapshotAttributeAsync(
                            new()
                            {
                                SnapshotId = disk,
                                CreateVolumePermission = new()
                                {
                                    Add = [.. audience.Accounts.Select(a => new CreateVolumePermission { UserId = a })],
                                },
                            },
                            token
                        ),
                cancellationToken
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private RegisterImageRequest Registration(CloudImageSpec image, string snapshot) =>
        new()
        {
            Name = image.Name,
            Description = image.Description,
            Architecture = image.Architecture == Architecture.Aarch64 ? ArchitectureValues.Arm64 : ArchitectureValues.X86_64,
            VirtualizationType = "hvm",
            BootMode = image.Architecture == Architecture.Aarch64 ? BootModeValues.Uefi : BootModeValues.UefiPreferred,
            EnaSupport = true,
            SriovNetSupport = "simple",
            ImdsSupport = image.TokensOnly ? ImdsSupportValues.V20 : null,
            UefiData = image.UefiData,
            RootDeviceName = RootDevice,
            BlockDeviceMappings =
            [
                new()
                {
                    DeviceName = RootDevice,
                    Ebs = new()
                    {
                        SnapshotId = snapshot,
                        DeleteOnTermination = true,
                        VolumeType = VolumeType.Gp3,
                    },
                },
                new() { DeviceName = "/dev/xvdb", VirtualName = "ephemeral0" },
            ],
            TagSpecifications = [AwsTags.For(ResourceType.Image, AwsTags.Of(image, session.Owner))],
        };

    private async Task<CloudImage?> ByIdAsync(string region, string id, CancellationToken cancellationToken)
    {
        var (page, _) = await session.TryAsync(
            region,
            $"looking at '{id}'",
            async token => await session.Ec2(region).DescribeImagesAsync(new() { ImageIds = [id], IncludeDeprecated = true }, token),
            code => code is "InvalidAMIID.NotFound" or "InvalidAMIID.Unavailable" or "InvalidAMIID.Malformed",
            cancellationToken
        );
        return page?.Images?.Where(i => i.ImageId == id).Select(i => Read(region, i)).FirstOrDefault();
    }

    /// <summary>Waits until instances can be started from an image.</summary>
    private Task<CloudImage> AvailableAsync(CloudImage image, CancellationToken cancellationToken) =>
        session.UntilAsync(
            image.Region,
            image.Id,
            async () =>
                (image.State == CloudImageState.Available ? image : await ByIdAsync(image.Region, image.Id, cancellationToken)) switch
                {
                    { State: CloudImageState.Available } there => there,
                    { State: CloudImageState.Failed } => throw new PipelineException(
                        CloudDiagnostics.GaveUp($"aws {image.Region}", image.Id, "its state is failed")
                    ),
                    _ => null,
                },
            cancellationToken
        );

    private CloudImage Read(string region, Image image) =>
        new()
        {
            Region = region,
            Id = image.ImageId,
            Name = image.Name ?? "",
            State =
                image.State == ImageState.Available ? CloudImageState.Available
                : image.State == ImageState.Pending || image.State == ImageState.Transient ? CloudImageState.Pending
                : CloudImageState.Failed,
            Disk = image.BlockDeviceMappings?.Select(m => m.Ebs?.SnapshotId).OfType<string>().FirstOrDefault(),
            Owned = AwsTags.Find(image.Tags, AwsTags.Owner) == session.Owner,
            Source = Digest.TryParse(AwsTags.Find(image.Tags, AwsTags.Source), out var source) ? source : null,
            Public = image.Public == true,
            Created = Time(image.CreationDate),
            Deprecated = Time(image.DeprecationTime),
        };

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>What an answer must have.</summary>
    private static string Required(string? value, string what) =>
        string.IsNullOrEmpty(value) ? throw new InvalidDataException($"the answer has no {what}") : value;
}
