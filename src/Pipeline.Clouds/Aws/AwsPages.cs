using Amazon.EC2.Model;

namespace Pipeline.Clouds.Aws;

/// <summary>Lists that come in pages.</summary>
internal static class AwsPages
{
    /// <summary>More pages than any account fills; a service that goes on after them is broken.</summary>
    private const int Most = 1000;

    /// <summary>Images that match.</summary>
    public static Task<List<Image>> ImagesAsync(
        this AwsSession session,
        string region,
        Func<DescribeImagesRequest> ask,
        CancellationToken cancellationToken
    ) =>
        AllAsync<Image>(next =>
            session.CallAsync<(List<Image>?, string?)>(
                region,
                "listing images",
                async token =>
                {
                    var request = ask();
                    request.NextToken = next;
                    var page = await session.Ec2(region).DescribeImagesAsync(request, token);
                    return (page.Images, page.NextToken);
                },
                cancellationToken
            )
        );

    /// <summary>Snapshots that match; none when one of the ids is gone.</summary>
    public static Task<List<Snapshot>> SnapshotsAsync(
        this AwsSession session,
        string region,
        Func<DescribeSnapshotsRequest> ask,
        CancellationToken cancellationToken
    ) =>
        AllAsync<Snapshot>(async next =>
        {
            var (page, _) = await session.TryAsync(
                region,
                "listing snapshots",
                async token =>
                {
                    var request = ask();
                    request.NextToken = next;
                    return await session.Ec2(region).DescribeSnapshotsAsync(request, token);
                },
                code => code is "InvalidSnapshot.NotFound" or "InvalidSnapshotID.Malformed",
                cancellationToken
            );
            return (page?.Snapshots, page?.NextToken);
        });

    /// <summary>Instances that match; none when one of the ids is gone.</summary>
    public static Task<List<Instance>> InstancesAsync(
        this AwsSession session,
        string region,
        Func<DescribeInstancesRequest> ask,
        CancellationToken cancellationToken
    ) =>
        AllAsync<Instance>(async next =>
        {
            var (page, _) = await session.TryAsync(
                region,
                "listing instances",
                async token =>
                {
                    var request = ask();
                    request.NextToken = next;
                    return await session.Ec2(region).DescribeInstancesAsync(request, token);
                },
                code => code is "InvalidInstanceID.NotFound" or "InvalidInstanceID.Malformed",
                cancellationToken
            );
            return ([.. (page?.Reservations ?? []).SelectMany(r => r.Instances ?? [])], page?.NextToken);
        });

    private static async Task<List<T>> AllAsync<T>(Func<string?, Task<(List<T>? Items, string? Next)>> page)
    {
        var all = new List<T>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (string? next = null; ; )
        {
            var (items, following) = await page(next);
            all.AddRange(items ?? []);
            if (string.IsNullOrEmpty(following))
            {
                return all;
            }

            next = following;
            if (!seen.Add(following) || seen.Count > Most)
            {
                throw new Model.Diagnostics.PipelineException(
                    CloudDiagnostics.Failed("aws", "listing", "the pages of the answer have no end")
                );
            }
        }
    }
}
