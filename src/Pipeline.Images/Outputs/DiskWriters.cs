using Pipeline.Images.Formats;
using Pipeline.Images.Formats.Gcp;
using Pipeline.Images.Formats.Oci;
using Pipeline.Images.Formats.Ova;
using Pipeline.Images.Formats.Qcow2;
using Pipeline.Images.Formats.Raw;
using Pipeline.Images.Formats.Vhd;
using Pipeline.Images.Formats.Vhdx;
using Pipeline.Images.Formats.Vmdk;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Outputs;

/// <summary>The disk writers there are, one per format.</summary>
internal static class DiskWriters
{
    /// <summary>Every writer.</summary>
    public static ValueList<IDiskWriter> All { get; } =
    [
        new RawWriter(),
        new Qcow2Writer(),
        new CompressedQcow2Writer(),
        new VmdkWriter(),
        new VhdWriter(),
        new VhdxWriter(),
        new GcpTarWriter(),
        new OvaWriter(DiskFormat.Ova, OvfTexts.VMware),
        new OvaWriter(DiskFormat.VirtualBoxOva, OvfTexts.VirtualBox),
        new PowerOvaWriter(),
        new ContainerDiskWriter(),
    ];
}
