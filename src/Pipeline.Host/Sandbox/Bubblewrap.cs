using Pipeline.Host.Tools;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// A command inside a root file system: own mounts, processes, hostname and System V IPC, no network, nothing of the host but a few
/// device nodes. It may change owners and modes of files and become another user, and has no other rights over the kernel. It ends when
/// its parent ends. Call it inside a <see cref="UserNamespace"/>.
/// </summary>
/// <param name="Root">The directory that becomes <c>/</c>, writable unless <see cref="IsReadOnly"/>.</param>
public sealed record Bubblewrap(string Root)
{
    /// <summary>
    /// What installing a package takes: owners, modes, file capabilities, other users, chroot. Mounts, tracing, devices, the network,
    /// limits and the clock are not among it.
    /// </summary>
    private static readonly string[] Capabilities =
    [
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_SETFCAP",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SYS_CHROOT",
    ];

    /// <summary>Parts of <c>/proc</c> that are not about processes. They can be read, as far as anybody may.</summary>
    private static readonly string[] Kernel = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"];

    private static readonly string[] Temporary = ["/run", "/tmp"];

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

    /// <summary>File systems in memory that the command can write to.</summary>
    public ValueList<string> MemoryDirectories => [.. Temporary, "/dev", .. Memory];

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
                "--cap-drop",
                "ALL",
                .. Capabilities.SelectMany(c => new[] { "--cap-add", c }),
                IsReadOnly ? "--ro-bind" : "--bind",
                Root,
                "/",
                "--proc",
                "/proc",
                .. Kernel.SelectMany(k => new[] { "--ro-bind-try", k, k }),
                "--dev",
                "/dev",
                .. Temporary.Concat(Memory).SelectMany(m => new[] { "--tmpfs", m }),
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
