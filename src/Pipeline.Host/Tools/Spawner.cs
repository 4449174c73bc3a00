using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Tools;

/// <summary>
/// Starts children with posix_spawn from one thread that never ends. The parent-death signal belongs to the thread that
/// forked, so a child started from a pool thread would be killed whenever that thread retires. Each child leads its own
/// process group: Ctrl-C on the terminal reaches only us. <c>setpriv --pdeathsig</c> sets the signal, since posix_spawn cannot.
/// </summary>
internal static class Spawner
{
    private const short SetProcessGroup = 2;
    private const short SetSignalDefault = 4;
    private const short SetSignalMask = 8;

    private static readonly Lazy<BlockingCollection<Action>> Queue = new(StartThread);

    /// <summary>Starts <paramref name="argv"/> and returns its process id.</summary>
    /// <param name="argv">argv[0] is the absolute path of the program.</param>
    /// <param name="environment">The whole environment, <c>NAME=value</c>.</param>
    /// <param name="directory">Working directory.</param>
    /// <param name="handles">Descriptor in the child → handle here; 0, 1 and 2 must be present.</param>
    /// <param name="foreground">Stay in our process group, for a program that owns the terminal.</param>
    /// <exception cref="SpawnFailedException">The kernel refused; holds errno.</exception>
    public static int Start(
        IReadOnlyList<string> argv,
        IReadOnlyList<string> environment,
        string directory,
        IReadOnlyDictionary<int, SafeFileHandle> handles,
        bool foreground = false
    )
    {
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Queue.Value.Add(() =>
        {
            try
            {
                done.SetResult(Children.Start(() => Spawn(argv, environment, directory, handles, foreground)));
            }
#pragma warning disable CA1031 // whatever happens on the spawning thread belongs to the caller
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> StartThread()
    {
        var queue = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var work in queue.GetConsumingEnumerable())
            {
                work();
            }
        })
        {
            IsBackground = true,
            Name = "spawner",
        }.Start();
        return queue;
    }

    private static unsafe int Spawn(
        IReadOnlyList<string> argv,
        IReadOnlyList<string> environment,
        string directory,
        IReadOnlyDictionary<int, SafeFileHandle> handles,
        bool foreground
    )
    {
        // The sizes of glibc's opaque types on every 64-bit architecture are below these.
        var actions = stackalloc byte[256];
        var attributes = stackalloc byte[512];
        var signals = stackalloc byte[128];
        using var arguments = new NativeStrings(argv);
        using var variables = new NativeStrings(environment);
        Libc.Check(Libc.posix_spawn_file_actions_init(actions));
        Libc.Check(Libc.posix_spawnattr_init(attributes));
        try
        {
            // High temporary numbers first, so that no source is overwritten before it is used.
            var ordered = handles.OrderBy(h => h.Key).ToArray();
            for (var i = 0; i < ordered.Length; i++)
            {
                Libc.Check(Libc.posix_spawn_file_actions_adddup2(actions, (int)ordered[i].Value.DangerousGetHandle(), 900 + i));
            }

            for (var i = 0; i < ordered.Length; i++)
            {
                Libc.Check(Libc.posix_spawn_file_actions_adddup2(actions, 900 + i, ordered[i].Key));
                Libc.Check(Libc.posix_spawn_file_actions_addclose(actions, 900 + i));
            }

            Libc.Check(Libc.posix_spawn_file_actions_addchdir_np(actions, directory));
            _ = Libc.sigemptyset(signals);
            Libc.Check(Libc.posix_spawnattr_setsigmask(attributes, signals));
            _ = Libc.sigfillset(signals);
            Libc.Check(Libc.posix_spawnattr_setsigdefault(attributes, signals));
            Libc.Check(
                Libc.posix_spawnattr_setflags(attributes, (short)(SetSignalDefault | SetSignalMask | (foreground ? 0 : SetProcessGroup)))
            );
            var error = Libc.posix_spawn(out var pid, argv[0], actions, attributes, arguments.Pointer, variables.Pointer);
            foreach (var handle in handles.Values)
            {
                GC.KeepAlive(handle);
            }

            return error == 0 ? pid : throw new SpawnFailedException(error);
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>A NULL-terminated array of C strings.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly nint _block;
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> items)
        {
            _count = items.Count;
            _block = Marshal.AllocHGlobal(checked((items.Count + 1) * sizeof(nint)));
            for (var i = 0; i < items.Count; i++)
            {
                Pointer[i] = Marshal.StringToCoTaskMemUTF8(items[i]);
            }

            Pointer[items.Count] = 0;
        }

        public nint* Pointer => (nint*)_block;

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                Marshal.FreeCoTaskMem(Pointer[i]);
            }

            Marshal.FreeHGlobal(_block);
        }
    }
}

/// <summary>posix_spawn failed; not for users, the runner turns it into a diagnostic.</summary>
internal sealed class SpawnFailedException(int errno) : Exception($"errno {errno}")
{
    /// <summary>The errno value.</summary>
    public int Errno { get; } = errno;
}
