using Pipeline.Model.Values;

namespace Pipeline.Host.Tools;

/// <summary>One program call: a name or path, a list of arguments, and what it may see. Never passes through a shell.</summary>
/// <param name="Program">A name looked up in the host's PATH (with the sbin folders), or an absolute path.</param>
/// <param name="Arguments">The arguments, one item each.</param>
public sealed record ToolCommand(string Program, ValueList<string> Arguments)
{
    /// <summary>Variables on top of the small fixed environment (PATH, HOME, LC_ALL=C.UTF-8, TZ=UTC, LANG unset).</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Working directory; <c>/</c> when <c>null</c>, so that nothing depends on where the user stands.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Bytes for standard input; empty means /dev/null.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>A file that standard output is written to, or <c>null</c> to capture it (at most <see cref="OutputLimit"/>).</summary>
    public string? OutputFile { get; init; }

    /// <summary>Standard output and error go to ours, for programs whose output is for the user (<c>dotnet test</c>).</summary>
    public bool InheritOutput { get; init; }

    /// <summary>The program owns the terminal: standard input is ours too and it stays in our process group.</summary>
    public bool Terminal { get; init; }

    /// <summary>Most bytes of standard output that are kept in memory; more is a failure. Tool output is not trusted.</summary>
    public int OutputLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>Files the child inherits under a fixed number: descriptor in the child → open handle here.</summary>
    public IReadOnlyDictionary<int, Microsoft.Win32.SafeHandles.SafeFileHandle> Handles { get; init; } =
        new Dictionary<int, Microsoft.Win32.SafeHandles.SafeFileHandle>();

    /// <summary>Exit codes that are not failures.</summary>
    public ValueList<int> Accepted { get; init; } = [0];

    /// <summary>Each line of standard error as it comes; also kept for the error text.</summary>
    public Action<string>? OnErrorLine { get; init; }

    /// <summary>
    /// What a user does when the program is missing, for example <c>apt-get install qemu-utils</c>; <c>null</c> for a general hint.
    /// </summary>
    public string? MissingHint { get; init; }

    /// <summary>Time between SIGTERM and SIGKILL when the call is cancelled.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long standard output may stay open after the program has ended, held by something that it started. Then that is killed, and the
    /// call fails, because the output may be cut short.
    /// </summary>
    public TimeSpan OutputGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What it and everything below it may use; <c>null</c> for as much as there is. Only for <c>RunAsync</c>.</summary>
    public ToolBounds? Bounds { get; init; }

    /// <summary>Arguments that must not appear in logs or errors (tokens); shown as <c>***</c>.</summary>
    public ValueList<string> Secrets { get; init; } = [];

    /// <summary>The command as it could be pasted into a shell.</summary>
    public override string ToString() => string.Join(' ', new[] { Program }.Concat(Arguments).Select(Quote));

    private string Quote(string text)
    {
        foreach (var secret in Secrets)
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%^".Contains(c, StringComparison.Ordinal))
            ? text
            : ShellWord.Quote(text);
    }
}
