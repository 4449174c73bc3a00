using System.Runtime.InteropServices;

namespace Pipeline.Host.Tools;

/// <summary>
/// The processes below this one. A program that leaves without waiting for its own children (bubblewrap does so with a whole sandbox) would
/// hand them to init, and the time they used would not be counted. While this process adopts them it waits for them, so that
/// <c>time pipeline …</c> and the limits of a job count all work.
/// </summary>
public static unsafe partial class Children
{
    private const int AllChildren = 0;
    private const int OneChild = 1;
    private const int Exited = 4;
    private const int LeaveWaitable = 0x01000000;
    private const int NoHang = 1;
    private const int Interrupted = 4;
    private const int SetChildSubreaper = 36;

    // On every 64-bit architecture: si_signo, si_errno, si_code, padding, then si_pid.
    private const int ProcessIdOffset = 16;
    private const int SignalInfoSize = 128;

    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly object Gate = new();
    private static readonly HashSet<int> Own = [];
    private static Thread? _reaper;

    /// <summary>
    /// Adopts every process below this one whose parent ends, from now on. For programs, at their start: nothing else in the process may
    /// wait for children that were not started by <see cref="ToolRunner"/>.
    /// </summary>
    /// <returns>
    /// Dispose at the end: takes in adopted processes that are about to end and leaves alone those that stay, such as key agents.
    /// </returns>
    public static IDisposable Adopt()
    {
        Libc.CheckErrno(prctl(SetChildSubreaper, 1, 0, 0, 0), "prctl");
        lock (Gate)
        {
            if (_reaper is null)
            {
                _reaper = new(ReapForEver) { IsBackground = true, Name = "reaper" };
                _reaper.Start();
            }
        }

        return new Adoption();
    }

    /// <summary>Starts a child that its caller waits for by number.</summary>
    internal static int Start(Func<int> spawn)
    {
        lock (Gate)
        {
            // The number is known before anything can take its end for an adopted process's.
            var id = spawn();
            Own.Add(id);
            Monitor.PulseAll(Gate);
            return id;
        }
    }

    /// <summary>Leaves a child to the thread that takes in adopted ones; nobody waits for it by number.</summary>
    internal static void Disown(int id)
    {
        lock (Gate)
        {
            Own.Remove(id);
            Monitor.PulseAll(Gate);
        }
    }

    /// <summary>
    /// Waits until a child of ours has ended. Until <see cref="TakeIn"/>, its number and that of its group cannot be another process's.
    /// </summary>
    internal static void AwaitEnd(int id)
    {
        var signal = stackalloc byte[SignalInfoSize];
        while (waitid(OneChild, id, signal, Exited | LeaveWaitable) == -1 && Marshal.GetLastPInvokeError() == Interrupted)
        {
            // The runtime's own signal handlers.
        }
    }

    /// <summary>Waits for a child of ours, and takes in how it ended.</summary>
    internal static ProcessEnd TakeIn(int id)
    {
        var usage = stackalloc byte[256];
        int status;
        while (Libc.wait4(id, out status, 0, usage) == -1 && Marshal.GetLastPInvokeError() == Interrupted)
        {
            // The runtime's own signal handlers.
        }

        Disown(id);
        var times = (long*)usage;
        var cpu = TimeSpan.FromSeconds(times[0] + times[2]) + TimeSpan.FromMicroseconds(times[1] + times[3]);
        var by = status & 0x7f;
        return by == 0 ? new((status >> 8) & 0xff, null, cpu) : new(128 + by, by, cpu);
    }

    private static void ReapForEver()
    {
        while (true)
        {
            if (Peek(block: true) is not { } id)
            {
                lock (Gate)
                {
                    // No children at all: the next adopted one comes from a child that is yet to be started.
                    Monitor.Wait(Gate);
                }
            }
            else if (!Reap(id))
            {
                lock (Gate)
                {
                    // The child's own waiter takes it in and says so; the limit is for a pulse that came before this wait.
                    Monitor.Wait(Gate, Pause);
                }
            }
        }
    }

    /// <summary>Takes in an ended process unless somebody waits for it by number.</summary>
    private static bool Reap(int id)
    {
        lock (Gate)
        {
            if (Own.Contains(id))
            {
                return false;
            }
        }

        var usage = stackalloc byte[256];
        _ = Libc.wait4(id, out _, NoHang, usage);
        return true;
    }

    /// <summary>
    /// A child that has ended and was not waited for yet; 0 when there are only running ones; <c>null</c> when there are none.
    /// </summary>
    private static int? Peek(bool block)
    {
        var signal = stackalloc byte[SignalInfoSize];
        while (true)
        {
            *(int*)(signal + ProcessIdOffset) = 0;
            if (waitid(AllChildren, 0, signal, Exited | LeaveWaitable | (block ? 0 : NoHang)) == 0)
            {
                return *(int*)(signal + ProcessIdOffset);
            }

            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                return null;
            }
        }
    }

#pragma warning disable IDE1006 // the C names
    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitid(int kind, int id, byte* signal, int options);
#pragma warning restore IDE1006

    private sealed class Adoption : IDisposable
    {
        public void Dispose()
        {
            Watchdog.Stop();
            using var pause = new ManualResetEventSlim();
            var left = LastWait;
            while (left > TimeSpan.Zero && Peek(block: false) is { } id)
            {
                if (id == 0 || !Reap(id))
                {
                    pause.Wait(Pause);
                    left -= Pause;
                }
            }
        }
    }
}

/// <summary>How a child ended.</summary>
/// <param name="Code">Its exit code, or 128 + <paramref name="Signal"/>.</param>
/// <param name="Signal">The signal that ended it, or <c>null</c>.</param>
/// <param name="Cpu">CPU time of it and what it waited for.</param>
internal readonly record struct ProcessEnd(int Code, int? Signal, TimeSpan Cpu);
