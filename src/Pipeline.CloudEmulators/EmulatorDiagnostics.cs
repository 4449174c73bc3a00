using Pipeline.Model.Diagnostics;

namespace Pipeline.CloudEmulators;

/// <summary>Texts of problems of the cloud emulators, PL7300–PL7319.</summary>
public static class EmulatorDiagnostics
{
    /// <summary>The address is taken or not ours.</summary>
    public static Diagnostic CannotListen(string address, string reason) =>
        Diagnostic.Error(
            "PL7300",
            $"cannot listen on {address}: {reason}",
            hint: "choose another --listen address, or stop what holds it",
            exit: ExitClass.MissingTool
        );

    /// <summary>The emulator answers without knowing who asks from where; it is no service for a network.</summary>
    public static Diagnostic NotLoopback(string address) =>
        Diagnostic.Error("PL7301", $"'{address}' is not a loopback address", hint: "use 127.0.0.1:PORT or [::1]:PORT");

    /// <summary>The state directory holds something else.</summary>
    public static Diagnostic BadState(string path, string reason) =>
        Diagnostic.Error(
            "PL7302",
            $"'{path}' is not the state of an emulated cloud: {reason}",
            hint: "choose another --state directory, or delete this one to start empty"
        );

    /// <summary>A fault that nobody knows.</summary>
    public static Diagnostic BadFault(string text, string reason) =>
        Diagnostic.Error(
            "PL7303",
            $"'{text}' is not a fault: {reason}",
            hint: "write OPERATION=KIND[:TIMES][/SECONDS][@REGION], for example RegisterImage=lost:1; kinds are "
                + string.Join(", ", Faults.FaultRule.Kinds)
        );

    /// <summary>An instance could not be started, or ended; the cloud's caller sees a state reason.</summary>
    public static Diagnostic MachineFailed(string instance, string reason) =>
        Diagnostic.Warning("PL7304", $"instance {instance} does not run: {reason}", hint: "its console and state reason say more");

    /// <summary>An import that could not be converted; the cloud's caller sees it in the task.</summary>
    public static Diagnostic ImportFailed(string task, string reason) =>
        Diagnostic.Warning("PL7305", $"import {task} failed: {reason}", hint: "upload a complete image in the format that was named");

    /// <summary>Something that a request began could not be finished.</summary>
    public static Diagnostic WorkFailed(string reason) =>
        Diagnostic.Warning("PL7308", $"work of the emulated cloud failed: {reason}", hint: "free space in the --state directory");

    /// <summary>A program that instances need.</summary>
    public static Diagnostic MissingProgram(string program) =>
        Diagnostic.Error(
            "PL7309",
            $"'{program}' is not installed, without which there are no instances",
            hint: "apt-get install util-linux iproute2 socat qemu-utils, or start with --no-machines",
            exit: ExitClass.MissingTool
        );

    /// <summary>Another emulator has the state.</summary>
    public static Diagnostic StateInUse(string directory) =>
        Diagnostic.Error("PL7310", $"another emulator uses '{directory}'", hint: "stop it, or choose another --state directory");

    /// <summary>No emulator of that provider.</summary>
    public static Diagnostic UnknownProvider(string name) =>
        Diagnostic.Error("PL7306", $"'{name}' is not emulated", hint: "providers are: " + string.Join(", ", EmulatorOptions.Providers));

    /// <summary>A listening address that cannot be read.</summary>
    public static Diagnostic BadAddress(string text) =>
        Diagnostic.Error("PL7307", $"'--listen {text}' is not ADDRESS:PORT", hint: "for example 127.0.0.1:4566");
}
