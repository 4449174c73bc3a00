using Amazon.Runtime;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;

namespace Pipeline.Clouds.Stores;

/// <summary>Opens stores by address. The façade for everything below <c>Stores/</c>.</summary>
public static class ObjectStores
{
    /// <summary>Longest time for one request that moves at most one part of 16 MiB: slow lines are fine, dead ones are noticed.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>How a store of each kind is opened: a new kind is a row here.</summary>
    internal static IReadOnlyDictionary<StoreKind, Func<StoreAddress, Func<string, string?>, TimeProvider, IObjectStore>> Kinds { get; } =
        new Dictionary<StoreKind, Func<StoreAddress, Func<string, string?>, TimeProvider, IObjectStore>>
        {
            [StoreKind.Directory] = (address, _, _) => new LocalObjectStore(address.Container),
            [StoreKind.S3] = (address, _, time) =>
                S3ObjectStore.Open(address, address.Anonymous ? new AnonymousAWSCredentials() : null, time),
            [StoreKind.Azure] = (address, environment, _) => AzureObjectStore.Open(address, environment),
            [StoreKind.Http] = (address, _, _) => new HttpObjectStore(address.Container, HttpStack.Create()),
        };

    /// <summary>Opens a store that retries, with the credentials of the vendor's own chain.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="environment">Reads an environment variable; for the Azure variables that have no chain of their own.</param>
    /// <param name="time">Clock for waits and limits.</param>
    /// <exception cref="Model.Diagnostics.PipelineException">PL6002: there are no usable credentials.</exception>
    public static IObjectStore Open(StoreAddress address, Func<string, string?> environment, TimeProvider time) =>
        new ReliableObjectStore(OpenBare(address, environment, time), Retry.Default, Limit, time);

    /// <summary>Opens a store that never retries, for tests of what happens then.</summary>
    internal static IObjectStore OpenBare(StoreAddress address, Func<string, string?> environment, TimeProvider time) =>
        Kinds[address.Kind](address, environment, time);
}
