using System.Globalization;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// Runs programs of a tree in the tree, always under the same conditions. Before each run the paths that are mounted over must be what they
/// look like: bubblewrap makes missing mount points and follows links while it can still see this machine. After each run the tree must
/// have its layout, because whatever comes next works on it.
/// </summary>
/// <param name="tools">Starts bubblewrap.</param>
/// <param name="runner">How those programs run here.</param>
/// <param name="epoch">SOURCE_DATE_EPOCH: the lock's time.</param>
/// <param name="log">File that receives the output of the programs.</param>
/// <param name="scratch">Directory for scripts while they run.</param>
/// <param name="layout">What must be at the paths of a tree.</param>
internal sealed class TreeSandbox(
    IToolRunner tools,
    GuestRunner runner,
    DateTimeOffset epoch,
    string log,
    string scratch,
    TreeLayout layout
)
{
    /// <summary>Mounted over in every run; what is below is not the tree's.</summary>
    private static readonly string[] AlwaysMounted = ["dev", "proc", "run", "tmp"];

    /// <summary>How much of this machine each run may use.</summary>
    public ToolLimits Limits { get; init; } = ToolLimits.Default;

    /// <summary>Where what they change of the tree lies on disk, to know how much that is.</summary>
    public ValueList<string> Changes { get; init; } = [];

    /// <summary>Programs of this machine's architecture that stand in for those of a foreign tree; <c>null</c> for none.</summary>
    public NativePrograms? Native { get; init; }

    /// <summary>Hears what runs when; <c>null</c> for nobody.</summary>
    public ScriptParts? Parts { get; init; }

    /// <summary>How programs of the tree run; part of the digest of what they make.</summary>
    public GuestRunner Runner => runner;

    /// <summary>Directory for what is shown to programs while they run.</summary>
    public string Scratch => scratch;

    /// <summary>What must be at the paths of a tree.</summary>
    public TreeLayout Layout => layout;

    /// <summary>Where the log is.</summary>
    public string Log => log;

    /// <summary>Runs a script (a file on the host, made visible as <c>/run/pipeline/script</c>) in <paramref name="root"/>.</summary>
    /// <param name="what">Names it in errors.</param>
    /// <param name="root">The tree.</param>
    /// <param name="script">Whole text with its <c>#!</c> line.</param>
    /// <param name="hidden">Host file → path in the tree it covers, if that exists.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="onLine">Sees every line it writes.</param>
    /// <param name="arrange">Changes what it sees of the tree.</param>
    /// <param name="blame">Names whoever changed the layout; <paramref name="what"/> otherwise.</param>
    /// <param name="part">
    /// Names the script that a process belongs to, from its environment: for errors about one of many scripts that run in one call.
    /// </param>
    /// <param name="isForeignOnly">Whether <see cref="Native"/> does not stand in.</param>
    /// <param name="failure">The error, from the last lines, when it ends with another status than 0; PL2102 by default.</param>
    /// <exception cref="PipelineException">
    /// PL2102; PL0312 beyond a limit; PL2117 and PL2120 (class 5) for a layout that no script may see or leave.
    /// </exception>
    public async Task RunAsync(
        string what,
        TreeHandle root,
        string script,
        ValueList<KeyValuePair<string, string>> hidden,
        CancellationToken cancellationToken,
        Action<string>? onLine = null,
        Func<Bubblewrap, Bubblewrap>? arrange = null,
        Func<string>? blame = null,
        Func<IReadOnlyDictionary<string, string>, string?>? part = null,
        bool isForeignOnly = false,
        Func<string, Diagnostic>? failure = null
    )
    {
        layout.Require(root, "a script or an overlay");
        using var directory = new TemporaryDirectory(scratch);
        using (var made = TreeHandle.Open(directory.Path))
        {
            made.CreateFile("script", Encoding.UTF8.GetBytes(script), FileModes.Executable);
            made.SetMode(TreePath.Root, FileModes.Executable);
        }

        var command = new Bubblewrap(root.Directory)
        {
            ReadOnly = [new(directory.Path, "/run/pipeline"), .. hidden.Where(h => root.Exists(h.Value))],
            Environment =
            [
                new("SOURCE_DATE_EPOCH", epoch.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
                new("SYSTEMD_OFFLINE", "1"),
                new("INITRD", "No"),
                new("DEBIAN_FRONTEND", "noninteractive"),
                new("DEBCONF_NONINTERACTIVE_SEEN", "true"),
                new("TZ", "UTC"),
            ],
        };

        command = arrange?.Invoke(command) ?? command;
        var native = isForeignOnly ? null : Native;
        using var points = native?.Place(root);
        command = native?.Arrange(command, root) ?? command;
        RequireMountPoints(root, command);

        // One shell in front joins both streams and sets the umask; the program itself is an argument, never text.
        await using var writer = new StreamWriter(log, append: true);
        await writer.WriteLineAsync($"# {what}");
        var run = command.Command("/bin/sh", "-c", "umask 022; exec \"$@\" </dev/null >&2", "sh", "/run/pipeline/script") with
        {
            Accepted = [.. Enumerable.Range(0, 256)],
            OnErrorLine = Write,
            Bounds = new(what, Limits, [.. Changes, .. command.Writable.Select(w => w.Key)])
            {
                MemoryDirectories = command.MemoryDirectories,
                Part = part ?? (_ => null),
            },
        };
        Parts?.Begin(what);
        var result = await tools.RunAsync(run, cancellationToken);
        Parts?.Begin(null);
        layout.Require(root, blame?.Invoke() ?? what);
        if (result.ExitCode != 0)
        {
            throw new PipelineException(failure?.Invoke(result.ErrorTail) ?? TreeDiagnostics.ScriptFailed(what, result.ErrorTail, log));
        }

        void Write(string line)
        {
            writer.WriteLine(line);
            onLine?.Invoke(line);
        }
    }

    /// <summary>
    /// Each path that is mounted over is a file or directory, and so are its parents; only links of the layout are followed. A missing one
    /// is made in the tree.
    /// </summary>
    private void RequireMountPoints(TreeHandle root, Bubblewrap command)
    {
        foreach (
            var point in command
                .Memory.Concat(command.ReadOnly.Concat(command.Writable).Select(b => b.Value))
                .Select(p => TreePath.FromString(p))
                .Where(p => !AlwaysMounted.Contains(p.Components().First().Text))
        )
        {
            var path = TreePath.Root;
            foreach (var name in point.Components())
            {
                path /= name;
                var isLast = path == point;
                var kind = root.Status(path)?.Kind;
                var isAllowedLink = kind == UnixKind.Symlink && !isLast && layout.Find(path.Text) is not null;
                if (kind is null || isAllowedLink || kind == UnixKind.Directory || (isLast && kind == UnixKind.File))
                {
                    continue;
                }

                throw new PipelineException(TreeDiagnostics.MountPoint(path));
            }
        }
    }

    /// <summary>Adds lines to the log.</summary>
    public async Task LogAsync(IEnumerable<string> lines)
    {
        await using var writer = new StreamWriter(log, append: true);
        foreach (var line in lines)
        {
            await writer.WriteLineAsync(line);
        }
    }
}
