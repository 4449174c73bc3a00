using Pipeline.Host.Builds;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Values;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Transfers;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>Plans a transfer and applies the plan, as the façade does, in small parts and with few retries.</summary>
internal static class TransferRuns
{
    public static TransferOptions Options { get; } =
        TransferOptions.Default with
        {
            PartSize = ByteSize.FromKiB(64),
            Retry = new Retry(1, TimeSpan.FromMilliseconds(1)),
        };

    public static PlanTools Tools(BuildStore? builds, IObjectStore? store, string? journals = null) =>
        new()
        {
            Reporter = new TestReporter(),
            Store = store,
            Builds = builds,
            Transfer = Options,
            Journals = journals,
        };

    public static async Task<ValueList<TransferStep>> PushAsync(
        BuildStore builds,
        IObjectStore store,
        PushRequest request,
        CancellationToken cancellationToken,
        bool dryRun = false
    )
    {
        var plan = await new BuildPush(builds, store, TimeProvider.System).PlanAsync(request, cancellationToken);
        IPlanSink sink = dryRun ? new PlanPreview(new TestReporter()) : new PlanApplier(Tools(builds, store));
        return (await sink.RunAsync(plan, cancellationToken)).Lines;
    }

    public static async Task<(string Id, ValueList<TransferStep> Steps)> FetchAsync(
        BuildStore builds,
        IObjectStore store,
        FetchRequest request,
        CancellationToken cancellationToken
    )
    {
        var (id, plan) = await new BuildFetch(builds, store).PlanAsync(request, cancellationToken);
        return (id, (await new PlanApplier(Tools(builds, store)).RunAsync(plan, cancellationToken)).Lines);
    }

    public static async Task PruneAsync(IObjectStore store, PruneRequest request, CancellationToken cancellationToken)
    {
        var plan = await new BuildPrune(store, TimeProvider.System).PlanAsync(request, cancellationToken);
        await new PlanApplier(Tools(null, store)).RunAsync(plan, cancellationToken);
    }
}
