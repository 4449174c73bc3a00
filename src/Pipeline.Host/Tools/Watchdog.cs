using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Tools;

/// <summary>
/// A small process that outlives this one by a moment. It reads a pipe that only we hold open: when we end, however that happens, it kills
/// the process groups of all programs that still run. The parent-death signal reaches only the program itself, not what that started, and
/// is lost when an exec changes credentials.
/// </summary>
internal static class Watchdog
{
    // One line per event: '+' group begins, '=' process without a group of its own begins, '-' ended. Kills with the shell's own command.
    internal const string Script = """
        trap '' HUP INT QUIT TERM PIPE
        all=' '
        while read -r line; do
            id=${line#?}
            case $line in
                +*) all="$all-$id " ;;
                =*) all="$all$id " ;;
                *) for key in "-$id" "$id"; do case $all in *" $key "*) all="${all%%" $key "*} ${all#*" $key "}" ;; esac; done ;;
            esac
        done
        for target in $all; do kill -s KILL -- "$target" 2>/dev/null; done
        """;

    private static readonly Lock Gate = new();
    private static FileStream? _pipe;

    /// <summary>A child was started; it leads a process group unless it is <paramref name="alone"/>.</summary>
    public static void Started(int id, bool alone) => Send(alone ? '=' : '+', id, start: true);

    /// <summary>A child has ended. Call it before the child is waited for: from then on the number may be another process's.</summary>
    public static void Ended(int id) => Send('-', id, start: false);

    /// <summary>Ends the watching process; it kills what still runs. The next child starts another one.</summary>
    public static void Stop()
    {
        lock (Gate)
        {
            _pipe?.Dispose();
            _pipe = null;
        }
    }

    private static void Send(char what, int id, bool start)
    {
        // Inside, the kernel does this: with the first process of the PID namespace all others end.
        if (InnerProcess.IsInside)
        {
            return;
        }

        lock (Gate)
        {
            try
            {
                if ((_pipe ??= start ? Start() : null) is { } pipe)
                {
                    pipe.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what}{id}\n")));
                }
            }
            catch (IOException)
            {
                // Somebody killed it: the next child starts another one, for the children from then on.
                _pipe = null;
            }
        }
    }

    private static FileStream Start()
    {
        var (read, write) = ToolRunner.Pipe();
        using (read)
        using (var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite))
        {
            var id = Spawner.Start(
                ["/bin/sh", "-c", Script, "pipeline-watchdog"],
                ["PATH=/usr/bin:/bin"],
                "/",
                new Dictionary<int, SafeFileHandle>
                {
                    [0] = read,
                    [1] = nothing,
                    [2] = nothing,
                }
            );
            Children.Disown(id);
            return new(write, FileAccess.Write, 0);
        }
    }
}
