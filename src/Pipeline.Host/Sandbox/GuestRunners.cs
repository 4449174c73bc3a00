using System.Globalization;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// Finds out how programs of an architecture run on this machine, by running one. Asked before anything is fetched.
/// </summary>
/// <param name="tools">Finds emulators and starts the probe.</param>
/// <param name="scratch">Where the program is while it runs; <c>null</c> for the system's temporary directory.</param>
public sealed class GuestRunners(IToolRunner tools, string? scratch = null)
{
    /// <summary>Mounts binfmt_misc of a fresh user namespace, registers the emulator there and runs the program.</summary>
    private const string Script = "mount -t binfmt_misc pipeline \"$1\" && printf '%s' \"$2\" >\"$1/register\" && exec \"$3\"";

    /// <summary>Where the machine's own registrations are; tests have another place.</summary>
    internal string MachineFormats { get; init; } = "/proc/sys/fs/binfmt_misc";

    /// <summary>The runner for trees of an architecture.</summary>
    /// <param name="tree">The architecture of the tree.</param>
    /// <param name="machine">That of this machine.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    /// <exception cref="PipelineException">PL0461, PL0462 (class 3): this machine cannot run its programs.</exception>
    public async Task<GuestRunner> FindAsync(Architecture tree, Architecture machine, CancellationToken cancellationToken)
    {
        if (tree == machine)
        {
            return new NativeRunner();
        }

        using var directory = new TemporaryDirectory(scratch);
        UnixFile.MakeDirectory(directory.File("formats"), FileModes.Executable);
        var program = directory.File("program");
        await File.WriteAllBytesAsync(program, BinaryFormats.TestProgram(tree), cancellationToken);
        File.SetUnixFileMode(program, (UnixFileMode)FileModes.Executable);

        var emulator = Emulator(tree);
        if (emulator is not null && await RunsInNamespaceAsync(tree, emulator, directory, cancellationToken))
        {
            return await RunnerAsync(tree, emulator, isOfMachine: false, cancellationToken);
        }

        return Registered(tree) is { } registered && await RunsAsync(new(program, []), cancellationToken)
                ? await RunnerAsync(tree, registered, isOfMachine: true, cancellationToken)
            : emulator is null ? throw new PipelineException(GuestDiagnostics.NoEmulator(tree, machine))
            : throw new PipelineException(GuestDiagnostics.NoFormat(tree, machine, emulator));
    }

    /// <summary>The statically linked emulator: another one would look for its loader and libraries in the tree.</summary>
    private string? Emulator(Architecture tree) =>
        ((string[])[$"qemu-{tree.Name}-static", $"qemu-{tree.Name}"]).Select(tools.Find).FirstOrDefault(p => p is not null && IsStatic(p));

    private static bool IsStatic(string path)
    {
        using var file = File.OpenRead(path);
        return ElfFile.TryRead(file) is { Interpreter: null };
    }

    private static async Task<GuestRunner> RunnerAsync(
        Architecture tree,
        string emulator,
        bool isOfMachine,
        CancellationToken cancellationToken
    ) => new QemuUserRunner(tree, emulator, await FileDigest.OfAsync(emulator, cancellationToken), isOfMachine);

    private Task<bool> RunsInNamespaceAsync(
        Architecture tree,
        string emulator,
        TemporaryDirectory directory,
        CancellationToken cancellationToken
    ) =>
        RunsAsync(
            new(
                "unshare",
                [
                    "--user",
                    "--map-root-user",
                    "--mount",
                    "sh",
                    "-c",
                    Script,
                    "sh",
                    directory.File("formats"),
                    BinaryFormats.Line(tree, emulator),
                    directory.File("program"),
                ]
            ),
            cancellationToken
        );

    private async Task<bool> RunsAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        try
        {
            var result = await tools.RunAsync(command with { Accepted = [.. Enumerable.Range(0, 256)] }, cancellationToken);
            return result.ExitCode == 0;
        }
        catch (PipelineException)
        {
            return false; // not even started: the kernel knows no such format
        }
    }

    /// <summary>The emulator that the machine's own registration opened (flag F), or <c>null</c>.</summary>
    private string? Registered(Architecture tree)
    {
        const string interpreter = "interpreter ";
        const string flags = "flags: ";
        try
        {
            var lines = File.ReadAllLines(Path.Combine(MachineFormats, $"qemu-{tree.Name}"));
            var path = lines.FirstOrDefault(l => l.StartsWith(interpreter, StringComparison.Ordinal))?[interpreter.Length..];
            var isOpen = lines.Any(l => l.StartsWith(flags, StringComparison.Ordinal) && l.Contains('F', StringComparison.Ordinal));
            return lines.Contains("enabled") && isOpen && File.Exists(path) ? path : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Texts of running the programs of a tree: PL0461–PL0469.</summary>
internal static class GuestDiagnostics
{
    private static readonly Version FirstKernel = new(6, 7);

    public static Diagnostic NoEmulator(Architecture tree, Architecture machine) =>
        Diagnostic.Error(
            "PL0461",
            $"programs of '{tree.Name}' cannot run on this machine, which is '{machine.Name}': there is no emulator for them",
            hint: $"{Install()}; or compose on a machine of '{tree.Name}'",
            exit: ExitClass.MissingTool
        );

    public static Diagnostic NoFormat(Architecture tree, Architecture machine, string emulator) =>
        Diagnostic.Error(
            "PL0462",
            $"programs of '{tree.Name}' cannot run on this machine, which is '{machine.Name}': "
                + $"the kernel does not hand them to '{emulator}'",
            hint: "as root: mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc; "
                + "apt-get install -y --no-install-recommends binfmt-support && update-binfmts --enable; "
                + $"or use Linux {FirstKernel} or newer where user namespaces are allowed",
            exit: ExitClass.MissingTool
        );

    public static Diagnostic NotRegistered(Architecture tree, string emulator, string why) =>
        Diagnostic.Error(
            "PL0463",
            $"the kernel refuses to hand programs of '{tree.Name}' to '{emulator}': {why}",
            hint: "run 'pipeline doctor'",
            exit: ExitClass.MissingTool
        );

    /// <summary>The line that installs emulators; binfmt-support is of use only where the kernel registers for the whole machine.</summary>
    public static string Install() => Install(Environment.OSVersion.Version);

    /// <summary>The line for a version of the kernel.</summary>
    internal static string Install(Version kernel) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"apt-get install -y --no-install-recommends qemu-user-static{(kernel < FirstKernel ? " binfmt-support" : "")}"
        );
}
