using System.Xml.Linq;
using Pipeline.Model.Values;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>An instance type.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Architecture">As EC2 spells it.</param>
/// <param name="Cpus">Virtual CPUs.</param>
/// <param name="MemoryMiB">Memory.</param>
/// <param name="Uefi">Whether it can start from UEFI.</param>
/// <param name="Bios">Whether it can start from a BIOS.</param>
internal sealed record Ec2InstanceType(string Name, string Architecture, int Cpus, int MemoryMiB, bool Uefi, bool Bios);

/// <summary>The instance types that are emulated.</summary>
internal static class Ec2InstanceTypes
{
    private static readonly ValueList<Ec2InstanceType> All =
    [
        .. from family in (string[])["t2", "t3", "t3a", "m5", "m6i", "m7i", "c5", "c6i"]
        from size in Sizes.Where(s => family[0] == 't' || s.Memory >= 4096)
        select new Ec2InstanceType($"{family}.{size.Name}", "x86_64", size.Cpus, size.Memory, Uefi: family != "t2", Bios: true),
        .. from family in (string[])["t4g", "m6g", "m7g", "c6g"]
        from size in Sizes.Where(s => family[0] == 't' || s.Memory >= 4096)
        select new Ec2InstanceType($"{family}.{size.Name}", "arm64", size.Cpus, size.Memory, Uefi: true, Bios: false),
    ];

    private static (string Name, int Cpus, int Memory)[] Sizes =>
        [
            ("micro", 2, 1024),
            ("small", 2, 2048),
            ("medium", 2, 4096),
            ("large", 2, 8192),
            ("xlarge", 4, 16_384),
            ("2xlarge", 8, 32_768),
            ("4xlarge", 16, 65_536),
        ];

    /// <summary>A type by name.</summary>
    public static Ec2InstanceType Get(string name) =>
        All.FirstOrDefault(t => t.Name == name)
        ?? throw new AwsRefusal("InvalidParameterValue", $"Invalid value '{name}' for InstanceType.");

    public static IEnumerable<XElement> Describe(Ec2Call call)
    {
        var names = call.Query.List("InstanceType");
        var found = (names.Count == 0 ? All : names.Select(Get)).ToArray();
        var filtered = Ec2Filter.Apply(
            found,
            call.Query.Filters,
            _ => new Dictionary<string, string>(),
            (t, name) =>
                name switch
                {
                    "instance-type" => [t.Name],
                    "processor-info.supported-architecture" => [t.Architecture],
                    "supported-boot-mode" => BootModes(t),
                    "current-generation" => [t.Name.StartsWith("t2", StringComparison.Ordinal) ? "false" : "true"],
                    "bare-metal" => ["false"],
                    _ => null,
                }
        );
        return call.Page(filtered, "instanceTypeSet", Print);
    }

    private static IEnumerable<string> BootModes(Ec2InstanceType type) =>
        [.. type.Bios ? ["legacy-bios"] : Array.Empty<string>(), .. type.Uefi ? ["uefi"] : Array.Empty<string>()];

    private static XElement Print(Ec2InstanceType type) =>
        new(
            "item",
            Text("instanceType", type.Name),
            Flag("bareMetal", false),
            Text("hypervisor", type.Name.StartsWith("t2", StringComparison.Ordinal) ? "xen" : "nitro"),
            new XElement("supportedUsageClasses", new XElement("item", "on-demand"), new XElement("item", "spot")),
            new XElement("supportedRootDeviceTypes", new XElement("item", "ebs")),
            new XElement("supportedVirtualizationTypes", new XElement("item", "hvm")),
            new XElement("supportedBootModes", BootModes(type).Select(m => new XElement("item", m))),
            new XElement("processorInfo", new XElement("supportedArchitectures", new XElement("item", type.Architecture))),
            new XElement("vCpuInfo", Number("defaultVCpus", type.Cpus)),
            new XElement("memoryInfo", Number("sizeInMiB", type.MemoryMiB))
        );
}
