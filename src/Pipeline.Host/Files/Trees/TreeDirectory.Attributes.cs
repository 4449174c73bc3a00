using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Errno = Pipeline.Host.Libc.Errno;

namespace Pipeline.Host.Files.Trees;

/// <summary>Owners, modes, times and extended attributes of names.</summary>
public sealed unsafe partial class TreeDirectory
{
    /// <summary>Sets owner and group, also of a link. Clears set-user-id and set-group-id: set the mode afterwards.</summary>
    public void SetOwner(TreePath name, uint user, uint group)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        Check(Libc.fchownat(Descriptor, bytes, user, group, Libc.NoFollow), "set the owner of", name);
    }

    /// <summary>Sets permission bits with set-user-id, set-group-id and sticky. A link has none: that is an error.</summary>
    public void SetMode(TreePath name, int mode)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        if (name.IsRoot && Libc.fchmod(Descriptor, (uint)mode) == 0)
        {
            return; // needs no right to search it; a descriptor that is only a place has no such call
        }

        Check(Libc.fchmodat(Descriptor, bytes, (uint)mode, Libc.NoFollow), "set the mode of", name);
    }

    /// <summary>Sets access and modification time, also of a link, to a whole second.</summary>
    public void SetTimes(TreePath name, long seconds)
    {
        var bytes = stackalloc byte[NameSize];
        var times = stackalloc long[4];
        Terminate(name, bytes);
        (times[0], times[1], times[2], times[3]) = (seconds, 0, seconds, 0);
        Check(Libc.utimensat(Descriptor, bytes, times, Libc.NoFollow), "set the times of", name);
    }

    /// <summary>
    /// Extended attributes, also of a link, by name in ordinal order; POSIX ACLs and those of overlayfs as the kernel shows them.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Attributes(TreePath name)
    {
        fixed (byte* path = NameThroughDescriptor(name))
        {
            var length = Libc.llistxattr(path, null, 0);
            if (length < 0 && Marshal.GetLastPInvokeError() == Errno.NotSupported)
            {
                return [];
            }

            Check((int)length, "list the attributes of", name);
            if (length == 0)
            {
                return [];
            }

            var names = new byte[length];
            fixed (byte* p = names)
            {
                Check((int)(length = Libc.llistxattr(path, p, (nuint)names.Length)), "list the attributes of", name);
            }

            var found = new List<KeyValuePair<string, byte[]>>();
            foreach (
                var attribute in Encoding
                    .UTF8.GetString(names, 0, (int)length)
                    .Split('\0', StringSplitOptions.RemoveEmptyEntries)
                    .Order(StringComparer.Ordinal)
            )
            {
                found.Add(new(attribute, Attribute(path, name, attribute)));
            }

            return found;
        }
    }

    /// <summary>Sets one extended attribute.</summary>
    public void SetAttribute(TreePath name, string attribute, ReadOnlySpan<byte> value)
    {
        fixed (byte* path = NameThroughDescriptor(name))
        fixed (byte* key = Encoding.UTF8.GetBytes(attribute + '\0'))
        fixed (byte* p = value)
        {
            Check(Libc.lsetxattr(path, key, p, (nuint)value.Length, 0), $"set the attribute {attribute} of", name);
        }
    }

    /// <summary>
    /// Takes the flags from a file or directory that keep it from being changed or removed (chattr +i, +a); <c>false</c> when it has none,
    /// or when we may not. The root's own name is this directory, which must be open for reading.
    /// </summary>
    internal bool TryUnlock(TreePath name)
    {
        const int immutable = 0x10;
        const int appendOnly = 0x20;
        if (Status(name) is not { Kind: UnixKind.File or UnixKind.Directory })
        {
            return false;
        }

        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        var open = OpenFlags.ReadOnly | OpenFlags.CloseOnExec | OpenFlags.NonBlocking | OpenFlags.Host.NoFollow;
        var fd = Libc.openat(Descriptor, bytes, open, 0);
        if (fd < 0)
        {
            return false;
        }

        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        var flags = stackalloc int[2] { 0, 0 }; // the number says long, the kernel means int
        if (Libc.ioctl(fd, OpenFlags.Host.GetFlags, (nint)flags) != 0 || (flags[0] & (immutable | appendOnly)) == 0)
        {
            return false;
        }

        flags[0] &= ~(immutable | appendOnly);
        return Libc.ioctl(fd, OpenFlags.Host.SetFlags, (nint)flags) == 0;
    }

    private byte[] Attribute(byte* path, TreePath name, string attribute)
    {
        fixed (byte* key = Encoding.UTF8.GetBytes(attribute + '\0'))
        {
            var length = Libc.lgetxattr(path, key, null, 0);
            Check((int)length, $"read the attribute {attribute} of", name);
            var value = new byte[length];
            fixed (byte* p = value)
            {
                Check((int)Libc.lgetxattr(path, key, p, (nuint)length), $"read the attribute {attribute} of", name);
            }

            return value;
        }
    }

    /// <summary>
    /// The calls for attributes take paths only (before Linux 6.13). The kernel follows the descriptor to this very directory, and the
    /// name in it is not followed.
    /// </summary>
    private byte[] NameThroughDescriptor(TreePath name)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        return
        [
            .. Encoding.ASCII.GetBytes($"/proc/self/fd/{Descriptor}/"),
            .. MemoryMarshal.CreateReadOnlySpanFromNullTerminated(bytes),
            0,
        ];
    }
}
