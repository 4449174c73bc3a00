using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// Starts programs as root of a user namespace with ids 0 to 65535, so that owners, modes and mounts are the same for root (identity
/// map) and for an ordinary user (subordinate ids).
/// </summary>
public static class UserNamespace
{
    /// <summary>Ids that trees may use: 0 to 65535.</summary>
    public const int Ids = 65536;

    private const string Marker = "PIPELINE_NAMESPACE";

    /// <summary>Whether this process runs inside already.</summary>
    public static bool IsInside => MapKey is not null;

    /// <summary>
    /// Names the id map (12 hex digits) inside, else <c>null</c>. Files written under different maps must not be mixed: caches are keyed by
    /// it.
    /// </summary>
    public static string? MapKey => Environment.GetEnvironmentVariable(Marker) is { Length: 12 } key && Libc.geteuid() == 0 ? key : null;

    /// <summary>Starts <paramref name="command"/> inside with our environment; its umask is 022 and it stands in <c>/</c>.</summary>
    /// <param name="tools">Finds programs.</param>
    /// <param name="command">Absolute path of a program, and its arguments.</param>
    /// <param name="handles">Descriptor inside → handle here; 0, 1 and 2 must be present, 3 and 4 must not.</param>
    /// <param name="cancellationToken">Cancels the start only.</param>
    /// <exception cref="PipelineException">PL0350–PL0352 (class 3) when this user or kernel cannot have a namespace.</exception>
    internal static async Task<NamespaceProcess> StartAsync(
        IToolRunner tools,
        ValueList<string> command,
        IReadOnlyDictionary<int, SafeFileHandle> handles,
        CancellationToken cancellationToken
    )
    {
        var map = IdMap.OfThisUser();
        RequirePrograms(tools, map);
        var (goRead, goWrite) = ToolRunner.Pipe();
        var (readyRead, readyWrite) = ToolRunner.Pipe();
        var all = new Dictionary<int, SafeFileHandle>(handles) { [3] = goRead, [4] = readyWrite };

        // The outer shell has no rights until the map is written; the exec after it gains them, being root by then. The mount namespace
        // comes second, so that it belongs to the new user namespace.
        const string script =
            "echo r >&4; exec 4>&-; read -r go <&3 || exit 125; exec 3<&-; umask 022; exec unshare -m --propagation private -- \"$@\"";
        string[] argv =
        [
            tools.Find("setpriv")!,
            "--pdeathsig",
            "KILL",
            "--",
            tools.Find("unshare")!,
            "-U",
            "--",
            "/bin/sh",
            "-c",
            script,
            "sh",
            .. command,
        ];
        using (readyRead)
        using (goWrite)
        {
            NamespaceProcess process;
            using (goRead)
            using (readyWrite)
            {
                process = new(Spawner.Start(argv, [.. Variables(map.Key)], "/", all));
            }

            try
            {
                if (await Task.Run(() => ReadByte(readyRead), CancellationToken.None) != 'r')
                {
                    throw new PipelineException(SandboxDiagnostics.Refused());
                }

                await map.WriteAsync(tools, process.Id, cancellationToken);
                await using var go = new FileStream(goWrite, FileAccess.Write, 0); // RandomAccess refuses pipes
                go.Write("\n"u8);
                return process;
            }
            catch
            {
                process.Kill();
                await process.Completion;
                throw;
            }
        }
    }

    private static void RequirePrograms(IToolRunner tools, IdMap map)
    {
        (string Program, string Package)[] util = [("unshare", "util-linux"), ("setpriv", "util-linux")];
        (string Program, string Package)[] uidmap = [("newuidmap", "uidmap"), ("newgidmap", "uidmap")];
        foreach (var (program, package) in map.IsIdentity ? util : [.. util, .. uidmap])
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
            if (name != Marker && !name.StartsWith("LD_", StringComparison.Ordinal))
            {
                yield return $"{name}={variable.Value}";
            }
        }

        yield return $"{Marker}={key}";
    }

    private static int ReadByte(SafeFileHandle handle)
    {
        using var stream = new FileStream(handle, FileAccess.Read, 0);
        return stream.ReadByte();
    }
}

/// <summary>A process inside the user namespace; it leads its own process group.</summary>
/// <param name="id">Its id out here.</param>
internal sealed class NamespaceProcess(int id)
{
    /// <summary>Its id out here, also of its process group.</summary>
    public int Id { get; } = id;

    /// <summary>Its exit code, or 128 + signal number; it is waited for, so its CPU time counts as ours.</summary>
    public Task<int> Completion { get; } =
        Task.Factory.StartNew(() => Children.Wait(id).Code, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Asks it to stop in order; ends it when it has not after <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        Signal(Libc.SigTerm);
        if (await Task.WhenAny(Completion, Task.Delay(patience)) != Completion)
        {
            Kill();
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Kill() => Signal(Libc.SigKill);

    private void Signal(int signal)
    {
        if (!Completion.IsCompleted)
        {
            _ = Libc.kill(-Id, signal);
        }
    }
}
