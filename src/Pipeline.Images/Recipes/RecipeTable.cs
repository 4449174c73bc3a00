using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Recipes;

/// <summary>Every platform on every architecture. Formats and console arguments are those coreos-assembler publishes.</summary>
public static class RecipeTable
{
    private static readonly ByteSize CloudDisk = ByteSize.FromGiB(10);

    private static readonly string[] GraphicsThenSerial = ["console=tty0", "console=ttyS0,115200n8"];
    private static readonly string[] SerialThenGraphics = ["console=ttyS0,115200n8", "console=tty0"];

    /// <summary>All recipes: by platform in the order below, then by architecture.</summary>
    public static ValueList<PlatformRecipe> All { get; } = [.. Rows().SelectMany(r => r)];

    /// <summary>The recipes of one architecture.</summary>
    public static IEnumerable<PlatformRecipe> Of(Architecture architecture) => All.Where(r => r.Architecture == architecture);

    /// <summary>The recipes for <paramref name="platforms"/>, in that order, each once.</summary>
    /// <exception cref="PipelineException">PL3001 unknown platform, PL3002 not for this architecture, PL3003 cannot be made yet; all of them at once.</exception>
    public static ValueList<PlatformRecipe> Require(IEnumerable<string> platforms, Architecture architecture)
    {
        var problems = new DiagnosticBag();
        var found = new List<PlatformRecipe>();
        foreach (var platform in platforms.Distinct(StringComparer.Ordinal))
        {
            var rows = All.Where(r => r.Platform == platform).ToArray();
            var row = rows.FirstOrDefault(r => r.Architecture == architecture);
            if (rows.Length == 0)
            {
                problems.Add(ImageDiagnostics.UnknownPlatform(platform, All.Select(r => r.Platform)));
            }
            else if (row is null)
            {
                problems.Add(ImageDiagnostics.PlatformNotForArchitecture(platform, architecture, rows.Select(r => r.Architecture)));
            }
            else if (row.Obstacle is { } obstacle)
            {
                problems.Add(
                    ImageDiagnostics.CannotMake(row, obstacle, Of(architecture).Where(r => r.Obstacle is null).Select(r => r.Platform))
                );
            }
            else
            {
                found.Add(row);
            }
        }

        problems.ThrowIfErrors();
        return [.. found];
    }

    private static IEnumerable<IEnumerable<PlatformRecipe>> Rows()
    {
        string[] every = ["x86_64", "aarch64", "ppc64le", "s390x"];
        string[] intelAndArm = ["x86_64", "aarch64"];
        string[] intel = ["x86_64"];

        yield return Row("qemu", every, DiskFormat.Qcow2, "qcow2", Compression.Xz, CloudDisk);
        yield return Row("metal", every, DiskFormat.Raw, "raw", Compression.Xz, null);
        yield return Row("metal4k", every, DiskFormat.Raw, "raw", Compression.Xz, null, sector: 4096, ignition: "metal");
        yield return Row("openstack", every, DiskFormat.Qcow2, "qcow2", Compression.Xz, CloudDisk);
        yield return Row("aws", intelAndArm, DiskFormat.Vmdk, "vmdk", Compression.Xz, CloudDisk);
        yield return Row("azure", intelAndArm, DiskFormat.Vhd, "vhd", Compression.Xz, CloudDisk);
        yield return Row("azurestack", intel, DiskFormat.Vhd, "vhd", Compression.Xz, CloudDisk);
        yield return Row("gcp", intelAndArm, DiskFormat.GcpTar, "tar.gz", Compression.None, CloudDisk);
        yield return Row("hyperv", intelAndArm, DiskFormat.Vhdx, "vhdx", Compression.Zip, CloudDisk);
        yield return Row("vmware", intel, DiskFormat.Ova, "ova", Compression.None, CloudDisk);
        yield return Row("virtualbox", intel, DiskFormat.Ova, "ova", Compression.None, CloudDisk);
        yield return Row("kubevirt", ["x86_64", "aarch64", "s390x"], DiskFormat.OciArchive, "ociarchive", Compression.None, CloudDisk);
        yield return Row("ibmcloud", ["x86_64", "s390x"], DiskFormat.Qcow2, "qcow2", Compression.Xz, ByteSize.FromGiB(100));
        yield return Row("powervs", ["ppc64le"], DiskFormat.Ova, "ova.gz", Compression.None, CloudDisk);
        yield return Row("nutanix", intel, DiskFormat.CompressedQcow2, "qcow2", Compression.None, CloudDisk);
        yield return Row("digitalocean", intel, DiskFormat.Qcow2, "qcow2", Compression.Gzip, CloudDisk);
        yield return Row("exoscale", intel, DiskFormat.Qcow2, "qcow2", Compression.Xz, CloudDisk);
        yield return Row("vultr", intel, DiskFormat.Raw, "raw", Compression.Xz, CloudDisk);
        yield return Row("hetzner", intelAndArm, DiskFormat.Raw, "raw", Compression.Xz, CloudDisk);
        yield return Row("aliyun", intel, DiskFormat.Qcow2, "qcow2", Compression.Xz, CloudDisk);
        yield return Row("oraclecloud", intelAndArm, DiskFormat.Qcow2, "qcow2", Compression.Xz, CloudDisk);
        yield return Row("proxmoxve", intel, DiskFormat.Qcow2, "qcow2", Compression.Xz, CloudDisk);
        yield return Row("applehv", intelAndArm, DiskFormat.Raw, "raw", Compression.Gzip, CloudDisk);
    }

    private static IEnumerable<PlatformRecipe> Row(
        string platform,
        string[] architectures,
        DiskFormat format,
        string suffix,
        Compression compression,
        ByteSize? disk,
        int sector = 512,
        string? ignition = null
    ) =>
        Architecture
            .All.Where(a => architectures.Contains(a.Name))
            .Select(a => new PlatformRecipe
            {
                Platform = platform,
                Architecture = a,
                IgnitionId = ignition ?? platform,
                Format = format,
                Suffix = suffix,
                Compression = compression,
                SectorSize = sector,
                DiskSize = disk,
                Consoles = [.. Consoles(platform, a.Name)],
            });

    private static string[] Consoles(string platform, string architecture) =>
        (architecture, platform) switch
        {
            ("x86_64", "aws" or "azure" or "gcp" or "ibmcloud" or "qemu") => GraphicsThenSerial,
            ("x86_64", "kubevirt" or "openstack" or "virtualbox" or "vmware") => SerialThenGraphics,
            ("aarch64", "aws") => ["console=ttyS0,115200n8"],
            ("aarch64", "azure") => ["console=tty0", "console=ttyAMA0,115200n8"],
            ("aarch64", "openstack") => ["console=ttyAMA0,115200n8", "console=tty0"],
            ("ppc64le", "openstack" or "qemu") => ["console=hvc0", "console=tty0"],
            _ => [],
        };
}
