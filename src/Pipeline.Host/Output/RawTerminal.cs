using Microsoft.Win32.SafeHandles;

namespace Pipeline.Host.Output;

/// <summary>
/// Standard input as raw bytes, when it is a terminal: each key arrives at once and unchanged, also Ctrl-C. Disposing gives the terminal
/// back as it was.
/// </summary>
public sealed class RawTerminal : IDisposable
{
    private const int StandardInput = 0;
    private const int StandardOutput = 1;
    private const int AfterOutput = 1;
    private readonly byte[]? _before;

    private RawTerminal(byte[]? before) => _before = before;

    /// <summary>Standard input itself: the console's own stream reads whole lines of a terminal, and edits them.</summary>
    public Stream Input { get; } = Open(StandardInput, FileAccess.Read);

    /// <summary>Standard output itself.</summary>
    public Stream Output { get; } = Open(StandardOutput, FileAccess.Write);

    /// <summary>Takes the terminal; does nothing when standard input is none.</summary>
    public static unsafe RawTerminal Enter()
    {
        var before = new byte[Libc.SizeOfTermios];
        var raw = new byte[Libc.SizeOfTermios];
        fixed (
            byte* old = before,
                now = raw
        )
        {
            if (Libc.tcgetattr(StandardInput, old) != 0)
            {
                return new(null);
            }

            before.CopyTo(raw, 0);
            Libc.cfmakeraw(now);
            Libc.CheckErrno(Libc.tcsetattr(StandardInput, AfterOutput, now), "tcsetattr");
        }

        return new(before);
    }

    /// <inheritdoc/>
    public unsafe void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        if (_before is not null)
        {
            fixed (byte* old = _before)
            {
                // The terminal may be gone by now.
                _ = Libc.tcsetattr(StandardInput, AfterOutput, old);
            }
        }
    }

    private static FileStream Open(int descriptor, FileAccess access) =>
        new(new SafeFileHandle(descriptor, ownsHandle: false), access, bufferSize: 0);
}
