using Pipeline.Host.Net.Objects;
using Pipeline.TestKit;

namespace Pipeline.Tests.UpdateServer;

/// <summary>Publishes a third release, index and updates, while the first look is under way.</summary>
internal sealed class TurningStore(GraphStore stream) : ReadOnlyStore(stream.Store)
{
    private int _reads;

    public override async Task<ObjectContent?> ReadAsync(string key, int limit, CancellationToken cancellationToken)
    {
        if (++_reads == 2)
        {
            stream.Release("43.20260201.3.0", "x86_64");
            stream.Mark("43.20260201.3.0", """{"rollout":{"start_percentage":1.0}}""");
            await stream.PublishAsync();
        }

        return await base.ReadAsync(key, limit, cancellationToken);
    }
}
