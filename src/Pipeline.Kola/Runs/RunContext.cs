using Pipeline.Host.Output;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Tests;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>What all machines and groups of a run share.</summary>
/// <param name="Machines">Makes machines.</param>
/// <param name="Shape">The shape of a machine whose tests ask for nothing.</param>
/// <param name="Output">Folder for all logs.</param>
/// <param name="Reporter">Receives steps and notes.</param>
/// <param name="Time">Clock.</param>
internal sealed record RunContext(IMachineProvider Machines, MachineShape Shape, string Output, IReporter Reporter, TimeProvider Time)
{
    /// <summary>Environment of every test.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The update served to tests that need one, or <c>null</c>.</summary>
    public ServedUpdate? Update { get; init; }

    /// <summary>Ignition configs merged before those of tests: the user's.</summary>
    public ValueList<string> FirstConfigs { get; init; } = [];

    /// <summary>Ignition configs that are merged last and so win over those of tests.</summary>
    public ValueList<string> LastConfigs { get; init; } = [];

    /// <summary>Whether units, console and journal of a machine may be in any state: only the test decides.</summary>
    public bool SkipBaseChecks { get; init; }

    /// <summary>Whether a person looks after its machines.</summary>
    public bool Attended { get; init; }

    /// <summary>Kind of the person's terminal, as in <c>TERM</c>; <c>null</c> when unknown.</summary>
    public string? TerminalType { get; init; }

    /// <summary>The line that runs one test again; empty for none.</summary>
    public Func<string, string> Again { get; init; } = _ => "";

    /// <summary>Called with the machine and name of a test that failed, before the machine ends; <c>null</c> for nothing.</summary>
    public Func<IMachine, string, CancellationToken, Task>? OnFailure { get; init; }

    /// <summary>The Ignition config with our key, what the user appends, and <paramref name="configs"/>.</summary>
    public string Ignition(IReadOnlyList<string> configs) =>
        IgnitionConfigs.Merge(Machines.PublicKey, [.. FirstConfigs, .. configs, .. LastConfigs]);

    /// <summary>Scales a wait that is right for KVM.</summary>
    public TimeSpan Scale(TimeSpan wait) => wait * Machines.Slowness;
}

/// <summary>An update of the build as tests see it.</summary>
/// <param name="Variables">What tests read: <c>PIPELINE_UPDATE_…</c>.</param>
/// <param name="Key">The public key, added to a test's data.</param>
internal sealed record ServedUpdate(IReadOnlyDictionary<string, string> Variables, TestDataFile Key);
