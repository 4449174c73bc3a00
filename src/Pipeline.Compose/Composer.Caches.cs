using Pipeline.Compose.Caches;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

public sealed partial class Composer
{
    /// <summary>Removes trees of an ordinary user, for the hidden verb <c>worker</c>.</summary>
    public static WorkerTask CacheWorker => ComposeCaches.Worker;

    /// <summary>What composes keep below <c>cache/</c>.</summary>
    /// <param name="work">The work directory.</param>
    /// <param name="tools">Starts programs.</param>
    /// <param name="reporter">Shows events.</param>
    /// <param name="time">The clock.</param>
    public static ValueList<CacheKind> Caches(WorkDirectory work, IToolRunner tools, IReporter reporter, TimeProvider time) =>
        [.. new ComposeCaches(work, tools, reporter, time).Kinds()];

    /// <summary>The lock of the part of a compose that makes a build.</summary>
    internal static string LockOf(WorkDirectory work) => Path.Combine(work.Builds, ".compose.lock");
}
