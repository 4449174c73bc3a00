using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// Runs this program again as root of a user namespace with ids 0 to 65535, so that owners, modes and mounts are the same for root (identity
/// map) and for an ordinary user (subordinate ids).
/// </summary>
public static class UserNamespace
{
    /// <summary>Ids that trees may use: 0 to 65535.</summary>
    public const int Ids = 65536;

    private const string Marker = "PIPELINE_NAMESPACE";

    /// <summary>Whether this process runs inside already.</summary>
    public static bool IsInside => MapKey is not null;

    /// <summary>Names the id map (12 hex digits) inside, else <c>null</c>. Files written under different maps must not be mixed: caches are keyed by it.</summary>
    public static string? MapKey => Environment.GetEnvironmentVariable(Marker) is { Length: 12 } key && Libc.geteuid() == 0 ? key : null;

    /// <summary>
    /// The one line for verbs that touch trees, after the nothing-changed check: <c>if (await UserNamespace.EnsureAsync(tools, ct) is { } code) return (ExitClass)code;</c>.
    /// Returns <c>null</c> inside; outside it runs the own command line inside and returns its exit code.
    /// </summary>
    /// <exception cref="PipelineException">PL0350–PL0352 (class 3) when this user or kernel cannot have a namespace.</exception>
    public static async Task<int?> EnsureAsync(IToolRunner tools, CancellationToken cancellationToken) =>
        IsInside ? null : await RunAsync(tools, OwnCommand(), Environment.CurrentDirectory, cancellationToken);

    /// <summary>The command line of this process, ready to be started again.</summary>
    public static ValueList<string> OwnCommand()
    {
        var arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0')[..^1];
        return [File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)!.FullName, .. arguments[1..]];
    }

    /// <summary>Runs <paramref name="command"/> inside with our standard streams and environment; returns its exit code. Cancelling stops it in order.</summary>
    public static async Task<int> RunAsync(
        IToolRunner tools,
        ValueList<string> command,
        string directory,
        CancellationToken cancellationToken
    )
    {
        var map = IdMap.OfThisUser();
        foreach (var program in (string[])["unshare", "setpriv", .. map.IsIdentity ? Array.Empty<string>() : ["newuidmap", "newgidmap"]])
        {
            _ =
                tools.Find(program)
                ?? throw new PipelineException(
                    ToolDiagnostics.Missing(
                        program,
                        program.StartsWith("new", StringComparison.Ordinal)
                            ? "install the package 'uidmap'"
                            : "install the package 'util-linux'"
                    )
                );
        }

        var (goRead, goWrite) = ToolRunner.Pipe();
        var (readyRead, readyWrite) = ToolRunner.Pipe();
        using var input = new SafeFileHandle(0, false);
        using var output = new SafeFileHandle(1, false);
        using var error = new SafeFileHandle(2, false);
        var handles = new Dictionary<int, SafeFileHandle>
        {
            [0] = input,
            [1] = output,
            [2] = error,
            [3] = goRead,
            [4] = readyWrite,
        };

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
        var id = Spawner.Start(argv, [.. Variables(map.Key)], directory, handles);
        goRead.Dispose();
        readyWrite.Dispose();
        var end = Task.Factory.StartNew(() => Wait(id), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            using (readyRead)
            using (goWrite)
            {
                if (await Task.Run(() => ReadByte(readyRead), CancellationToken.None) != 'r')
                {
                    throw new PipelineException(
                        Diagnostic.Error(
                            "PL0350",
                            "the kernel refused a user namespace",
                            exit: ExitClass.MissingTool,
                            hint: "check 'sysctl user.max_user_namespaces kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns'; in a container, start it with '--security-opt seccomp=unconfined' or privileged"
                        )
                    );
                }

                await map.WriteAsync(tools, id, cancellationToken);
                await using var go = new FileStream(goWrite, FileAccess.Write, 0); // RandomAccess refuses pipes
                go.Write("\n"u8);
            }

            await using var stop = cancellationToken.Register(() => _ = Libc.kill(-id, Libc.SigTerm));
            var code = await end;
            cancellationToken.ThrowIfCancellationRequested();
            return code;
        }
        catch when (!end.IsCompleted)
        {
            _ = Libc.kill(-id, Libc.SigKill);
            await end;
            throw;
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

    private static unsafe int Wait(int id)
    {
        var usage = stackalloc byte[256];
        int status;
        while (Libc.wait4(id, out status, 0, usage) == -1 && Marshal.GetLastPInvokeError() == 4)
        {
            // EINTR: the runtime's own signal handlers.
        }

        return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
    }
}
