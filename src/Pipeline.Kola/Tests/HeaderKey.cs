using Pipeline.Kola.Machines;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>One key of kola's test header.</summary>
/// <param name="Name">As written.</param>
/// <param name="Meaning">What it does; for keys that are not served, what it would do.</param>
/// <param name="Read">Puts its value into the header; <c>null</c> for a key of kola that this harness does not serve.</param>
internal sealed record HeaderKey(string Name, string Meaning, Func<TestHeader, YamlNode, DiagnosticBag, TestHeader>? Read)
{
    /// <summary>What it asks of the machine; <c>null</c> when nothing.</summary>
    public Func<TestHeader, MachineShape, MachineShape>? Shape { get; init; }
}

/// <summary>
/// The keys of kola's test header, one row each: its reader, its meaning and what it asks of the machine. A new key is a row here, and a
/// property of
/// <see cref="TestHeader"/> that holds its value.
/// </summary>
internal static class HeaderKeys
{
    /// <summary>All keys, those that are not served last.</summary>
    public static ValueList<HeaderKey> All { get; } =
    [
        new(
            "architectures",
            "architectures it runs on; '!' excludes",
            (h, v, p) => h with { Architectures = HeaderValues.Architectures(v, p) }
        ),
        new("platforms", "platforms it runs on; '!' excludes", (h, v, p) => h with { Platforms = HeaderValues.Platforms(v, p) }),
        new("distros", "operating systems it runs on; '!' excludes", (h, v, p) => h with { Distros = HeaderValues.Words(v, p) }),
        new("tags", "words to choose tests by", (h, v, p) => h with { Tags = HeaderValues.Words(v, p) }),
        new("requiredTag", "runs only when this tag is asked for", (h, v, p) => h with { RequiredTag = HeaderValues.Text(v, p) }),
        new("minMemory", "memory in MiB", (h, v, p) => h with { MinMemory = HeaderValues.Number(v, 64, 1024 * 1024, p) })
        {
            Shape = (h, s) => h.MinMemory is { } mib && mib > s.MemoryMiB ? s with { MemoryMiB = mib } : s,
        },
        new("minDisk", "size of the system disk in GiB", (h, v, p) => h with { MinDisk = HeaderValues.Number(v, 1, 1024, p) })
        {
            Shape = (h, s) =>
                h.MinDisk is { } gib && ByteSize.FromGiB(gib).Bytes > (s.DiskSize?.Bytes ?? 0)
                    ? s with
                    {
                        DiskSize = ByteSize.FromGiB(gib),
                    }
                    : s,
        },
        new("exclusive", "has a machine of its own", (h, v, p) => h with { Exclusive = HeaderValues.Truth(v, p) ?? true }),
        new("conflicts", "tests it cannot share a machine with", (h, v, p) => h with { Conflicts = HeaderValues.Words(v, p) }),
        new("timeoutMin", "minutes it may take on KVM", (h, v, p) => h with { TimeoutMinutes = HeaderValues.Number(v, 1, 24 * 60, p) }),
        new(
            "allowConfigWarnings",
            "warnings about its config are fine",
            (h, v, p) => h with { AllowConfigWarnings = HeaderValues.Truth(v, p) ?? false }
        ),
        new("noInstanceCreds", "checked and otherwise without effect", (h, v, p) => Checked(h, HeaderValues.Truth(v, p))),
        new("creationDate", "checked and otherwise without effect", (h, v, p) => Checked(h, HeaderValues.Date(v, p))),
        new("description", "what it is for", (h, v, p) => h with { Description = HeaderValues.Text(v, p) ?? "" }),
        new("additionalDisks", "further disks", null),
        new("primaryDisk", "kind of the system disk", null),
        new("injectContainer", "the build's container image inside the machine", null),
        new("numaNodes", "two NUMA nodes", null),
        new("additionalNics", "further network interfaces", null),
        new("appendKernelArgs", "kernel arguments", null),
        new("appendFirstbootKernelArgs", "kernel arguments of the first boot", null),
        new("bindMountHostRO", "directories of the host inside the machine", null),
        new("bootFrom", "what the machine boots from", null),
        new("requiredHostPorts", "ports of the host that the machine reaches", null),
        new("instanceType", "instance type on a cloud", null),
    ];

    /// <summary>The names of the keys that are served.</summary>
    public static ValueList<string> Served { get; } = All.Where(k => k.Read is not null).Select(k => k.Name).ToValueList();

    /// <summary>The shape that a test asks for, at least <paramref name="least"/>.</summary>
    public static MachineShape Shape(TestHeader header, MachineShape least) =>
        All.Aggregate(least, (shape, key) => key.Shape?.Invoke(header, shape) ?? shape);

    private static TestHeader Checked(TestHeader header, object? _) => header;
}
