using System.Text.Json.Serialization;
using Pipeline.Host.Builds;
using Pipeline.Model.Values;

namespace Pipeline.Host.Sandbox;

/// <summary>How the programs of a tree run on this machine. Part of the digest of every step that runs them.</summary>
/// <remarks><see cref="GuestRunners"/> finds it; the request to a worker carries it.</remarks>
[JsonDerivedType(typeof(NativeRunner), "native")]
[JsonDerivedType(typeof(QemuUserRunner), "qemu-user")]
public abstract record GuestRunner
{
    private protected GuestRunner() { }

    /// <summary>What a step that runs programs of the tree adds to its inputs; nothing for <see cref="NativeRunner"/>.</summary>
    [JsonIgnore]
    public abstract ValueList<StepInput> Inputs { get; }

    /// <summary>
    /// Makes this process, in its <see cref="UserNamespace"/>, and all that it starts able to run them, until the result is disposed;
    /// <c>null</c> when it is already.
    /// </summary>
    /// <exception cref="Model.Diagnostics.PipelineException">PL0463 (class 3): the kernel refuses, though the probe passed.</exception>
    public abstract IDisposable? Enter();
}

/// <summary>The processor runs them.</summary>
public sealed record NativeRunner : GuestRunner
{
    /// <inheritdoc/>
    public override ValueList<StepInput> Inputs => [];

    /// <inheritdoc/>
    public override IDisposable? Enter() => null;
}

/// <summary>
/// The kernel's binfmt_misc hands them to an emulator. The emulator is opened when it is registered (flag F), so nothing of it is in the
/// tree.
/// </summary>
/// <param name="Guest">Whose programs.</param>
/// <param name="Interpreter">Absolute path of the statically linked emulator.</param>
/// <param name="Digest">sha256 of that file.</param>
/// <param name="IsOfMachine">
/// Whether the machine's own registration serves; otherwise <see cref="Enter"/> registers the emulator for the user namespace alone.
/// </param>
public sealed record QemuUserRunner(Architecture Guest, string Interpreter, Digest Digest, bool IsOfMachine) : GuestRunner
{
    /// <inheritdoc/>
    public override ValueList<StepInput> Inputs => [new($"guest runner qemu-{Guest.Name}", Digest)];

    /// <inheritdoc/>
    public override IDisposable? Enter() => IsOfMachine ? null : BinaryFormats.Register(Guest, Interpreter);
}
