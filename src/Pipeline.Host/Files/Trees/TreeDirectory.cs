using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Errno = Pipeline.Host.Libc.Errno;

namespace Pipeline.Host.Files.Trees;

/// <summary>
/// An open directory of a tree. Every method acts on one name in it and never follows a link there, so nothing that others do to the path
/// of this directory leads anywhere else. The root's own name is <see cref="TreePath.Root"/>, which means the directory itself.
/// </summary>
public sealed unsafe partial class TreeDirectory : IDisposable
{
    private const int LongestName = 255;
    private const int NameSize = LongestName + 1;
    private const int LongestTarget = 4096;

    private readonly SafeFileHandle _handle;
    private readonly string _tree;

    internal TreeDirectory(SafeFileHandle handle, string tree, TreePath path) => (_handle, _tree, Path) = (handle, tree, path);

    /// <summary>The path of the directory when it was opened, for messages and for the paths of what is in it.</summary>
    public TreePath Path { get; }

    /// <summary>The tree's path on this machine, for messages.</summary>
    internal string Tree => _tree;

    internal int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>The status of a name, or <c>null</c> when nothing has it.</summary>
    public UnixStatus? Status(TreePath name)
    {
        var bytes = stackalloc byte[NameSize];
        var status = stackalloc byte[Libc.StatusSize];
        Terminate(name, bytes);
        var flags = Libc.NoFollow;
        if (name.IsRoot)
        {
            (bytes[0], flags) = (0, Libc.EmptyPath); // needs no right to search it
        }

        if (Libc.statx(Descriptor, bytes, flags, Libc.BasicStatus, status) == 0)
        {
            return UnixFile.Read(status);
        }

        return Marshal.GetLastPInvokeError() is Errno.NotFound ? null : throw Failure("read the status of", name);
    }

    /// <summary>The status of a name that must be there.</summary>
    public UnixStatus RequireStatus(TreePath name) =>
        Status(name)
        ?? throw new PipelineException(TreeAccessDiagnostics.Failed("read the status of", _tree, Path / name, "it is missing"));

    /// <summary>The names in it, in the order of their bytes. Needs a directory that was opened for reading.</summary>
    public IReadOnlyList<TreeName> Entries()
    {
        const int size = 32 * 1024;
        const int headerSize = 19; // struct dirent64: inode 8, offset 8, record length 2, type 1, then the name
        var found = new List<TreeName>();
        var buffer = stackalloc byte[size];
        nint length;
        while ((length = Libc.getdents64(Descriptor, buffer, size)) > 0)
        {
            for (nint at = 0; at < length; at += *(ushort*)(buffer + at + 16))
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + headerSize);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    var path = TreePath.FromBytes(name);
                    found.Add(new(path, KindOf(buffer[at + headerSize - 1], path)));
                }
            }
        }

        Check((int)length, "list", TreePath.Root);
        found.Sort((a, b) => a.Name.CompareTo(b.Name));
        return found;
    }

    /// <summary>Opens a directory in it for reading; a link to one is refused.</summary>
    public TreeDirectory OpenDirectory(TreePath name) =>
        TryOpenDirectory(name, staysOnMount: false)
        ?? throw Resolution.OpenFailure("open the directory", _tree, Path / name, Marshal.GetLastPInvokeError());

    /// <summary>As <see cref="OpenDirectory"/>; <c>null</c> with errno set where that fails.</summary>
    internal TreeDirectory? TryOpenDirectory(TreePath name, bool staysOnMount)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        var flags = OpenFlags.ReadOnly | OpenFlags.CloseOnExec | OpenFlags.Host.Directory | OpenFlags.Host.NoFollow;
        var resolve = Resolution.Of(TreeLinks.Refused) | (staysOnMount ? Resolution.SameMount : 0);
        var fd = Resolution.Open(Descriptor, bytes, flags, resolve);
        return fd < 0 ? null : new(new SafeFileHandle(fd, ownsHandle: true), _tree, Path / name);
    }

    /// <summary>Opens the parent, which must be the directory that had this device and inode, wherever it was moved.</summary>
    /// <param name="expected">What the parent was.</param>
    /// <param name="opensUp">Whether this directory is given the right to be searched when it lacks it.</param>
    internal TreeDirectory OpenParent(UnixStatus expected, bool opensUp)
    {
        var bytes = stackalloc byte[3] { (byte)'.', (byte)'.', 0 };
        var flags = OpenFlags.ReadOnly | OpenFlags.CloseOnExec | OpenFlags.Host.Directory;
        var fd = Libc.openat(Descriptor, bytes, flags, 0);
        if (fd < 0 && opensUp && Marshal.GetLastPInvokeError() == Errno.NoAccess)
        {
            SetMode(TreePath.Root, FileModes.PrivateDirectory);
            fd = Libc.openat(Descriptor, bytes, flags, 0);
        }

        Check(fd, "open the parent of", TreePath.Root);
        var parent = new TreeDirectory(new SafeFileHandle(fd, ownsHandle: true), _tree, Path.Parent);
        var found = parent.RequireStatus(TreePath.Root);
        if ((found.Device, found.Inode) == (expected.Device, expected.Inode))
        {
            return parent;
        }

        parent.Dispose();
        throw new PipelineException(TreeAccessDiagnostics.Escape(_tree, Path, "was moved while it was walked"));
    }

    /// <summary>Opens a regular file for reading. Devices, FIFOs and sockets are refused without being opened.</summary>
    public SafeFileHandle OpenFile(TreePath name)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        var fd = Libc.openat(Descriptor, bytes, OpenFlags.Place | OpenFlags.CloseOnExec | OpenFlags.Host.NoFollow, 0);
        Check(fd, "open", name);
        using var place = new SafeFileHandle(fd, ownsHandle: true);
        return OpenRegular(place, name);
    }

    /// <summary>Opens the content of a place that is a regular file.</summary>
    internal SafeFileHandle OpenRegular(SafeFileHandle place, TreePath name)
    {
        var fd = (int)place.DangerousGetHandle();
        var status = stackalloc byte[Libc.StatusSize];
        byte nothing = 0;
        Check(Libc.statx(fd, &nothing, Libc.EmptyPath, Libc.BasicStatus, status), "read the status of", name);
        if (UnixFile.Read(status).Kind != UnixKind.File)
        {
            throw new PipelineException(TreeAccessDiagnostics.WrongKind(_tree, Path / name, "a regular file"));
        }

        fixed (byte* self = DescriptorPath(fd))
        {
            var content = Libc.openat(Libc.CurrentDirectory, self, OpenFlags.ReadOnly | OpenFlags.CloseOnExec, 0);
            Check(content, "read", name);
            return new(content, ownsHandle: true);
        }
    }

    /// <summary>All bytes of a regular file.</summary>
    /// <param name="name">The name.</param>
    /// <param name="limit">Most bytes it may have (PL0374).</param>
    public byte[] ReadBytes(TreePath name, int limit)
    {
        using var handle = OpenFile(name);
        return ReadAll(handle, name, limit);
    }

    /// <summary>The sha256 of a regular file.</summary>
    public Digest Sha256(TreePath name)
    {
        using var handle = OpenFile(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[(int)Math.Min(1 << 17, RandomAccess.GetLength(handle) + 1)];
        long at = 0;
        for (int read; (read = RandomAccess.Read(handle, buffer, at)) > 0; at += read)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Digest.FromHash(hash.GetHashAndReset());
    }

    /// <summary>All bytes of an open file.</summary>
    internal byte[] ReadAll(SafeFileHandle handle, TreePath name, int limit)
    {
        var size = RandomAccess.GetLength(handle);
        if (size > limit)
        {
            throw new PipelineException(TreeAccessDiagnostics.TooLarge(_tree, Path / name, size, limit));
        }

        var bytes = new byte[size];
        var read = 0;
        for (int n; read < bytes.Length && (n = RandomAccess.Read(handle, bytes.AsSpan(read), read)) > 0; )
        {
            read += n;
        }

        return bytes[..read];
    }

    /// <summary>Makes a file that is not there yet, mode 0600, open for writing.</summary>
    public SafeFileHandle CreateFile(TreePath name)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        var flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.CloseOnExec | OpenFlags.Host.NoFollow;
        var fd = Libc.openat(Descriptor, bytes, flags, FileModes.PrivateFile);
        Check(fd, "create", name);
        return new(fd, ownsHandle: true);
    }

    /// <summary>Makes a file that is not there yet, with this content and exactly this mode.</summary>
    public void CreateFile(TreePath name, ReadOnlySpan<byte> content, int mode)
    {
        using var handle = CreateFile(name);
        RandomAccess.Write(handle, content, 0);
        Check(Libc.fchmod((int)handle.DangerousGetHandle(), (uint)mode), "set the mode of", name);
    }

    /// <summary>Makes a directory that is not there yet with exactly this mode, whatever the umask.</summary>
    public void MakeDirectory(TreePath name, int mode)
    {
        if (!TryMakeDirectory(name, mode))
        {
            throw Failure("make the directory", name);
        }
    }

    /// <summary>As <see cref="MakeDirectory"/>; <c>false</c> where something has the name.</summary>
    internal bool TryMakeDirectory(TreePath name, int mode)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        if (Libc.mkdirat(Descriptor, bytes, FileModes.PrivateDirectory) != 0)
        {
            return Marshal.GetLastPInvokeError() == Errno.Exists ? false : throw Failure("make the directory", name);
        }

        SetMode(name, mode);
        return true;
    }

    /// <summary>Makes a symbolic link with exactly this target.</summary>
    public void Symlink(TreePath name, ReadOnlySpan<byte> target)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        fixed (byte* to = (byte[])[.. target, 0])
        {
            Check(Libc.symlinkat(to, Descriptor, bytes), "make the link", name);
        }
    }

    /// <summary>Gives the file <paramref name="existing"/> of another directory a second name here.</summary>
    public void Link(TreePath name, TreeDirectory other, TreePath existing)
    {
        var from = stackalloc byte[NameSize];
        var to = stackalloc byte[NameSize];
        Terminate(existing, from);
        Terminate(name, to);
        Check(Libc.linkat(other.Descriptor, from, Descriptor, to, 0), "make a second name of a file:", name);
    }

    /// <summary>The target of a symbolic link as written.</summary>
    public byte[] ReadLink(TreePath name)
    {
        var bytes = stackalloc byte[NameSize];
        var buffer = stackalloc byte[LongestTarget];
        Terminate(name, bytes);
        var length = Libc.readlinkat(Descriptor, bytes, buffer, LongestTarget);
        Check((int)length, "read the link", name);
        return new ReadOnlySpan<byte>(buffer, (int)length).ToArray();
    }

    /// <summary>
    /// Renames into another directory, replacing a file that is there; <c>false</c> where the file system cannot move it there.
    /// </summary>
    public bool TryRename(TreePath name, TreeDirectory target, TreePath newName)
    {
        var from = stackalloc byte[NameSize];
        var to = stackalloc byte[NameSize];
        Terminate(name, from);
        Terminate(newName, to);
        return Libc.renameat2(Descriptor, from, target.Descriptor, to, 0) == 0
            || (Marshal.GetLastPInvokeError() == Errno.OtherDevice ? false : throw Failure("rename", name));
    }

    /// <summary>Removes a name that is no directory.</summary>
    public void Unlink(TreePath name) => CheckTrue(TryRemove(name, isDirectory: false), "remove", name);

    /// <summary>Removes an empty directory.</summary>
    public void RemoveDirectory(TreePath name) => CheckTrue(TryRemove(name, isDirectory: true), "remove the directory", name);

    /// <summary>Removes a name and everything below it, as <see cref="TreeHandle.Delete"/> does; missing is fine.</summary>
    public void Delete(TreePath name) => TreeDeletion.Delete(this, name);

    /// <summary><c>false</c> with errno set where it fails.</summary>
    internal bool TryRemove(TreePath name, bool isDirectory)
    {
        var bytes = stackalloc byte[NameSize];
        Terminate(name, bytes);
        return Libc.unlinkat(Descriptor, bytes, isDirectory ? Libc.RemoveDirectory : 0) == 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>What errno means for an operation on a name.</summary>
    internal Exception Failure(string operation, TreePath name) =>
        Resolution.Failure(operation, _tree, Path / name, Marshal.GetLastPInvokeError());

    private static byte[] DescriptorPath(int fd) => System.Text.Encoding.ASCII.GetBytes($"/proc/self/fd/{fd}\0");

    private UnixKind KindOf(byte type, TreePath name) =>
        type switch
        {
            0 => RequireStatus(name).Kind, // a file system that does not store kinds in directories
            4 => UnixKind.Directory,
            8 => UnixKind.File,
            10 => UnixKind.Symlink,
            _ => UnixKind.Special,
        };

    private void Terminate(TreePath name, byte* buffer)
    {
        if (!name.IsName || name.Bytes.SequenceEqual(".."u8))
        {
            throw new ArgumentException($"'{name}' is not a name in a directory", nameof(name));
        }

        if (name.Bytes.Length > LongestName)
        {
            throw Resolution.Failure("use the name", _tree, Path / name, Errno.NameTooLong);
        }

        var bytes = name.IsRoot ? "."u8 : name.Bytes;
        bytes.CopyTo(new Span<byte>(buffer, LongestName));
        buffer[bytes.Length] = 0;
    }

    private void Check(int result, string operation, TreePath name) => CheckTrue(result >= 0, operation, name);

    private void CheckTrue(bool success, string operation, TreePath name)
    {
        if (!success)
        {
            throw Failure(operation, name);
        }
    }
}
