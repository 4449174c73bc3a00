using Pipeline.Kola.Machines;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>The values of a test's <c>## kola:</c> header; <see cref="HeaderKeys"/> has the keys.</summary>
internal sealed record TestHeader
{
    /// <summary>Architectures it runs on; a leading <c>!</c> excludes; empty means all.</summary>
    public ValueList<string> Architectures { get; init; } = [];

    /// <summary>Platforms it runs on, as <see cref="Architectures"/>.</summary>
    public ValueList<string> Platforms { get; init; } = [];

    /// <summary>
    /// Operating systems it runs on, as <see cref="Architectures"/>; the names of manifests, and kola's own
    /// words for those it knows.
    /// </summary>
    public ValueList<string> Distros { get; init; } = [];

    /// <summary>
    /// Free words; <c>skip-base-checks</c> (no checks of units, console and journal) and <c>cold-boot</c> (never from a saved machine) have
    /// a meaning here.
    /// </summary>
    public ValueList<string> Tags { get; init; } = [];

    /// <summary>Runs only when this tag is asked for; <c>null</c> for always.</summary>
    public string? RequiredTag { get; init; }

    /// <summary>Memory in MiB it needs, or <c>null</c>.</summary>
    public int? MinMemory { get; init; }

    /// <summary>Disk in GiB it needs, or <c>null</c>.</summary>
    public int? MinDisk { get; init; }

    /// <summary>Whether it needs a machine of its own.</summary>
    public bool Exclusive { get; init; } = true;

    /// <summary>Tests it cannot share a machine with.</summary>
    public ValueList<string> Conflicts { get; init; } = [];

    /// <summary>Minutes it may take on KVM, or <c>null</c> for the default (10, on a shared machine 1).</summary>
    public int? TimeoutMinutes { get; init; }

    /// <summary>Whether warnings about its config are fine.</summary>
    public bool AllowConfigWarnings { get; init; }

    /// <summary>Further, empty disks.</summary>
    public ValueList<MachineDisk> AdditionalDisks { get; init; } = [];

    /// <summary>What the system disk is like; <c>null</c> for the usual one.</summary>
    public MachineDisk? PrimaryDisk { get; init; }

    /// <summary>Network interfaces beyond the first.</summary>
    public int AdditionalNics { get; init; }

    /// <summary>Whether the machine has two NUMA nodes.</summary>
    public bool NumaNodes { get; init; }

    /// <summary>Kernel arguments of every boot.</summary>
    public ValueList<string> KernelArguments { get; init; } = [];

    /// <summary>Kernel arguments of the first boot.</summary>
    public ValueList<string> FirstBootArguments { get; init; } = [];

    /// <summary>Whether it wants the build's container image inside the machine.</summary>
    public bool InjectContainer { get; init; }

    /// <summary>Directories of the host it wants to see, <c>SOURCE,TARGET</c> each.</summary>
    public ValueList<string> HostDirectories { get; init; } = [];

    /// <summary>The medium it boots from instead of the disk; <c>null</c> for the disk.</summary>
    public string? BootFrom { get; init; }

    /// <summary>Ports of the host that no other test may use meanwhile.</summary>
    public ValueList<int> HostPorts { get; init; } = [];

    /// <summary>A cloud's instance type, or <c>null</c>.</summary>
    public string? InstanceType { get; init; }

    /// <summary>Whether a cloud's instance has no credentials of its own; QEMU's machines never have.</summary>
    public bool NoInstanceCredentials { get; init; }

    /// <summary>The day it was written, or <c>null</c>.</summary>
    public DateOnly? Created { get; init; }

    /// <summary>What it is for; empty when not said.</summary>
    public string Description { get; init; } = "";

    /// <summary>Whether it cannot share a machine: it says so, or asks for devices or kernel arguments that others would see.</summary>
    public bool NeedsOwnMachine =>
        Exclusive
        || PrimaryDisk is not null
        || NumaNodes
        || AdditionalNics + AdditionalDisks.Count + KernelArguments.Count + FirstBootArguments.Count > 0;

    /// <summary>Whether a list with <c>!</c> admits something by one of its names.</summary>
    public static bool Admits(ValueList<string> list, params string[] names)
    {
        if (list.Count == 0)
        {
            return true;
        }

        var excluded = list.Where(i => i.StartsWith('!')).Select(i => i[1..]).ToArray();
        var included = list.Where(i => !i.StartsWith('!')).ToArray();
        return !excluded.Any(names.Contains) && (included.Length == 0 || included.Any(names.Contains));
    }
}
