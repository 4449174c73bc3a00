using Pipeline.Clouds.Instances;
using Pipeline.Host.Output;

namespace Pipeline.Kola.Machines.Cloud;

/// <summary>Ends the machines of runs that were killed: no run of ours takes so long.</summary>
internal static class CloudReaper
{
    /// <summary>Older than this, a machine of a test is nobody's.</summary>
    private static readonly TimeSpan Oldest = TimeSpan.FromHours(6);

    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal) { [CloudHost.KindTag] = CloudHost.Kind };

    /// <summary>Terminates them; says how many there were.</summary>
    public static async Task RunAsync(ICloudInstances cloud, IReporter reporter, TimeProvider time, CancellationToken cancellationToken)
    {
        var limit = time.GetUtcNow() - Oldest;
        var old = (await cloud.ListAsync(Ours, cancellationToken)).Where(i => i.Created < limit).ToArray();
        foreach (var instance in old)
        {
            await cloud.TerminateAsync(instance.Id, cancellationToken);
        }

        if (old.Length > 0)
        {
            reporter.Note($"{old.Length} machine{(old.Length == 1 ? "" : "s")} of killed runs on {cloud.Platform} ended");
        }
    }
}
