using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Tools;

/// <summary>
/// Looks at a program and everything below it a few times a second, and kills all of it when it goes beyond its limits. An ordinary user
/// has no control group to give it to; what grows faster than we look is held by <c>prlimit</c> (processes of one user, size of one file).
/// </summary>
/// <param name="id">The program.</param>
/// <param name="bounds">Its limits.</param>
internal sealed class BoundsWatch(int id, ToolBounds bounds)
{
    /// <summary>Processes on top of the limit that the kernel allows: for threads of ours, and to see that there are too many.</summary>
    internal const int Slack = 512;

    private const int EntrySize = 4096;

    /// <summary>So many new threads on the machine are looked at as soon as a glance shows them.</summary>
    private const int Spurt = 32;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);
    private readonly ToolLimits _limits = bounds.Limits;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly long _used = Used(bounds.Directories);
    private long _suspicious = bounds.Limits.Disk.Bytes;
    private long? _looked;
    private int _threads = ProcessTree.ThreadsOfMachine();

    /// <summary>Arguments for <c>prlimit</c>: hard limits of ours that are lower stay, only root may raise those.</summary>
    public static string[] Arguments(ToolLimits limits) =>
        [
            "--core=0",
            string.Create(CultureInfo.InvariantCulture, $"--nproc={Lowered(Libc.LimitProcesses, limits.Processes + Slack)}"),
            string.Create(CultureInfo.InvariantCulture, $"--fsize={Lowered(Libc.LimitFileSize, limits.Disk.Bytes)}"),
            "--",
        ];

    /// <summary>
    /// Watches until the program has ended or goes beyond a limit; on a thread of its own, because those of the pool may all be busy.
    /// </summary>
    /// <returns>The limit it went beyond; <c>null</c> when it did not.</returns>
    public Task<Diagnostic?> WatchAsync(Task completion, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Watch(completion, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private Diagnostic? Watch(Task completion, CancellationToken cancellationToken)
    {
        do
        {
            if (IsTimeToLook() && ProcessTree.Below(id) is var processes && Beyond(processes) is { } found)
            {
                var part = processes.Select(p => bounds.Part(ProcessTree.EnvironmentOf(p.Id))).FirstOrDefault(n => n is not null);
                var name = part ?? bounds.Name;
                Kill(processes);
                return ToolDiagnostics.BeyondLimit(name, found.What, found.Limit);
            }
        } while (Task.WaitAny([completion], Glance) < 0 && !cancellationToken.IsCancellationRequested);

        return null;
    }

    /// <summary>
    /// A script that starts hundreds of processes meets the kernel's limit within the interval, and may end by that before it is seen. The
    /// first look is at once: by then it costs what all others do.
    /// </summary>
    private bool IsTimeToLook()
    {
        var threads = ProcessTree.ThreadsOfMachine();
        _threads = Math.Min(_threads, threads);
        if (threads - _threads < Spurt && _looked is { } looked && TimeProvider.System.GetElapsedTime(looked) < Interval)
        {
            return false;
        }

        (_threads, _looked) = (threads, TimeProvider.System.GetTimestamp());
        return true;
    }

    private (string Limit, string What)? Beyond(IReadOnlyList<ProcessEntry> processes)
    {
        if (processes.Sum(p => (long)p.Threads) > _limits.Processes)
        {
            return ("processes", $"it ran more than {_limits.Processes} processes");
        }

        if (processes.Sum(p => ProcessTree.OwnMemory(p.Id)) + InMemory(processes) > _limits.Memory.Bytes)
        {
            return ("memory", $"it used more than {_limits.Memory} of memory");
        }

        if (TimeProvider.System.GetElapsedTime(_start) > _limits.Time)
        {
            return ("time", string.Create(CultureInfo.InvariantCulture, $"it ran for more than {_limits.Time.TotalSeconds:0} seconds"));
        }

        return IsDiskFull() ? ("disk", $"it wrote more than {_limits.Disk} to disk") : null;
    }

    /// <summary>
    /// The space that went on the disk is known at once, but not who took it: only then is what the program wrote looked through.
    /// </summary>
    private bool IsDiskFull()
    {
        var gone = Used(bounds.Directories) - _used;
        if (gone <= _suspicious)
        {
            return false;
        }

        try
        {
            var written = bounds.Directories.Sum(Written);
            _suspicious = gone + Math.Max(0, _limits.Disk.Bytes - written); // so much more must go before it can be true
            return written > _limits.Disk.Bytes;
        }
        catch (Exception e) when (e is IOException or PipelineException)
        {
            // It changes under our eyes. Whoever goes on with that does not get away with it.
            return gone / 2 > _limits.Disk.Bytes;
        }
    }

    private static long Written(string directory)
    {
        using var tree = TreeHandle.Open(directory);
        return tree.Walk(TreePath.Root, TreeOrder.ParentsFirst).Sum(e => Math.Max(EntrySize, e.Status().Allocated));
    }

    /// <summary>Bytes in use on the file systems of the directories, at least as many as entries need.</summary>
    private static long Used(IEnumerable<string> directories) =>
        directories.Select(UnixFile.Usage).DistinctBy(u => u.Device).Sum(u => Math.Max(u.Bytes, u.Entries * EntrySize));

    /// <summary>What lies in file systems in memory; the second process is the first one inside the sandbox.</summary>
    private long InMemory(IReadOnlyList<ProcessEntry> processes)
    {
        if (processes.Count < 2 || bounds.MemoryDirectories.Count == 0)
        {
            return 0;
        }

        try
        {
            var root = $"/proc/{processes[1].Id}/root";
            var tree = UnixFile.Usage($"{root}/").Device;
            return bounds
                .MemoryDirectories.Select(d => UnixFile.Usage(root + d))
                .Where(u => u.Device != tree)
                .DistinctBy(u => u.Device)
                .Sum(u => Math.Max(u.Bytes, u.Entries * EntrySize));
        }
        catch (IOException)
        {
            return 0; // not set up yet, or over
        }
    }

    private void Kill(IReadOnlyList<ProcessEntry> processes)
    {
        // The first process of a sandbox takes all others of it along.
        foreach (var process in processes.Where(p => p.Id != id))
        {
            _ = Libc.kill(process.Id, Libc.SigKill);
        }

        _ = Libc.kill(-id, Libc.SigKill);
    }

    private static ulong Lowered(int resource, long wanted)
    {
        Libc.CheckErrno(Libc.getrlimit(resource, out var limit), "getrlimit");
        return Math.Min((ulong)wanted, limit.Hard);
    }
}
