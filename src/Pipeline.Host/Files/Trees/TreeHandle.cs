using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Model.Diagnostics;
using Errno = Pipeline.Host.Libc.Errno;

namespace Pipeline.Host.Files.Trees;

/// <summary>
/// A tree opened on its root. This process reads and changes files of a tree only through it: the kernel resolves every path from the
/// root's descriptor (openat2) and never leaves it, whatever links packages and scripts put there, also while they run.
/// </summary>
/// <remarks>
/// Each method says what it does with the last component; <see cref="TreeLinks"/> says what becomes of links in the parents. Needs Linux
/// 5.6.
/// </remarks>
/// <exception cref="PipelineException">
/// From every method: PL0370 no openat2, PL0371 a link that leads out or may not be, PL0372 what the kernel refused. A full disk is an
/// <see cref="IOException"/>.
/// </exception>
public sealed unsafe partial class TreeHandle : IDisposable
{
    private const int LongestPath = 4096;
    private readonly TreeDirectory _root;

    private TreeHandle(string directory, SafeFileHandle root) => (Directory, _root) = (directory, new(root, directory, TreePath.Root));

    /// <summary>The path on this machine that it was opened at, for programs that are started on the tree.</summary>
    public string Directory { get; }

    /// <summary>
    /// Opens the tree whose root is a directory of this machine; links in <paramref name="directory"/> itself are followed.
    /// </summary>
    public static TreeHandle Open(string directory)
    {
        var full = Path.GetFullPath(directory);
        fixed (byte* path = Encoding.UTF8.GetBytes(full + '\0'))
        {
            var fd = Resolution.Open(
                Libc.CurrentDirectory,
                path,
                OpenFlags.ReadOnly | OpenFlags.CloseOnExec | OpenFlags.Host.Directory,
                resolve: 0
            );
            return fd >= 0
                ? new(directory, new(fd, ownsHandle: true))
                : throw Resolution.OpenFailure("open", directory, TreePath.Root, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>As <see cref="Open"/>, making the directory and its parents first where they are missing.</summary>
    public static TreeHandle OpenOrMake(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        return Open(directory);
    }

    /// <summary>Opens a directory of the tree for reading; a link in the last place is refused.</summary>
    public TreeDirectory OpenDirectory(TreePath path, TreeLinks links = TreeLinks.InRoot)
    {
        using var at = At(path, links);
        return at.Directory.OpenDirectory(at.Name);
    }

    /// <summary>
    /// Opens the directory that contains a path for reading; links on the way to it are followed as <paramref name="links"/> says.
    /// </summary>
    public TreeDirectory OpenParent(TreePath path, TreeLinks links = TreeLinks.InRoot) =>
        TryOpen(path.Parent, OpenFlags.ReadOnly | OpenFlags.Host.Directory, links, path) is { } parent
            ? new(parent, Directory, path.Parent)
            : throw Resolution.OpenFailure("open the directory of", Directory, path, Marshal.GetLastPInvokeError());

    /// <summary>
    /// The path on this machine of something in the tree, for a program that is started on it; never for our own file calls.
    /// </summary>
    public string PathOnHost(TreePath path) => $"{Directory}/{path.Text}";

    /// <summary>Makes a directory and its parents where they are missing (0755, ours), through links that lead to directories.</summary>
    public void MakeDirectories(TreePath path) => Ensure(path, 0).Dispose();

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    /// <summary>The directory of a path and the name in it.</summary>
    internal Place At(TreePath path, TreeLinks links) =>
        TryAt(path, links) ?? throw Resolution.OpenFailure("open the directory of", Directory, path, Marshal.GetLastPInvokeError());

    /// <summary>As <see cref="At"/>; <c>null</c> where a parent is missing or no directory.</summary>
    internal Place? TryAt(TreePath path, TreeLinks links)
    {
        var isDirectory = path.Name.Bytes.SequenceEqual(".."u8);
        if (path.IsName && !isDirectory)
        {
            return new(_root, path, owns: false);
        }

        var (parent, name) = isDirectory ? (path, TreePath.Root) : (path.Parent, path.Name);
        return TryOpen(parent, OpenFlags.Place | OpenFlags.Host.Directory, links, path) is { } handle
            ? new(new(handle, Directory, parent), name, owns: true)
            : null;
    }

    /// <summary>As <see cref="At"/>, making missing parents.</summary>
    private Place AtMade(TreePath path)
    {
        if (path.IsName || path.Name.Bytes.SequenceEqual(".."u8))
        {
            return At(path, TreeLinks.InRoot);
        }

        return TryAt(path, TreeLinks.InRoot) ?? new(Ensure(path.Parent, 0), path.Name, owns: true);
    }

    /// <summary>Opens a whole path, the last component included; <c>null</c> where something is missing or no directory.</summary>
    private SafeFileHandle? TryOpen(TreePath path, int flags, TreeLinks links, TreePath? wanted = null)
    {
        if (path.Bytes.Length >= LongestPath)
        {
            throw Resolution.Failure("use the path", Directory, path, Errno.NameTooLong);
        }

        var bytes = stackalloc byte[LongestPath];
        var text = path.IsRoot ? "."u8 : path.Bytes;
        text.CopyTo(new Span<byte>(bytes, LongestPath));
        bytes[text.Length] = 0;
        var fd = Resolution.Open(_root.Descriptor, bytes, flags | OpenFlags.CloseOnExec, Resolution.Of(links));
        return fd >= 0 ? new(fd, ownsHandle: true)
            : Marshal.GetLastPInvokeError() is Errno.NotFound or Errno.NotDirectory ? null
            : throw Resolution.OpenFailure("open", Directory, wanted ?? path, Marshal.GetLastPInvokeError());
    }

    /// <summary>Opens a directory, making what is missing of it.</summary>
    private TreeDirectory Ensure(TreePath path, int links)
    {
        const int mostLinks = 40;
        if (TryOpen(path, OpenFlags.Place | OpenFlags.Host.Directory, TreeLinks.InRoot) is { } there)
        {
            return new(there, Directory, path);
        }

        if (path.IsRoot || links > mostLinks)
        {
            throw new PipelineException(TreeAccessDiagnostics.Escape(Directory, path, "leads through too many links"));
        }

        Ensure(path.Parent, links).Dispose();
        using var at = At(path, TreeLinks.InRoot);
        if (!at.Directory.TryMakeDirectory(at.Name, Model.Values.FileModes.Executable) && at.Directory.Status(at.Name) is { } status)
        {
            return status.Kind switch
            {
                UnixKind.Symlink => Ensure(path.Follow(at.Directory.ReadLink(at.Name)), links + 1),
                UnixKind.Directory => OpenMade(path),
                _ => throw new PipelineException(TreeAccessDiagnostics.WrongKind(Directory, path, "a directory")),
            };
        }

        return OpenMade(path);
    }

    private TreeDirectory OpenMade(TreePath path) =>
        TryOpen(path, OpenFlags.Place | OpenFlags.Host.Directory, TreeLinks.InRoot) is { } made
            ? new(made, Directory, path)
            : throw Resolution.OpenFailure("open the directory", Directory, path, Marshal.GetLastPInvokeError());

    /// <summary>An open directory and a name in it.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name; the root's own for the directory itself.</param>
    /// <param name="owns">Whether the directory is closed with this.</param>
    internal readonly struct Place(TreeDirectory directory, TreePath name, bool owns) : IDisposable
    {
        public TreeDirectory Directory => directory;

        public TreePath Name => name;

        public void Dispose()
        {
            if (owns)
            {
                directory.Dispose();
            }
        }
    }
}
