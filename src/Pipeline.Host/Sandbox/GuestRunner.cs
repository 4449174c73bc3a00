using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>How the programs of a tree run on this machine. Part of the digest of every step that runs them.</summary>
public abstract record GuestRunner
{
    private protected GuestRunner() { }

    /// <summary>What a step that runs programs of the tree adds to its inputs; nothing for <see cref="NativeRunner"/>.</summary>
    public abstract ValueList<StepInput> Inputs { get; }

    /// <summary>The runner for trees of an architecture on a machine.</summary>
    /// <exception cref="PipelineException">PL0461 (class 3): this machine cannot run its programs.</exception>
    public static GuestRunner For(Architecture tree, Architecture machine) =>
        tree == machine ? new NativeRunner() : throw new PipelineException(GuestDiagnostics.NoRunner(tree, machine));

    /// <summary>The sandbox with what the runner needs in it.</summary>
    public abstract Bubblewrap Arrange(Bubblewrap sandbox);
}

/// <summary>The processor runs them.</summary>
public sealed record NativeRunner : GuestRunner
{
    /// <inheritdoc/>
    public override ValueList<StepInput> Inputs => [];

    /// <inheritdoc/>
    public override Bubblewrap Arrange(Bubblewrap sandbox) => sandbox;
}

/// <summary>The kernel's binfmt_misc hands them to an emulator, which it finds inside the tree under the path it has outside.</summary>
/// <param name="Interpreter">Absolute path of the statically linked emulator.</param>
/// <param name="Digest">sha256 of that file.</param>
public sealed record QemuUserRunner(string Interpreter, Digest Digest) : GuestRunner
{
    /// <inheritdoc/>
    public override ValueList<StepInput> Inputs => [new($"guest runner {Path.GetFileName(Interpreter)}", Digest)];

    /// <inheritdoc/>
    public override Bubblewrap Arrange(Bubblewrap sandbox) =>
        sandbox with
        {
            ReadOnly = [.. sandbox.ReadOnly, new(Interpreter, Interpreter)],
        };
}

/// <summary>Texts of running the programs of a tree: PL0461–PL0469.</summary>
internal static class GuestDiagnostics
{
    public static Diagnostic NoRunner(Architecture tree, Architecture machine) =>
        Diagnostic.Error(
            "PL0461",
            $"programs of '{tree.Name}' cannot run on this machine, which is '{machine.Name}'",
            hint: $"compose on a machine of '{tree.Name}'",
            exit: ExitClass.MissingTool
        );
}
