using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Files.Trees;

/// <summary>Texts of access to trees. A full disk stays an <see cref="IOException"/>, because it is reported as such everywhere.</summary>
internal static class TreeAccessDiagnostics
{
    /// <summary>PL0370: the kernel has no openat2.</summary>
    public static Diagnostic OldKernel() =>
        Diagnostic.Error(
            "PL0370",
            "this kernel does not offer openat2, which keeps paths of packages inside their tree",
            hint: "use Linux 5.6 or later; in a container, allow openat2 in its seccomp profile",
            exit: ExitClass.MissingTool
        );

    /// <summary>PL0371: a link leads out of the tree, or is where none may be.</summary>
    public static Diagnostic Escape(string tree, TreePath path, string what) =>
        Diagnostic.Error(
            "PL0371",
            $"'{path}' in tree '{tree}' {what}",
            hint: "find out which package or overlay made this link, and leave it out",
            exit: ExitClass.Refused
        );

    /// <summary>PL0372: the kernel refused an operation.</summary>
    public static Diagnostic Failed(string operation, string tree, TreePath path, string why) =>
        Diagnostic.Error(
            "PL0372",
            $"cannot {operation} '{path}' in tree '{tree}': {why}",
            hint: "look at that path: its owner, its mode, its flags (lsattr), and what it is",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL0373: what is there is not what was asked for.</summary>
    public static Diagnostic WrongKind(string tree, TreePath path, string wanted) =>
        Diagnostic.Error(
            "PL0373",
            $"'{path}' in tree '{tree}' is not {wanted}",
            hint: "find out which package or overlay put it there",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL0374: a file that is too large to be read whole.</summary>
    public static Diagnostic TooLarge(string tree, TreePath path, long size, long limit) =>
        Diagnostic.Error(
            "PL0374",
            $"'{path}' in tree '{tree}' has {size} bytes, more than the {limit} that are read",
            hint: "find out which package or overlay put it there",
            exit: ExitClass.Refused
        );

    /// <summary>PL0375: a mount point below something that is to be removed.</summary>
    public static Diagnostic Mounted(string tree, TreePath path) =>
        Diagnostic.Error(
            "PL0375",
            $"'{path}' in tree '{tree}' is a mount point, so it is not removed",
            hint: "unmount it, then run again",
            exit: ExitClass.WorkFailed
        );

    /// <summary>PL0376: something that cannot be copied.</summary>
    public static Diagnostic Special(string tree, TreePath path) =>
        Diagnostic.Error(
            "PL0376",
            $"'{path}' in tree '{tree}' is a device, socket or FIFO, which is not copied",
            hint: "create it at boot with tmpfiles.d, or remove it with 'remove-files'",
            exit: ExitClass.Refused
        );
}
