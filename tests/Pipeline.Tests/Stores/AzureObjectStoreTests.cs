using Pipeline.Clouds.Stores;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>The promises of a store, kept by a real server of Azure blobs.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AzureObjectStoreTests : ObjectStoreContract
{
    protected override ByteSize PartSize => ByteSize.FromKiB(256);

    protected override async Task<IObjectStore> OpenAsync() => (await StoreServers.ContainerAsync("prod/streams")).Store;

    [Test, CancelAfter(60_000)]
    public async Task A_wrong_key_is_a_privilege_problem_that_shows_no_key(CancellationToken cancellationToken)
    {
        var (_, address) = await StoreServers.ContainerAsync();
        using var store = AzureObjectStore.Open(address, v => v == "AZURE_STORAGE_KEY" ? Convert.ToBase64String(new byte[32]) : null);

        var e = (await Assert.ThrowsAsync<PipelineException>(() => store.ReadAsync("x", 10, cancellationToken)))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Exit, Is.EqualTo(ExitClass.MissingTool));
            Assert.That(e.Message, Does.Not.Contain("AAAA"));
        }
    }
}
