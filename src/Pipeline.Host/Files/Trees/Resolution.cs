using System.Runtime.InteropServices;
using Pipeline.Model.Diagnostics;
using Errno = Pipeline.Host.Libc.Errno;

namespace Pipeline.Host.Files.Trees;

/// <summary>openat2 and what its failures mean.</summary>
internal static unsafe class Resolution
{
    /// <summary>RESOLVE_NO_XDEV: mount points are not entered.</summary>
    public const ulong SameMount = 1;

    private const ulong NoMagicLinks = 2;
    private const ulong NoLinks = 4;
    private const ulong Beneath = 8;
    private const ulong InRoot = 0x10;

    /// <summary>A rename elsewhere on the machine can make the kernel give up on a path with <c>..</c>; it asks to try again.</summary>
    private const int Attempts = 10_000;

    /// <summary>The kernel's flags; links of /proc that lead anywhere are never followed.</summary>
    public static ulong Of(TreeLinks links) =>
        NoMagicLinks
        | links switch
        {
            TreeLinks.InRoot => InRoot,
            TreeLinks.Beneath => Beneath,
            _ => Beneath | NoLinks,
        };

    /// <summary>openat2; -1 with errno set where it fails.</summary>
    public static int Open(int directory, byte* path, int flags, ulong resolve)
    {
        var how = new Libc.OpenHow { Flags = (ulong)flags, Resolve = resolve };
        for (var attempt = 1; ; attempt++)
        {
            var fd = (int)Libc.syscall(Libc.OpenAt2, directory, (nint)path, (nint)(&how), sizeof(Libc.OpenHow), 0);
            if (fd >= 0 || attempt == Attempts || Marshal.GetLastPInvokeError() is not (Errno.Again or Errno.Interrupted))
            {
                return fd;
            }
        }
    }

    /// <summary>The exception for an errno of openat2.</summary>
    public static Exception OpenFailure(string operation, string tree, TreePath path, int errno) =>
        errno switch
        {
            Errno.NoSuchCall => new PipelineException(TreeAccessDiagnostics.OldKernel()),
            Errno.OtherDevice => new PipelineException(TreeAccessDiagnostics.Escape(tree, path, "leads out of the tree")),
            Errno.Loop => new PipelineException(TreeAccessDiagnostics.Escape(tree, path, "leads through a link that is not followed")),
            _ => Failure(operation, tree, path, errno),
        };

    /// <summary>The exception for an errno of any other call.</summary>
    public static Exception Failure(string operation, string tree, TreePath path, int errno) =>
        errno switch
        {
            Errno.NoSpace or Errno.Quota => new IOException(
                $"{operation} '{path}' in '{tree}': {Marshal.GetPInvokeErrorMessage(errno)}",
                errno
            ),
            _ => new PipelineException(
                TreeAccessDiagnostics.Failed(operation, tree, path, Marshal.GetPInvokeErrorMessage(errno).ToLowerInvariant())
            ),
        };
}
