using System.Collections.Concurrent;
using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Compose;

/// <summary>
/// A work directory on a file system of its own whose size the test chooses: memory, mounted where nobody else sees it. Needs no root.
/// </summary>
internal static class SmallDisk
{
    private const string Ended = "ended with ";
    private const string Full = "full";

    /// <summary>Runs a command once for each size, each time after the disk got that size.</summary>
    /// <param name="directory">Where the disk is mounted; made when missing.</param>
    /// <param name="prepare">Shell words that run on the empty disk; the directory is <c>$disk</c>.</param>
    /// <param name="command">The command.</param>
    /// <param name="sizes">Bytes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<SmallDiskRun>> RunAsync(
        string directory,
        string prepare,
        ToolCommand command,
        IReadOnlyList<long> sizes,
        CancellationToken cancellationToken
    )
    {
        var progress = new ConcurrentQueue<string>();
        var result = await new ToolRunner().RunAsync(
            Wrap(directory, prepare, command, sizes, fills: false) with
            {
                OnErrorLine = progress.Enqueue,
            },
            cancellationToken
        );
        return Split(progress, result);
    }

    /// <summary>
    /// Runs a command twice: the first time the disk is filled to the last byte at <paramref name="moment"/>, the second time it is empty
    /// again. On a busy machine the run may be over before it is stopped; then it is tried again on a new disk.
    /// </summary>
    /// <param name="directory">Where the disk is mounted; made when missing.</param>
    /// <param name="prepare">Shell words that run on the empty disk; the directory is <c>$disk</c>.</param>
    /// <param name="command">The command.</param>
    /// <param name="size">Bytes of the disk.</param>
    /// <param name="moment">When it fills up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<SmallDiskRun>> FillAsync(
        string directory,
        string prepare,
        ToolCommand command,
        long size,
        Moment moment,
        CancellationToken cancellationToken
    )
    {
        const int attempts = 5;
        for (var i = 1; ; i++)
        {
            var runs = await FillOnceAsync(directory, prepare, command, size, moment, cancellationToken);
            if (runs[0].Code != 0 || i == attempts)
            {
                return runs;
            }
        }
    }

    private static async Task<IReadOnlyList<SmallDiskRun>> FillOnceAsync(
        string directory,
        string prepare,
        ToolCommand command,
        long size,
        Moment moment,
        CancellationToken cancellationToken
    )
    {
        var progress = new ConcurrentQueue<string>();
        await using var running = new ToolRunner().Start(
            Wrap(directory, prepare, command, [size, size], fills: true) with
            {
                OnErrorLine = progress.Enqueue,
            }
        );
        var disk = new WorkDirectory($"/proc/{running.Id}/root{directory}");
        while (!moment.Reached(disk, progress))
        {
            Assert.That(
                running.Completion.IsCompleted || progress.Any(l => l.StartsWith(Ended, StringComparison.Ordinal)),
                Is.False,
                () => $"it was over before it was seen {moment}: {string.Join('\n', progress)}"
            );
            await Task.Delay(2, cancellationToken);
        }

        // Everybody stands still meanwhile: the moment must not pass.
        string[] ids = [.. ComposeBench.ProcessIds(directory)];
        await new ToolRunner().RunAsync(new("kill", ["-STOP", .. ids]) { Accepted = [0, 1] }, cancellationToken);
        Fill(Path.Combine(disk.Root, "filler"));
        await new ToolRunner().RunAsync(new("kill", ["-CONT", .. ids]) { Accepted = [0, 1] }, cancellationToken);
        return Split(progress, await running.Completion.WaitAsync(cancellationToken));
    }

    private static ToolCommand Wrap(string directory, string prepare, ToolCommand command, IReadOnlyList<long> sizes, bool fills)
    {
        var script = $$"""
            disk=$1; sizes=$2; shift 2
            mkdir -p "$disk"
            mount -t tmpfs -o size=1m,mode=0755 none "$disk" || exit 99
            for size in $sizes; do
              rm -rf "$disk/filler"
              mount -o remount,size=$size "$disk" || exit 98
              if [ -z "$prepared" ]; then prepared=yes; {{(prepare.Length == 0 ? ":" : prepare)}}; fi
              mkdir "$disk/filler"
              "$@"; code=$?
              echo "left in builds: $(ls -A "$disk/builds" 2>/dev/null | tr '\n' ' ')" >&2
              echo "{{Ended}}$code" >&2
              while [ {{(fills ? "1" : "0")}} = 1 ] && [ -z "$filled" ] && [ ! -e "$disk/filler/{{Full}}" ]; do sleep 0.05; done
              filled=yes
            done
            """;
        string[] own = Environment.IsPrivilegedProcess ? [] : ["--map-root-user", "--map-auto"];
        return command with
        {
            Program = "unshare",
            Arguments =
            [
                .. own,
                "--mount",
                "--propagation",
                "private",
                "--",
                "/bin/sh",
                "-c",
                script,
                "sh",
                directory,
                string.Join(' ', sizes.Select(s => s.ToString(CultureInfo.InvariantCulture))),
                command.Program,
                .. command.Arguments,
            ],
        };
    }

    /// <summary>
    /// Takes nearly all at once, then the rest in small pieces; says when it is done by a name, because that needs no space.
    /// </summary>
    private static void Fill(string directory)
    {
        const int piece = 4096;
        const int pieces = 1024;
        var rest = $"{directory}/rest";
        using (var handle = File.OpenHandle(rest, FileMode.CreateNew, FileAccess.Write))
        {
            for (
                var left = new DriveInfo(directory).AvailableFreeSpace;
                left > 1 << 16 && !TryTake($"{directory}/{left}", left);
                left = left / 4 * 3
            )
            {
                // Somebody was faster: less.
            }

            try
            {
                for (long i = 0; i < pieces; i++)
                {
                    RandomAccess.Write(handle, new byte[piece], i * piece);
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        File.Move(rest, $"{directory}/{Full}");
    }

    private static bool TryTake(string file, long bytes)
    {
        try
        {
            File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, preallocationSize: bytes)
                .Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static List<SmallDiskRun> Split(IEnumerable<string> progress, ToolResult result)
    {
        var runs = new List<SmallDiskRun>();
        var lines = new List<string>();
        foreach (var line in progress)
        {
            if (line.StartsWith(Ended, StringComparison.Ordinal))
            {
                runs.Add(new(int.Parse(line[Ended.Length..], CultureInfo.InvariantCulture), string.Join('\n', lines)));
                lines.Clear();
            }
            else
            {
                lines.Add(line);
            }
        }

        Assert.That(lines, Is.Empty, "the disk could not be mounted, or the script broke");
        return runs.Count == 0
            ? throw new AssertionException($"nothing ran: {result.ExitCode}")
            : [.. runs[..^1], runs[^1] with { Output = result.Text }];
    }
}

/// <summary>One run on a <see cref="SmallDisk"/>.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Progress">Its standard error, and what is in <c>builds/</c> afterwards.</param>
internal sealed record SmallDiskRun(int Code, string Progress)
{
    /// <summary>What the last run printed; runs that fail print nothing.</summary>
    public string Output { get; init; } = "";
}
