using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// Starts programs as root of a user namespace with ids 0 to 65535, so that owners, modes and mounts are the same for root (shifted ids)
/// and for an ordinary user (subordinate ids). The program is also the first process of a PID namespace: when it ends, the kernel ends
/// whatever was started below it.
/// </summary>
public static class UserNamespace
{
    /// <summary>Ids that trees may use: 0 to 65535.</summary>
    public const int Ids = 65536;

    /// <summary>Whether this process runs inside already.</summary>
    public static bool IsInside => InnerProcess.IsInside;

    /// <summary>
    /// Names the id map (12 hex digits) inside, else <c>null</c>. Files written under different maps must not be mixed: caches are keyed by
    /// it.
    /// </summary>
    public static string? MapKey => InnerProcess.MapKey;

    /// <summary>Starts <paramref name="command"/> inside with our environment; its umask is 022 and it stands in <c>/</c>.</summary>
    /// <param name="tools">Finds programs.</param>
    /// <param name="command">Absolute path of a program, and its arguments.</param>
    /// <param name="handles">Descriptor inside → handle here; 0, 1 and 2 must be present, 3 and 4 must not.</param>
    /// <param name="places">What it uses of this machine besides programs and what everybody may read.</param>
    /// <param name="warn">Called when root is root inside too, because this machine cannot shift ids.</param>
    /// <param name="cancellationToken">Cancels the start only.</param>
    /// <exception cref="PipelineException">PL0350–PL0352 (class 3) when this user or kernel cannot have a namespace.</exception>
    internal static async Task<NamespaceProcess> StartAsync(
        IToolRunner tools,
        ValueList<string> command,
        IReadOnlyDictionary<int, SafeFileHandle> handles,
        IReadOnlyList<HostPlace> places,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    )
    {
        foreach (var map in IdMap.OfThisUser())
        {
            try
            {
                return await StartAsync(tools, command, handles, map, places, cancellationToken);
            }
            catch (IOException e) when (map.Kind == IdMapKind.Shifted)
            {
                warn(SandboxDiagnostics.NotShifted(e.Message));
            }
        }

        throw new PipelineException(SandboxDiagnostics.Refused());
    }

    private static async Task<NamespaceProcess> StartAsync(
        IToolRunner tools,
        ValueList<string> command,
        IReadOnlyDictionary<int, SafeFileHandle> handles,
        IdMap map,
        IReadOnlyList<HostPlace> places,
        CancellationToken cancellationToken
    )
    {
        RequirePrograms(tools, map);
        var (goRead, goWrite) = ToolRunner.Pipe();
        var (readyRead, readyWrite) = ToolRunner.Pipe();
        var all = new Dictionary<int, SafeFileHandle>(handles) { [3] = goRead, [4] = readyWrite };
        using var ready = new FileStream(readyRead, FileAccess.Read, 0);
        using var go = new FileStream(goWrite, FileAccess.Write, 0);
        NamespaceProcess process;
        using (goRead)
        using (readyWrite)
        {
            process = new(Spawner.Start(Arguments(tools, map, command), [.. Variables(map.Key)], "/", all));
        }

        try
        {
            await ReadyAsync(ready, cancellationToken);
            await map.WriteAsync(tools, process.Id, cancellationToken);
            using var shown = map.Kind == IdMapKind.Shifted ? HostPlaces.Prepare(places, process.Id) : null;
            Go(go);
            await ReadyAsync(ready, cancellationToken);
            if (shown is not null)
            {
                await shown.AttachAsync(process.Id);
            }

            Go(go);
            return process;
        }
        catch
        {
            process.Kill();
            await process.Completion;
            throw;
        }
    }

    /// <summary>
    /// The outer shell waits in the user namespace until the map is written; root is still root outside then and becomes the new root, all
    /// others are it already. The inner one waits in the other namespaces, which belong to the user namespace, until the mounts are there.
    /// </summary>
    private static string[] Arguments(IToolRunner tools, IdMap map, ValueList<string> command)
    {
        // Where /proc cannot be mounted, as in some containers, the old one stays; scripts have their own or fail with bubblewrap's reason.
        const string inner =
            "mount -t proc -o nosuid,nodev,noexec proc /proc 2>/dev/null; "
            + "echo r >&4; exec 4>&-; read -r go <&3 || exit 125; exec 3<&-; umask 022; exec \"$@\"";
        var become = map.Kind == IdMapKind.Shifted ? "setpriv --reuid 0 --regid 0 --clear-groups -- " : "";
        var outer =
            $"echo r >&4; read -r go <&3 || exit 125; exec {become}"
            + "unshare -m -p --fork --kill-child --propagation private -- /bin/sh -c \"$0\" sh \"$@\"";
        string[] keep = map.Kind == IdMapKind.Shifted ? ["--keep-caps"] : [];
        return
        [
            tools.Find("setpriv")!,
            "--pdeathsig",
            "KILL",
            "--",
            tools.Find("unshare")!,
            "-U",
            .. keep,
            "--",
            "/bin/sh",
            "-c",
            outer,
            inner,
            .. command,
        ];
    }

    private static void RequirePrograms(IToolRunner tools, IdMap map)
    {
        (string Program, string Package)[] util = [("unshare", "util-linux"), ("setpriv", "util-linux")];
        (string Program, string Package)[] uidmap = [("newuidmap", "uidmap"), ("newgidmap", "uidmap")];
        foreach (var (program, package) in map.Kind == IdMapKind.Subordinate ? [.. util, .. uidmap] : util)
        {
            if (tools.Find(program) is null)
            {
                throw new PipelineException(ToolDiagnostics.Missing(program, $"install the package '{package}'"));
            }
        }
    }

    /// <summary>Everything of our environment but the loader's variables; the verbs inside choose what they pass on.</summary>
    private static IEnumerable<string> Variables(string key)
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name is not (InnerProcess.MapVariable or InnerProcess.OuterVariable) && !name.StartsWith("LD_", StringComparison.Ordinal))
            {
                yield return $"{name}={variable.Value}";
            }
        }

        yield return $"{InnerProcess.MapVariable}={key}";
        yield return string.Create(CultureInfo.InvariantCulture, $"{InnerProcess.OuterVariable}={Environment.ProcessId}");
    }

    private static async Task ReadyAsync(FileStream ready, CancellationToken cancellationToken)
    {
        // Pipes block, so this is not a thread of the pool's.
        var read = await Task
            .Factory.StartNew(
                () => (ready.ReadByte(), ready.ReadByte()),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            )
            .WaitAsync(cancellationToken);
        if (read != ('r', '\n'))
        {
            throw new PipelineException(SandboxDiagnostics.Refused());
        }
    }

    private static void Go(FileStream go) => go.Write("\n"u8); // RandomAccess refuses pipes
}

/// <summary>
/// A process inside the user namespace. Out here we see the program that waits for it, which leads a process group and ends as it does.
/// </summary>
internal sealed class NamespaceProcess
{
    /// <summary>A process that was just started.</summary>
    public NamespaceProcess(int id)
    {
        Id = id;
        Watchdog.Started(id, alone: false);
        Completion = Task.Factory.StartNew(
            () =>
            {
                Children.AwaitEnd(id);
                Watchdog.Ended(id);
                return Children.TakeIn(id);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>Its id out here, also of its process group.</summary>
    public int Id { get; }

    /// <summary>How it ended; it is waited for, so its CPU time counts as ours.</summary>
    public Task<ProcessEnd> Completion { get; }

    /// <summary>Ends it at once, and everything below it.</summary>
    public void Kill()
    {
        if (!Completion.IsCompleted)
        {
            _ = Libc.kill(-Id, Libc.SigKill);
        }
    }
}
