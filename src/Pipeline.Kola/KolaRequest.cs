using Pipeline.Host.Files;
using Pipeline.Kola.Machines;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

/// <summary>What to boot: a build of the work directory, or an image file.</summary>
public sealed record BootRequest
{
    /// <summary>The work directory.</summary>
    public required WorkDirectory WorkDirectory { get; init; }

    /// <summary>Build id, <c>latest:NAME</c> or <c>latest:STREAM</c>; <c>null</c> or <c>latest</c> for that of the last compose.</summary>
    public string? Build { get; init; }

    /// <summary>Path of a disk image (qcow2 or raw) instead of a build's; <c>null</c> for the build's.</summary>
    public string? Image { get; init; }

    /// <summary>Architecture of the build and its machines.</summary>
    public Architecture Architecture { get; init; } = Architecture.Host;

    /// <summary>The platform whose image is booted; decides the kind of machine.</summary>
    public string Platform { get; init; } = PlatformTable.Default;

    /// <summary>Firmware of the machines.</summary>
    public MachineFirmware Firmware { get; init; } = MachineFirmware.Bios;

    /// <summary>Memory in MiB; <c>null</c> for 1024.</summary>
    public int? MemoryMiB { get; init; }

    /// <summary>Path of an Ignition config merged into every machine, or <c>null</c>; one that is Butane is translated.</summary>
    public string? Ignition { get; init; }

    /// <summary>Path of a Butane config merged into every machine after <see cref="Ignition"/>, or <c>null</c>.</summary>
    public string? Butane { get; init; }
}

/// <summary>Which tests to run against what.</summary>
public sealed record KolaRequest
{
    /// <summary>What to boot.</summary>
    public required BootRequest Boot { get; init; }

    /// <summary>
    /// Project directories with tests (<c>-E</c>); empty for the <c>kola-tests</c> of <see cref="Project"/>, or else of the work directory.
    /// </summary>
    public ValueList<string> Directories { get; init; } = [];

    /// <summary>
    /// The checkout or project that the user stands in; <c>null</c> for none. Another work directory does not hide its tests.
    /// </summary>
    public string? Project { get; init; }

    /// <summary>Patterns over test names; empty for all.</summary>
    public ValueList<string> Globs { get; init; } = [];

    /// <summary>Tags, with <c>!</c> to exclude.</summary>
    public ValueList<string> Tags { get; init; } = [];

    /// <summary>Where logs and reports go; <c>null</c> for <c>tmp/kola</c> of the work directory. It is emptied first.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>Whether to go on after a failed test.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>Whether to run even when nothing changed since the last passing run.</summary>
    public bool Force { get; init; }

    /// <summary>Whether every test boots its own machine from cold instead of starting from a saved one.</summary>
    public bool NoFork { get; init; }

    /// <summary>Most machines at once; <c>null</c> for as many as the host has cores and memory for.</summary>
    public int? MostMachines { get; init; }
}

/// <summary>A test as <c>kola list</c> shows it.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Exclusive">Whether it has a machine of its own.</param>
/// <param name="Platforms">Platforms, empty for all.</param>
/// <param name="Architectures">Architectures, empty for all.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Skipped">Why it would not run here; empty when it would.</param>
/// <param name="Description">What it is for.</param>
public sealed record KolaListing(
    string Name,
    bool Exclusive,
    ValueList<string> Platforms,
    ValueList<string> Architectures,
    ValueList<string> Tags,
    string Skipped,
    string Description
);
