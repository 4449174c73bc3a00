using Pipeline.Model.Values;

namespace Pipeline.Model.Platforms;

// The rows. Formats, suffixes and console arguments are those that users of these platforms know from Fedora CoreOS.
public sealed partial record PlatformTable
{
    private static readonly ByteSize CloudDisk = ByteSize.FromGiB(10);
    private static readonly ValueList<Architecture> Intel = [Architecture.X86_64];
    private static readonly ValueList<Architecture> IntelAndArm = [Architecture.X86_64, Architecture.Aarch64];
    private static readonly ValueList<Architecture> Power = [Architecture.Ppc64le];
    private static readonly ValueList<Architecture> IntelAndZ = [Architecture.X86_64, Architecture.S390x];
    private static readonly ValueList<Architecture> AllButPower = [Architecture.X86_64, Architecture.Aarch64, Architecture.S390x];

    private static readonly ConsoleArguments GraphicsThenSerial = On(Architecture.X86_64, "console=tty0", "console=ttyS0,115200n8");
    private static readonly ConsoleArguments SerialThenGraphics = On(Architecture.X86_64, "console=ttyS0,115200n8", "console=tty0");
    private static readonly ConsoleArguments PowerThenGraphics = On(Architecture.Ppc64le, "console=hvc0", "console=tty0");

    /// <summary>The platforms this toolchain knows: those it makes images for and those it lists in release metadata.</summary>
    public static PlatformTable Known { get; } = new(Rows());

    private static IEnumerable<Platform> Rows() =>
        [
            Row("aliyun", Disk(Intel, DiskFormat.Qcow2, "qcow2", Compression.Xz)) with
            {
                Upload = UploadTarget.Aliyun,
            },
            Row("applehv", Disk(IntelAndArm, DiskFormat.Raw, "raw", Compression.Gzip)),
            Row("aws", Disk(IntelAndArm, DiskFormat.Vmdk, "vmdk", Compression.Xz)) with
            {
                Consoles = [GraphicsThenSerial, On(Architecture.Aarch64, "console=ttyS0,115200n8")],
                Upload = UploadTarget.Aws,
            },
            Row("azure", Disk(IntelAndArm, DiskFormat.Vhd, "vhd", Compression.Xz)) with
            {
                Consoles = [GraphicsThenSerial, On(Architecture.Aarch64, "console=tty0", "console=ttyAMA0,115200n8")],
                Upload = UploadTarget.Azure,
            },
            Row("azurestack", Disk(Intel, DiskFormat.Vhd, "vhd", Compression.Xz)),
            Row("digitalocean", Disk(Intel, DiskFormat.Qcow2, "qcow2", Compression.Gzip)),
            Row("exoscale", Disk(Intel, DiskFormat.Qcow2, "qcow2", Compression.Xz)),
            Row("gcp", Disk(IntelAndArm, DiskFormat.GcpTar, "tar.gz", Compression.None)) with
            {
                Consoles = [GraphicsThenSerial],
                Upload = UploadTarget.Gcp,
            },
            Row("hetzner", Disk(IntelAndArm, DiskFormat.Raw, "raw", Compression.Xz)),
            Row("hyperv", Disk(IntelAndArm, DiskFormat.Vhdx, "vhdx", Compression.Zip)),
            Row("ibmcloud", Disk(IntelAndZ, DiskFormat.Qcow2, "qcow2", Compression.Xz) with { DiskSize = ByteSize.FromGiB(100) }) with
            {
                Consoles = [GraphicsThenSerial],
                Upload = UploadTarget.Ibmcloud,
            },
            Row("kubevirt", Disk(AllButPower, DiskFormat.OciArchive, "ociarchive", Compression.None)) with
            {
                Consoles = [SerialThenGraphics],
                Upload = UploadTarget.Kubevirt,
            },
            Metal(),
            Row("nutanix", Disk(Intel, DiskFormat.CompressedQcow2, "qcow2", Compression.None)),
            Row("nvidiabluefield", disk: null),
            Row("openstack", Disk(Architecture.All, DiskFormat.Qcow2, "qcow2", Compression.Xz)) with
            {
                Consoles = [SerialThenGraphics, On(Architecture.Aarch64, "console=ttyAMA0,115200n8", "console=tty0"), PowerThenGraphics],
            },
            Row("oraclecloud", Disk(IntelAndArm, DiskFormat.Qcow2, "qcow2", Compression.Xz)),
            Row("powervs", Disk(Power, DiskFormat.PowerOva, "ova.gz", Compression.None)) with
            {
                Upload = UploadTarget.Powervs,
            },
            Row("proxmoxve", Disk(Intel, DiskFormat.Qcow2, "qcow2", Compression.Xz)),
            Row(Qemu, Disk(Architecture.All, DiskFormat.Qcow2, "qcow2", Compression.Xz)) with
            {
                Consoles = [GraphicsThenSerial, PowerThenGraphics],
            },
            Row("virtualbox", Disk(Intel, DiskFormat.VirtualBoxOva, "ova", Compression.None)) with
            {
                Consoles = [SerialThenGraphics],
            },
            Row("vmware", Disk(Intel, DiskFormat.Ova, "ova", Compression.None)) with
            {
                Consoles = [SerialThenGraphics],
            },
            Row("vultr", Disk(Intel, DiskFormat.Raw, "raw", Compression.Xz)),
            new()
            {
                Name = "qemu-secex",
                IgnitionId = Qemu,
                Artifacts = [new() { Name = "qemu-secex" }, new() { Name = "ignition-gpg-key", Member = ReleaseMember.IgnitionGpgKey }],
            },
        ];

    /// <summary>Metal has disks for two sector sizes, the live media and, in old releases, the media of the former installer.</summary>
    private static Platform Metal()
    {
        var disk = Disk(Architecture.All, DiskFormat.Raw, "raw", Compression.Xz) with { DiskSize = null };
        return new()
        {
            Name = "metal",
            Artifacts =
            [
                new() { Name = "metal", Disk = disk },
                new()
                {
                    Name = "metal4k",
                    FormatPrefix = "4k.",
                    Disk = disk with { SectorSize = 4096 },
                },
                Medium("iso", "installer.iso", ReleaseMember.Disk),
                Medium("kernel", "installer-pxe", ReleaseMember.Kernel),
                Medium("initramfs", "installer-pxe", ReleaseMember.Initramfs),
                Medium("live-iso", "iso", ReleaseMember.Disk),
                Medium("live-kernel", "pxe", ReleaseMember.Kernel),
                Medium("live-initramfs", "pxe", ReleaseMember.Initramfs),
                Medium("live-rootfs", "pxe", ReleaseMember.Rootfs),
            ],
        };
    }

    /// <summary>A platform with one disk image of its own name.</summary>
    private static Platform Row(string name, DiskImage? disk) => new() { Name = name, Artifacts = [new() { Name = name, Disk = disk }] };

    private static DiskImage Disk(ValueList<Architecture> architectures, DiskFormat format, string suffix, Compression compression) =>
        new()
        {
            Architectures = architectures,
            Format = format,
            Suffix = suffix,
            Compression = compression,
            DiskSize = CloudDisk,
        };

    private static PlatformArtifact Medium(string name, string format, ReleaseMember member) =>
        new()
        {
            Name = name,
            Format = format,
            Member = member,
        };

    private static ConsoleArguments On(Architecture architecture, params string[] arguments) => new(architecture, [.. arguments]);
}
