using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Model.Diagnostics;
using Architecture = Pipeline.Model.Values.Architecture;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// Registrations of emulators with binfmt_misc. Since Linux 6.7 a user namespace has registrations of its own; those of the machine then do
/// not count in it (https://docs.kernel.org/admin-guide/binfmt-misc.html).
/// </summary>
internal static unsafe class BinaryFormats
{
    private const string FileSystem = "binfmt_misc";
    private const int IdentSize = 16;
    private const int DataByte = 5;
    private const byte LittleEndian = 1;
    private const byte BigEndian = 2;

    /// <summary>The line that registers an emulator for programs of an architecture.</summary>
    /// <remarks>
    /// Flags: F opens the emulator now, so that it need not exist where the program runs; P hands it the program's own argv[0].
    /// </remarks>
    public static string Line(Architecture guest, string interpreter)
    {
        var start = Header(guest);

        // Not compared: OS ABI, its version and padding, and whether the type is EXEC (2) or DYN (3).
        var mask = new byte[start.Length];
        Array.Fill(mask, byte.MaxValue);
        Array.Clear(mask, DataByte + 2, IdentSize - DataByte - 2);
        mask[IdentSize + (IsBig(guest) ? 1 : 0)] = 0xfe;
        return $":pipeline-{guest.Name}:M:0:{Escaped(start)}:{Escaped(mask)}:{interpreter}:PF";
    }

    /// <summary>
    /// Registers an emulator in the user namespace of this process. The file system is mounted nowhere: the registration lives as long as
    /// the result, and nothing of it is seen in any directory.
    /// </summary>
    /// <exception cref="PipelineException">PL0463: the kernel refuses.</exception>
    public static IDisposable Register(Architecture guest, string interpreter)
    {
        try
        {
            var mount = MountNowhere();
            try
            {
                using var register = new FileStream(OpenRegister(mount), FileAccess.Write, 0);
                register.Write(Encoding.UTF8.GetBytes(Line(guest, interpreter)));
                return mount;
            }
            catch
            {
                mount.Dispose();
                throw;
            }
        }
        catch (IOException e)
        {
            throw new PipelineException(GuestDiagnostics.NotRegistered(guest, interpreter, e.Message), e);
        }
    }

    /// <summary>A program of an architecture that only ends, with exit code 0; to find out whether such programs run.</summary>
    public static byte[] TestProgram(Architecture guest)
    {
        const int headers = 120;
        const int address = 0x400000;
        const int powerAbi = 2;
        var big = IsBig(guest);
        var code = ExitCode(guest);
        var file = new MemoryStream();
        file.Write(Header(guest));
        Number(1, 4); // e_version
        Number(address + headers, 8);
        Number(64, 8); // e_phoff
        Number(0, 8);
        Number(guest == Architecture.Ppc64le ? powerAbi : 0, 4);
        foreach (var half in (int[])[64, 56, 1, 0, 0, 0])
        {
            Number(half, 2); // sizes and counts of the header tables
        }

        Number(1, 4); // PT_LOAD
        Number(5, 4); // readable, executable
        Number(0, 8);
        Number(address, 8);
        Number(address, 8);
        Number(headers + code.Length, 8);
        Number(headers + code.Length, 8);
        Number(0x10000, 8); // alignment
        file.Write(code);
        return file.ToArray();

        void Number(long value, int size)
        {
            for (var i = 0; i < size; i++)
            {
                file.WriteByte((byte)((value >> (8 * (big ? size - 1 - i : i))) & byte.MaxValue));
            }
        }
    }

    /// <summary>The machine number in ELF files (e_machine).</summary>
    public static ushort Machine(Architecture architecture) =>
        architecture == Architecture.X86_64 ? (ushort)62
        : architecture == Architecture.Aarch64 ? (ushort)183
        : architecture == Architecture.Ppc64le ? (ushort)21
        : (ushort)22;

    private static bool IsBig(Architecture architecture) => architecture == Architecture.S390x;

    /// <summary>The first 20 bytes of a program: identification, type EXEC, machine.</summary>
    private static byte[] Header(Architecture guest)
    {
        var machine = Machine(guest);
        byte[] half = [(byte)(machine >> 8), (byte)(machine & byte.MaxValue)];
        byte[] ident = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, IsBig(guest) ? BigEndian : LittleEndian, 1];
        byte[] rest = IsBig(guest) ? [0, 2, .. half] : [2, 0, half[1], half[0]];
        return [.. ident, .. new byte[IdentSize - ident.Length], .. rest];
    }

    /// <summary>Machine code of exit(0).</summary>
    private static byte[] ExitCode(Architecture guest) =>
        Convert.FromHexString(
            guest == Architecture.X86_64 ? "b83c00000031ff0f05"
            : guest == Architecture.Aarch64 ? "a80b80d2000080d2010000d4"
            : guest == Architecture.Ppc64le ? "010000380000603802000044"
            : "a72900000a01"
        );

    private static string Escaped(byte[] bytes) => string.Concat(bytes.Select(b => $"\\x{b:x2}"));

    private static SafeFileHandle MountNowhere()
    {
        using var context = Handle(Text(FileSystem, name => Libc.fsopen(name, Libc.FileSystemCloseOnExec)), $"open {FileSystem}");
        if (Libc.fsconfig((int)context.DangerousGetHandle(), Libc.CreateFileSystem) == -1)
        {
            throw new IOException($"make {FileSystem}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return Handle(Libc.fsmount((int)context.DangerousGetHandle(), Libc.FileSystemCloseOnExec), $"mount {FileSystem}");
    }

    private static SafeFileHandle OpenRegister(SafeFileHandle mount) =>
        Handle(
            Text("register", name => Libc.openat((int)mount.DangerousGetHandle(), name, OpenFlags.WriteOnly | OpenFlags.CloseOnExec, 0)),
            "open its register"
        );

    private static SafeFileHandle Handle(int descriptor, string what)
    {
        Libc.CheckErrno(descriptor, what);
        return new(descriptor, ownsHandle: true);
    }

    private delegate int Call(byte* text);

    private static int Text(string text, Call call)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(text + '\0'))
        {
            return call(bytes);
        }
    }
}
