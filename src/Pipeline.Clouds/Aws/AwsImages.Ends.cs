using Amazon.EC2.Model;
using Pipeline.Clouds.Images;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Aws;

/// <content>How images end: superseded, deprecated, deleted.</content>
internal sealed partial class AwsImages
{
    /// <inheritdoc/>
    public async Task PromoteAsync(CloudImage image, string family, CancellationToken cancellationToken)
    {
        CloudImageRules.RequireOwned(image.Owned, image.Region, image.Id);
        await session.DoAsync(
            image.Region,
            $"promoting '{image.Name}'",
            token =>
                session
                    .Ec2(image.Region)
                    .CreateTagsAsync(new() { Resources = [image.Id], Tags = [new Tag(AwsTags.Family, family)] }, token),
            cancellationToken
        );
        var before = await session.ImagesAsync(
            image.Region,
            () => new() { Owners = ["self"], Filters = [AwsTags.Is(AwsTags.Owner, session.Owner), AwsTags.Is(AwsTags.Family, family)] },
            cancellationToken
        );
        foreach (var old in before.Select(i => Read(image.Region, i)).Where(i => i.Owned && i.Id != image.Id && i.Deprecated is null))
        {
            // The service takes no time of the past, and rounds to minutes.
            await DeprecateAsync(old, session.Time.GetUtcNow().AddMinutes(2), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task DeprecateAsync(CloudImage image, DateTimeOffset when, CancellationToken cancellationToken)
    {
        CloudImageRules.RequireOwned(image.Owned, image.Region, image.Id);
        return session.DoAsync(
            image.Region,
            $"deprecating '{image.Name}'",
            token =>
                session.Ec2(image.Region).EnableImageDeprecationAsync(new() { ImageId = image.Id, DeprecateAt = when.UtcDateTime }, token),
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(CloudResource resource, CancellationToken cancellationToken)
    {
        if (resource.Kind == CloudResourceKind.Disk)
        {
            await DeleteSnapshotAsync(resource.Region, resource.Id, cancellationToken);
            return;
        }

        // What a list said a while ago may be somebody else's by now.
        if (await ByIdAsync(resource.Region, resource.Id, cancellationToken) is not { } image)
        {
            return;
        }

        CloudImageRules.RequireOwned(image.Owned, image.Region, image.Id);
        await session.TryAsync(
            image.Region,
            $"deregistering '{image.Id}'",
            token => session.Ec2(image.Region).DeregisterImageAsync(new() { ImageId = image.Id }, token),
            code => code is "InvalidAMIID.NotFound" or "InvalidAMIID.Unavailable",
            cancellationToken
        );
        if (image.Disk is { } disk)
        {
            await DeleteSnapshotAsync(image.Region, disk, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<ValueList<CloudResource>> ListAsync(string region, CancellationToken cancellationToken)
    {
        var images = await session.ImagesAsync(
            region,
            () =>
                new()
                {
                    Owners = ["self"],
                    Filters = [AwsTags.Is(AwsTags.Owner, session.Owner)],
                    IncludeDeprecated = true,
                },
            cancellationToken
        );
        var snapshots = await session.SnapshotsAsync(
            region,
            () => new() { OwnerIds = ["self"], Filters = [AwsTags.Is(AwsTags.Owner, session.Owner)] },
            cancellationToken
        );
        return
        [
            .. images
                .Select(i => Read(region, i))
                .Where(i => i.Owned)
                .Select(i => new CloudResource(
                    CloudResourceKind.Image,
                    region,
                    i.Id,
                    i.Name,
                    i.State.ToString().ToLowerInvariant(),
                    i.Created
                ))
                .OrderBy(i => i.Name, StringComparer.Ordinal),
            .. snapshots
                .Where(s => AwsTags.Find(s.Tags, AwsTags.Owner) == session.Owner)
                .Select(s => new CloudResource(
                    CloudResourceKind.Disk,
                    region,
                    s.SnapshotId,
                    AwsTags.Find(s.Tags, AwsTags.Name) ?? "",
                    s.State?.Value ?? "",
                    s.StartTime is { } start ? new DateTimeOffset(start.ToUniversalTime()) : null
                ))
                .OrderBy(s => s.Name, StringComparer.Ordinal)
                .ThenBy(s => s.Id, StringComparer.Ordinal),
        ];
    }

    private async Task DeleteSnapshotAsync(string region, string id, CancellationToken cancellationToken)
    {
        var found = await session.SnapshotsAsync(region, () => new() { SnapshotIds = [id] }, cancellationToken);
        if (found.FirstOrDefault(s => s.SnapshotId == id) is not { } snapshot)
        {
            return;
        }

        CloudImageRules.RequireOwned(AwsTags.Find(snapshot.Tags, AwsTags.Owner) == session.Owner, region, id);
        await session.TryAsync(
            region,
            $"deleting '{id}'",
            token => session.Ec2(region).DeleteSnapshotAsync(new(id), token),
            code => code == "InvalidSnapshot.NotFound",
            cancellationToken
        );
    }
}
