using System.Globalization;
using Pipeline.Kola.Machines;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>
/// The keys of kola's test header, one row each: its meaning, an example, its reader, its value for people and what it asks of the
/// machine. A new key is a row here, and a property of <see cref="TestHeader"/> that holds its value.
/// </summary>
internal static class HeaderKeys
{
    private static readonly ValueList<string> Media = ["iso", "iso-as-disk"];

    /// <summary>All keys.</summary>
    public static ValueList<HeaderKey> All { get; } = [.. Selecting(), .. Running(), .. Devices(), .. Host()];

    /// <summary>Their names.</summary>
    public static ValueList<string> Names { get; } = All.Select(k => k.Name).ToValueList();

    /// <summary>The shape that a test asks for, at least <paramref name="least"/>.</summary>
    public static MachineShape Shape(TestHeader header, MachineShape least) =>
        All.Aggregate(least, (shape, key) => key.Shape?.Invoke(header, shape) ?? shape);

    /// <summary>The value of every key.</summary>
    public static JsonTextObject Show(TestHeader header) => new([.. All.Select(k => new JsonTextMember(k.Name, k.Show(header)))]);

    /// <summary>Where it runs and how it is chosen.</summary>
    private static IEnumerable<HeaderKey> Selecting() =>
        [
            new(
                "architectures",
                "architectures it runs on; '!' excludes",
                "x86_64 aarch64",
                (h, v, p) => h with { Architectures = HeaderValues.Architectures(v, p) },
                h => JsonTextArray.OfTexts(h.Architectures)
            ),
            new(
                "platforms",
                "platforms it runs on; '!' excludes",
                "\"!azure\"",
                (h, v, p) => h with { Platforms = HeaderValues.Platforms(v, p) },
                h => JsonTextArray.OfTexts(h.Platforms)
            ),
            new(
                "distros",
                "operating systems it runs on; '!' excludes",
                "debian-container-host",
                (h, v, p) => h with { Distros = HeaderValues.Words(v, p) },
                h => JsonTextArray.OfTexts(h.Distros)
            ),
            new(
                "tags",
                "words to choose tests by",
                "[podman, slow]",
                (h, v, p) => h with { Tags = HeaderValues.Words(v, p) },
                h => JsonTextArray.OfTexts(h.Tags)
            ),
            new(
                "requiredTag",
                "runs only when this tag is asked for",
                "upgrade",
                (h, v, p) => h with { RequiredTag = HeaderValues.Text(v, p) },
                h => JsonTextString.OrNull(h.RequiredTag)
            ),
            new(
                "description",
                "what it is for",
                "podman pulls and runs a container",
                (h, v, p) => h with { Description = HeaderValues.Text(v, p) ?? "" },
                h => new JsonTextString(h.Description)
            ),
            new(
                "creationDate",
                "for 30 days from it a failure only warns",
                "2026-11-20",
                (h, v, p) => h with { Created = HeaderValues.Date(v, p) },
                h => JsonTextString.OrNull(h.Created?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
            ),
        ];

    /// <summary>How it runs.</summary>
    private static IEnumerable<HeaderKey> Running() =>
        [
            new(
                "exclusive",
                "has a machine of its own",
                "false",
                (h, v, p) => h with { Exclusive = HeaderValues.Truth(v, p) ?? true },
                h => new JsonTextBool(h.Exclusive)
            ),
            new(
                "conflicts",
                "tests it cannot share a machine with",
                "ext.*.networking.ports",
                (h, v, p) => h with { Conflicts = HeaderValues.Words(v, p) },
                h => JsonTextArray.OfTexts(h.Conflicts)
            ),
            new(
                "timeoutMin",
                "minutes it may take on KVM",
                "10",
                (h, v, p) => h with { TimeoutMinutes = HeaderValues.Number(v, 1, 24 * 60, p) },
                h => JsonTextNumber.OrNull(h.TimeoutMinutes)
            ),
            new(
                "allowConfigWarnings",
                "warnings about its config are fine",
                "true",
                (h, v, p) => h with { AllowConfigWarnings = HeaderValues.Truth(v, p) ?? false },
                h => new JsonTextBool(h.AllowConfigWarnings)
            ),
        ];

    /// <summary>What its machine is like.</summary>
    private static IEnumerable<HeaderKey> Devices() =>
        [
            new(
                "minMemory",
                "memory in MiB",
                "2048",
                (h, v, p) => h with { MinMemory = HeaderValues.Number(v, 64, 1024 * 1024, p) },
                h => JsonTextNumber.OrNull(h.MinMemory)
            )
            {
                Shape = (h, s) => h.MinMemory is { } mib && mib > s.MemoryMiB ? s with { MemoryMiB = mib } : s,
            },
            new(
                "primaryDisk",
                "the system disk: [SIZE][:OPTION,…]",
                "20G:mpath",
                (h, v, p) => h with { PrimaryDisk = HeaderValues.Disk(v, needsSize: false, p) },
                h => JsonTextString.OrNull(h.PrimaryDisk?.ToString())
            )
            {
                Shape = (h, s) =>
                    h.PrimaryDisk is { } disk ? s with { SystemDisk = disk with { Size = disk.Size ?? s.SystemDisk.Size } } : s,
            },
            new(
                "minDisk",
                "size of the system disk in GiB",
                "20",
                (h, v, p) => h with { MinDisk = HeaderValues.Number(v, 1, 1024, p) },
                h => JsonTextNumber.OrNull(h.MinDisk)
            )
            {
                Shape = (h, s) =>
                    h.MinDisk is { } gib && ByteSize.FromGiB(gib).Bytes > (s.SystemDisk.Size?.Bytes ?? 0)
                        ? s with
                        {
                            SystemDisk = s.SystemDisk with { Size = ByteSize.FromGiB(gib) },
                        }
                        : s,
            },
            new(
                "additionalDisks",
                "further disks: SIZE[:OPTION,…] each",
                "[\"5G\", \"10G:mpath\"]",
                (h, v, p) => h with { AdditionalDisks = HeaderValues.Disks(v, p) },
                h => JsonTextArray.OfTexts(h.AdditionalDisks.Select(d => d.ToString()))
            )
            {
                Shape = (h, s) => h.AdditionalDisks.Count > 0 ? s with { Disks = [.. s.Disks, .. h.AdditionalDisks] } : s,
            },
            new(
                "additionalNics",
                "network interfaces beyond the first",
                "2",
                (h, v, p) => h with { AdditionalNics = HeaderValues.Number(v, 0, 16, p) ?? 0 },
                h => JsonTextNumber.Of(h.AdditionalNics)
            )
            {
                Shape = (h, s) => h.AdditionalNics > 0 ? s with { Nics = s.Nics + h.AdditionalNics } : s,
            },
            new(
                "numaNodes",
                "two NUMA nodes",
                "true",
                (h, v, p) => h with { NumaNodes = HeaderValues.Truth(v, p) ?? false },
                h => new JsonTextBool(h.NumaNodes)
            )
            {
                Shape = (h, s) => h.NumaNodes ? s with { Numa = true, Cpus = Math.Max(2, s.Cpus ?? 2) } : s,
            },
            new(
                "appendKernelArgs",
                "kernel arguments of every boot",
                "mitigations=auto,nosmt",
                (h, v, p) => h with { KernelArguments = HeaderValues.Arguments(v, p) },
                h => JsonTextArray.OfTexts(h.KernelArguments)
            )
            {
                Shape = (h, s) =>
                    h.KernelArguments.Count > 0 ? s with { KernelArguments = [.. s.KernelArguments, .. h.KernelArguments] } : s,
            },
            new(
                "appendFirstbootKernelArgs",
                "kernel arguments of the first boot",
                "ip=dhcp",
                (h, v, p) => h with { FirstBootArguments = HeaderValues.Arguments(v, p) },
                h => JsonTextArray.OfTexts(h.FirstBootArguments)
            )
            {
                Shape = (h, s) =>
                    h.FirstBootArguments.Count > 0 ? s with { FirstBootArguments = [.. s.FirstBootArguments, .. h.FirstBootArguments] } : s,
            },
            new(
                "instanceType",
                "instance type on a cloud",
                "m5.large",
                (h, v, p) => h with { InstanceType = HeaderValues.Text(v, p) },
                h => JsonTextString.OrNull(h.InstanceType)
            )
            {
                Shape = (h, s) => h.InstanceType is { } type ? s with { InstanceType = type } : s,
            },
            new(
                "bootFrom",
                "boots from live media: iso or iso-as-disk",
                "iso",
                (h, v, p) => h with { BootFrom = HeaderValues.OneOf(v, Media, p) },
                h => JsonTextString.OrNull(h.BootFrom)
            ),
        ];

    /// <summary>What it wants of the host.</summary>
    private static IEnumerable<HeaderKey> Host() =>
        [
            new(
                "injectContainer",
                "the build's container image inside the machine",
                "true",
                (h, v, p) => h with { InjectContainer = HeaderValues.Truth(v, p) ?? false },
                h => new JsonTextBool(h.InjectContainer)
            ),
            new(
                "bindMountHostRO",
                "directories of the host inside the machine: SOURCE,TARGET each",
                "[\"/srv/data,/var/mnt/data\"]",
                (h, v, p) => h with { HostDirectories = HeaderValues.Words(v, p) },
                h => JsonTextArray.OfTexts(h.HostDirectories)
            ),
            new(
                "requiredHostPorts",
                "ports of the host that no other test uses meanwhile",
                "[8080]",
                (h, v, p) => h with { HostPorts = HeaderValues.Numbers(v, 1, 65535, p) },
                h => new JsonTextArray([.. h.HostPorts.Select(n => JsonTextNumber.Of(n))])
            ),
            new(
                "noInstanceCreds",
                "a cloud's instance has no credentials of its own",
                "true",
                (h, v, p) => h with { NoInstanceCredentials = HeaderValues.Truth(v, p) ?? false },
                h => new JsonTextBool(h.NoInstanceCredentials)
            ),
        ];
}
