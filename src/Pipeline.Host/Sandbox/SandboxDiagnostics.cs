using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Sandbox;

/// <summary>Texts of errors around the user namespace and its worker.</summary>
internal static class SandboxDiagnostics
{
    private const string KernelHint =
        "check 'sysctl user.max_user_namespaces kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns'; "
        + "in a container, start it with '--security-opt seccomp=unconfined' or privileged";

    /// <summary>The kernel does not let us have a user namespace.</summary>
    public static Diagnostic Refused() =>
        Diagnostic.Error("PL0350", "the kernel refused a user namespace", exit: ExitClass.MissingTool, hint: KernelHint);

    /// <summary>The program that the worker is a verb of does not lie beside us.</summary>
    public static Diagnostic NoProgram(string directory) =>
        Diagnostic.Error(
            "PL0353",
            $"there is no 'pipeline' program in '{directory}' that could work in a user namespace",
            exit: ExitClass.MissingTool,
            hint: "build Pipeline.Cli, and reference it from the program that composes"
        );

    /// <summary>The worker ended without an answer.</summary>
    public static Diagnostic Silent(string kind, ProcessEnd end) =>
        Diagnostic.Error(
            "PL0354",
            $"the '{kind}' worker in the user namespace "
                + (end.Signal is { } signal ? $"was ended by signal {signal}" : $"ended with exit code {end.Code} and no answer"),
            exit: ExitClass.WorkFailed,
            hint: end.Signal == Libc.SigKill
                ? "did the machine run out of memory? see 'dmesg'"
                : "see the messages above; PIPELINE_DEBUG=1 shows more"
        );

    /// <summary>Somebody stopped the worker, not us.</summary>
    public static Diagnostic Stopped(string kind) =>
        Diagnostic.Error("PL0355", $"the '{kind}' worker in the user namespace was stopped", exit: ExitClass.Cancelled);

    /// <summary>A person called the hidden verb.</summary>
    public static Diagnostic NotAWorker() =>
        Diagnostic.Error(
            "PL0356",
            "'worker' is started by other verbs, in a user namespace",
            hint: "use 'pipeline compose' or 'pipeline images'"
        );

    /// <summary>Root stays root in the namespace.</summary>
    public static Diagnostic NotShifted(string why) =>
        Diagnostic.Warning(
            "PL0358",
            $"scripts of packages run as this machine's root, because ids cannot be shifted here: {why}",
            hint: "compose as an ordinary user, or with a work directory on ext4, xfs or btrfs and Linux 5.19 or newer"
        );

    /// <summary>No such work.</summary>
    public static Diagnostic UnknownKind(string kind, IEnumerable<string> known) =>
        Diagnostic.Error("PL0357", $"unknown work '{kind}'", hint: ClosestName.Hint(kind, known, "see 'pipeline --help'"));
}
