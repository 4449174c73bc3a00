using System.Globalization;
using System.Text;
using Pipeline.Clouds;
using Pipeline.Host.Files;
using Pipeline.Kola.Machines;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Text;
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

    /// <summary>What the user said of the cloud that runs the machines; <c>null</c> for a platform that is none.</summary>
    public CloudOptions? Cloud { get; init; }

    /// <summary>Firmware of the machines.</summary>
    public MachineFirmware Firmware { get; init; } = MachineFirmware.Bios;

    /// <summary>Memory in MiB; <c>null</c> for 1024.</summary>
    public int? MemoryMiB { get; init; }

    /// <summary>Path of an Ignition config merged into every machine, or <c>null</c>; one that is Butane is translated.</summary>
    public string? Ignition { get; init; }

    /// <summary>Path of a Butane config merged into every machine after <see cref="Ignition"/>, or <c>null</c>.</summary>
    public string? Butane { get; init; }

    /// <summary>Ports of this host that lead to ports of the machine.</summary>
    public ValueList<MachinePort> Ports { get; init; } = [];

    /// <summary>Whether a person gets the serial console from the first line on instead of a shell.</summary>
    public bool Console { get; init; }

    /// <summary>Whether a machine for a person boots, also where a saved one could be started.</summary>
    public bool Cold { get; init; }

    /// <summary>Kind of the person's terminal, as in <c>TERM</c>; <c>null</c> when unknown.</summary>
    public string? TerminalType { get; init; }
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

    /// <summary>The part of the tests to run; <c>null</c> for all.</summary>
    public TestShard? Shard { get; init; }

    /// <summary>Patterns over names of tests that are not run.</summary>
    public ValueList<string> DeniedTests { get; init; } = [];

    /// <summary>The stream for the denylist; <c>null</c> for the build's.</summary>
    public string? Stream { get; init; }

    /// <summary>The operating system for <c>distros</c> of headers; <c>null</c> for the build's.</summary>
    public string? Distro { get; init; }

    /// <summary>How often each test runs.</summary>
    public int Multiply { get; init; } = 1;

    /// <summary>Whether failed tests run once more, each on a machine of its own that boots; implies <see cref="KeepGoing"/>.</summary>
    public bool Rerun { get; init; }

    /// <summary>Whether a test that passes when it is run again only warns.</summary>
    public bool AllowRerunSuccess { get; init; }

    /// <summary>Where logs and reports go; <c>null</c> for <c>tmp/kola</c> of the work directory. It is emptied first.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>Whether to go on after a failed test.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>Whether to run even when nothing changed since the last passing run.</summary>
    public bool Force { get; init; }

    /// <summary>Whether every test boots its own machine from cold instead of starting from a saved one.</summary>
    public bool NoFork { get; init; }

    /// <summary>Whether a person gets a shell in the machine of each test that fails; machines then run one after the other.</summary>
    public bool ShellOnFailure { get; init; }

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
/// <param name="Header">The value of every header key that counts for it.</param>
/// <param name="Problems">What is wrong with its header.</param>
public sealed record KolaListing(
    string Name,
    bool Exclusive,
    ValueList<string> Platforms,
    ValueList<string> Architectures,
    ValueList<string> Tags,
    string Skipped,
    string Description,
    JsonTextObject Header,
    ValueList<Diagnostic> Problems
);

/// <summary>A part of the tests, so that several machines run all of them together: those whose name's hash falls to it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Of">How many parts there are.</param>
public sealed record TestShard(int Number, int Of)
{
    /// <summary>Reads kola's form <c>hash:M/N</c>; <c>null</c> when the text has another.</summary>
    public static TestShard? Parse(string text) =>
        text.StartsWith("hash:", StringComparison.Ordinal)
        && text["hash:".Length..].Split('/') is [var number, var of]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var m)
        && int.TryParse(of, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
        && m >= 1
        && m <= n
            ? new(m, n)
            : null;

    /// <summary>Whether a test falls to this part: FNV-1a, 64 bits, of its name.</summary>
    public bool Has(string test)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(test))
        {
            hash = unchecked((hash ^ octet) * 1099511628211UL);
        }

        return hash % (ulong)Of == (ulong)(Number - 1);
    }
}

/// <summary>A line of a log that must never be on one.</summary>
/// <param name="Line">Number from 1.</param>
/// <param name="What">What it means.</param>
/// <param name="Text">The line, without escape sequences; untrusted.</param>
public sealed record ConsoleFinding(int Line, string What, string Text);

/// <summary>A machine that a run would start.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Start"><c>boot</c>, <c>fork</c> or <c>shared</c> as in reports.</param>
/// <param name="MemoryMiB">Its memory.</param>
/// <param name="Tests">The tests on it, in their order.</param>
/// <param name="Expected">How long they took in the last run; <c>null</c> when one of them was not in it.</param>
public sealed record KolaMachine(string Name, string Start, int MemoryMiB, ValueList<string> Tests, TimeSpan? Expected);

/// <summary>What a run would do.</summary>
/// <param name="Build">The build for people.</param>
/// <param name="Machines">The machines: those that tests share, then those of one test each. A run starts what took longest first.</param>
/// <param name="Skipped">The tests that would be skipped, and why.</param>
public sealed record KolaPlan(string Build, ValueList<KolaMachine> Machines, ValueList<(string Test, string Why)> Skipped);
