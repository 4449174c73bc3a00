using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Host.Tools;

namespace Pipeline.MachineTests;

/// <summary>A terminal in which a test sits instead of a person.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const ulong SetWindowSize = 0x5414;
    private readonly FileStream _master;
    private readonly string _slave;
    private readonly StringBuilder _shown = new();
    private int _seen;

    private PseudoTerminal(FileStream master, string slave)
    {
        _master = master;
        _slave = slave;
        _ = ReadAsync();
    }

    /// <summary>A terminal of a size.</summary>
    public static unsafe PseudoTerminal Open(ushort rows, ushort columns)
    {
        var master = posix_openpt(ReadWrite | NoControllingTerminal);
        var size = stackalloc ushort[] { rows, columns, 0, 0 };
        var name = stackalloc byte[128];
        if (
            master < 0
            || grantpt(master) != 0
            || unlockpt(master) != 0
            || ioctl(master, SetWindowSize, size) != 0
            || ptsname_r(master, name, 128) != 0
        )
        {
            throw new IOException("no pseudo terminal");
        }

        var handle = new SafeFileHandle(master, ownsHandle: true);
        return new(new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0), Marshal.PtrToStringUTF8((nint)name)!);
    }

    /// <summary>The command with this terminal as its own.</summary>
    public ToolCommand Around(ToolCommand command) =>
        command with
        {
            Program = "sh",
            Arguments = ["-c", "exec setsid --ctty --wait \"$@\" <\"$0\" >\"$0\" 2>&1", _slave, command.Program, .. command.Arguments],
        };

    /// <summary>Types.</summary>
    public async Task TypeAsync(string text, CancellationToken cancellationToken) =>
        await _master.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Waits until a text is shown; gives what was shown since the last text that was waited for, with it.</summary>
    public async Task<string> WaitForAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_shown)
            {
                var all = _shown.ToString();
                if (all.IndexOf(text, _seen, StringComparison.Ordinal) is >= 0 and var at)
                {
                    var since = all[_seen..(at + text.Length)];
                    _seen = at + text.Length;
                    return since;
                }
            }

            try
            {
                await Task.Delay(50, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                throw new AssertionException($"'{text}' was not shown:\n{_shown}");
            }
        }
    }

    public void Dispose() => _master.Dispose();

    private async Task ReadAsync()
    {
        var bytes = new byte[4096];
        try
        {
            while (await Task.Run(() => _master.Read(bytes)) is > 0 and var read)
            {
                lock (_shown)
                {
                    _shown.Append(Encoding.UTF8.GetString(bytes, 0, read));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody has the other side any more.
        }
    }

#pragma warning disable IDE1006, CA1707 // the C names
    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int grantpt(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlockpt(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int ptsname_r(int fd, byte* name, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int ioctl(int fd, ulong request, ushort* size);
#pragma warning restore IDE1006, CA1707
}
