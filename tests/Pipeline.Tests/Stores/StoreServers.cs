using Amazon.Runtime;
using Azure.Storage;
using Azure.Storage.Blobs;
using Pipeline.Clouds.Stores;
using Pipeline.Host.Net.Objects;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>The servers that store tests share: each started when a test first asks, all stopped after the last.</summary>
[SetUpFixture]
public sealed class StoreServers
{
    private static readonly Lazy<Task<RadosGateway>> Gateway = new(() => RadosGateway.StartAsync(CancellationToken.None));
    private static readonly Lazy<Task<Azurite>> Blobs = new(() => Azurite.StartAsync(CancellationToken.None));

    /// <summary>A fresh bucket.</summary>
    internal static async Task<S3ObjectStore> BucketAsync(string prefix = "")
    {
        Tiers.RequireSystem("radosgw");
        var gateway = await Gateway.Value;
        var credentials = new BasicAWSCredentials(RadosGateway.AccessKey, RadosGateway.SecretKey);
        var store = S3ObjectStore.Open(
            StoreAddress.Parse($"s3://b{Guid.NewGuid():n}{(prefix.Length == 0 ? "" : "/" + prefix)}?endpoint={gateway.Endpoint}", "/"),
            credentials,
            TimeProvider.System
        );
        await store.Client.PutBucketAsync(store.Bucket);
        return store;
    }

    /// <summary>The bucket of <paramref name="store"/> under another clock, by another way, or both.</summary>
    internal static S3ObjectStore Again(S3ObjectStore store, TimeProvider time, Uri? through = null, string prefix = "") =>
        S3ObjectStore.Open(
            StoreAddress.Parse(
                $"s3://{store.Bucket}{(prefix.Length == 0 ? "" : "/" + prefix)}"
                    + $"?endpoint={through?.ToString() ?? store.Client.Config.ServiceURL}",
                "/"
            ),
            new BasicAWSCredentials(RadosGateway.AccessKey, RadosGateway.SecretKey),
            time
        );

    /// <summary>The container at <paramref name="address"/> by another way.</summary>
    internal static AzureObjectStore Again(StoreAddress address, Uri? through = null, string prefix = "") =>
        AzureObjectStore.Open(
            StoreAddress.Parse(
                $"az://{Azurite.Account}/{address.Container}{(prefix.Length == 0 ? "" : "/" + prefix)}"
                    + $"?endpoint={(through is null ? address.Endpoint! : new Uri(through, Azurite.Account))}",
                "/"
            ),
            v => v == "AZURE_STORAGE_KEY" ? Azurite.Key : null
        );

    /// <summary>A fresh container and its address.</summary>
    internal static async Task<(AzureObjectStore Store, StoreAddress Address)> ContainerAsync(string prefix = "")
    {
        Tiers.RequireSystem("azurite");
        var blobs = await Blobs.Value;
        var name = $"c{Guid.NewGuid():n}";
        await new BlobContainerClient(
            new Uri($"{blobs.Endpoint}/{name}"),
            new StorageSharedKeyCredential(Azurite.Account, Azurite.Key)
        ).CreateAsync();
        var address = StoreAddress.Parse(
            $"az://{Azurite.Account}/{name}{(prefix.Length == 0 ? "" : "/" + prefix)}?endpoint={blobs.Endpoint}",
            "/"
        );
        return (AzureObjectStore.Open(address, v => v == "AZURE_STORAGE_KEY" ? Azurite.Key : null), address);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (Gateway.IsValueCreated && Gateway.Value.IsCompletedSuccessfully)
        {
            await (await Gateway.Value).DisposeAsync();
        }

        if (Blobs.IsValueCreated && Blobs.Value.IsCompletedSuccessfully)
        {
            await (await Blobs.Value).DisposeAsync();
        }
    }
}
