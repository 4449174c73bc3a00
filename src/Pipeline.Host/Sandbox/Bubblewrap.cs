using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// A command inside a root file system: own mounts, processes, hostname and System V IPC, no network, nothing of the host but a few
/// device nodes. It ends when its parent ends. Call it inside a <see cref="UserNamespace"/>.
/// </summary>
/// <param name="Root">The directory that becomes <c>/</c>, writable unless <see cref="IsReadOnly"/>.</param>
public sealed record Bubblewrap(string Root)
{
    /// <summary>Whether the root cannot be written to.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Host path → path inside, read-only.</summary>
    public ValueList<KeyValuePair<string, string>> ReadOnly { get; init; } = [];

    /// <summary>Host path → path inside, writable.</summary>
    public ValueList<KeyValuePair<string, string>> Writable { get; init; } = [];

    /// <summary>Empty file systems in memory, besides <c>/run</c> and <c>/tmp</c>.</summary>
    public ValueList<string> Memory { get; init; } = [];

    /// <summary>Variables on top of PATH, HOME and LC_ALL=C; nothing else of the host's environment comes in.</summary>
    public ValueList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>The command that runs <paramref name="program"/> (a path inside, or a name) in this root.</summary>
    public ToolCommand Command(string program, params IEnumerable<string> arguments) =>
        new(
            "bwrap",
            [
                "--die-with-parent",
                "--new-session",
                "--unshare-pid",
                "--unshare-net",
                "--unshare-ipc",
                "--unshare-uts",
                "--hostname",
                "localhost",
                "--cap-add",
                "ALL",
                IsReadOnly ? "--ro-bind" : "--bind",
                Root,
                "/",
                "--proc",
                "/proc",
                "--dev",
                "/dev",
                "--tmpfs",
                "/run",
                "--tmpfs",
                "/tmp",
                .. Memory.SelectMany(m => new[] { "--tmpfs", m }),
                .. ReadOnly.SelectMany(b => new[] { "--ro-bind", b.Key, b.Value }),
                .. Writable.SelectMany(b => new[] { "--bind", b.Key, b.Value }),
                "--chdir",
                "/",
                "--clearenv",
                "--setenv",
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "--setenv",
                "HOME",
                "/root",
                "--setenv",
                "LC_ALL",
                "C",
                .. Environment.SelectMany(e => new[] { "--setenv", e.Key, e.Value }),
                "--",
                program,
                .. arguments,
            ]
        )
        {
            MissingHint = "install the package 'bubblewrap'",
        };
}
