using System.Xml.Linq;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>Images as filters and answers have them.</summary>
internal static class Ec2ImageText
{
    /// <summary>The values under a filter's name, or <c>null</c> for no such filter.</summary>
    public static IEnumerable<string?>? Values(Ec2Call call, Ec2Image image, string name) =>
        name switch
        {
            "name" => [image.Name],
            "image-id" => [image.Id],
            "owner-id" => [image.Owner],
            "architecture" => [image.Architecture],
            "state" => [StateOf(call, image)],
            "description" => [image.Description],
            "is-public" => [image.Public ? "true" : "false"],
            "root-device-name" => [image.RootDeviceName],
            "root-device-type" => ["ebs"],
            "image-type" => ["machine"],
            "virtualization-type" => [image.VirtualizationType],
            "boot-mode" => [image.BootMode],
            "source-image-id" => [image.SourceImage],
            "source-image-region" => [image.SourceRegion],
            "block-device-mapping.snapshot-id" => image.Devices.Select(d => d.SnapshotId),
            "block-device-mapping.device-name" => image.Devices.Select(d => (string?)d.DeviceName),
            _ => null,
        };

    /// <summary>Its state now.</summary>
    public static string StateOf(Ec2Call call, Ec2Image image) => call.Now < image.Ready ? "pending" : "available";

    /// <summary>An image in an answer.</summary>
    public static XElement Print(Ec2Call call, Ec2Image image) =>
        new(
            "item",
            Text("imageId", image.Id),
            Text("imageLocation", $"{image.Owner}/{image.Name}"),
            Text("imageState", StateOf(call, image)),
            Text("imageOwnerId", image.Owner),
            Time("creationDate", image.Created),
            Flag("isPublic", image.Public),
            Text("architecture", image.Architecture),
            Text("imageType", "machine"),
            Text("name", image.Name),
            Text("description", image.Description),
            Text("rootDeviceType", "ebs"),
            Text("rootDeviceName", image.RootDeviceName),
            new XElement("blockDeviceMapping", image.Devices.Select(Print)),
            Text("virtualizationType", image.VirtualizationType),
            Text("hypervisor", "xen"),
            Flag("enaSupport", image.EnaSupport),
            Text("sriovNetSupport", image.SriovNetSupport),
            Text("bootMode", image.BootMode),
            Text("imdsSupport", image.ImdsSupport),
            Text("tpmSupport", image.TpmSupport),
            Text("sourceImageId", image.SourceImage),
            Text("sourceImageRegion", image.SourceRegion),
            image.Deprecated is { } at ? Time("deprecationTime", at) : null,
            Tags(image.Tags)
        );

    /// <summary>A disk in an answer.</summary>
    public static XElement Print(Ec2BlockDevice device) =>
        new(
            "item",
            Text("deviceName", device.DeviceName),
            Text("virtualName", device.VirtualName),
            device.VolumeSize == 0
                ? null
                : new XElement(
                    "ebs",
                    Text("snapshotId", device.SnapshotId),
                    Number("volumeSize", device.VolumeSize),
                    Text("volumeType", device.VolumeType),
                    Flag("deleteOnTermination", device.DeleteOnTermination),
                    Flag("encrypted", device.Encrypted)
                )
        );
}
