using System.Globalization;
using System.Xml.Linq;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>EC2's operations on machine images.</summary>
/// <param name="snapshots">The bytes of snapshots.</param>
internal sealed class Ec2Images(Ec2Snapshots snapshots)
{
    private static readonly HashSet<string> Architectures = ["x86_64", "arm64", "i386"];
    private static readonly HashSet<string> BootModes = ["legacy-bios", "uefi", "uefi-preferred"];
    private static readonly HashSet<string> VolumeTypes = ["standard", "io1", "io2", "gp2", "gp3", "sc1", "st1"];

    public static IEnumerable<XElement> Describe(Ec2Call call)
    {
        var query = call.Query;
        var ids = query.List("ImageId");
        var owners = query.List("Owner");
        var users = query.List("ExecutableBy");
        var asked = ids.Select(i => FindVisible(call, i)).ToArray();
        var found = (ids.Count > 0 ? asked : call.Here.Images.Values.Where(i => call.Sees(i) && MayLaunch(call, i)))
            .Where(i => owners.Count == 0 || owners.Any(o => o == i.Owner || (o == "self" && i.Owner == call.Caller.Account)))
            .Where(i => users.Count == 0 || users.Any(u => IsSharedWith(i, u, call.Caller.Account)))
            .Where(i =>
                ids.Count > 0
                || query.Flag("IncludeDeprecated") == true
                || i.Owner == call.Caller.Account
                || i.Deprecated is null
                || i.Deprecated > call.Now
            );
        return call.Page(
            Ec2Filter.Apply(found, query.Filters, i => i.Tags, (i, name) => Ec2ImageText.Values(call, i, name)),
            "imagesSet",
            i => Ec2ImageText.Print(call, i)
        );
    }

    public static IEnumerable<XElement> Register(Ec2Call call)
    {
        var query = call.Query;
        var name = Name(call);
        var architecture = query.Find("Architecture") ?? "i386";
        if (!Architectures.Contains(architecture))
        {
            throw AwsRefusal.BadValue("Architecture", architecture);
        }

        if (query.Find("BootMode") is { } mode && !BootModes.Contains(mode))
        {
            throw AwsRefusal.BadValue("BootMode", mode);
        }

        if (query.Find("VirtualizationType") is not (null or "hvm"))
        {
            throw new AwsRefusal("UnsupportedOperation", "Only hardware virtualization is emulated.");
        }

        var root = query.Get("RootDeviceName");
        var devices = query.Structures("BlockDeviceMapping").Select(d => Device(call, d)).ToList();
        if (!devices.Any(d => d.DeviceName == root && d.SnapshotId is not null))
        {
            throw new AwsRefusal("InvalidBlockDeviceMapping", $"No snapshot is named for the root device {root}.");
        }

        call.Dry();
        var image = new Ec2Image
        {
            Id = Ec2Call.NewId("ami"),
            Owner = call.Caller.Account,
            Name = name,
            Description = query.Find("Description"),
            Architecture = architecture,
            RootDeviceName = root,
            EnaSupport = query.Flag("EnaSupport") ?? false,
            SriovNetSupport = query.Find("SriovNetSupport"),
            BootMode = query.Find("BootMode"),
            ImdsSupport = query.Find("ImdsSupport"),
            TpmSupport = query.Find("TpmSupport"),
            UefiData = query.Find("UefiData"),
            Devices = devices,
            Tags = query.Tags("image"),
            Created = call.Now,
            Visible = call.Visible,
            Ready = call.Ready,
        };
        call.Here.Images[image.Id] = image;
        return [new("imageId", image.Id)];
    }

    public static IEnumerable<XElement> Copy(Ec2Call call)
    {
        if (call.Repeated("CopyImage") is { } made)
        {
            return [new("imageId", made)];
        }

        var query = call.Query;
        var from = query.Get("SourceRegion");
        Ec2Places.Region(from);
        var id = query.Get("SourceImageId");
        if (
            !call.State.In(from).Images.TryGetValue(id, out var source)
            || !call.Sees(source)
            || !(source.Owner == call.Caller.Account || source.Public || source.Users.Contains(call.Caller.Account))
        )
        {
            throw new AwsRefusal("InvalidAMIID.NotFound", $"The image id '[{id}]' does not exist");
        }

        if (call.Now < source.Ready)
        {
            throw new AwsRefusal("InvalidRequest", "The storage for the ami is not available in the source region.");
        }

        var name = Name(call);
        call.Dry();
        var copy = source with
        {
            Id = Ec2Call.NewId("ami"),
            Owner = call.Caller.Account,
            Name = name,
            Description = query.Find("Description") ?? source.Description,
            Tags = query.Flag("CopyImageTags") == true ? new(source.Tags, StringComparer.Ordinal) : query.Tags("image"),
            Users = [],
            Organizations = [],
            Public = false,
            Deprecated = null,
            SourceImage = source.Id,
            SourceRegion = from,
            Created = call.Now,
            Visible = call.Visible,
            Ready = call.Ready,
            Devices = [.. source.Devices.Select(d => d.SnapshotId is null ? d : d with { SnapshotId = CopySnapshot(d.SnapshotId) })],
        };
        call.Here.Images[copy.Id] = copy;
        call.Remember("CopyImage", copy.Id);
        return [new("imageId", copy.Id)];

        string CopySnapshot(string snapshot) =>
            Ec2Snapshots.CopyOf(call, from, snapshot, $"Copied for DestinationAmi from SourceAmi {source.Id}", query.Tags("snapshot")).Id;
    }

    public static IEnumerable<XElement> Modify(Ec2Call call)
    {
        var query = call.Query;
        var image = Own(call, query.Get("ImageId"));
        if (query.Find("Description.Value") is { } description)
        {
            image = image with { Description = description };
        }

        if (query.Find("ImdsSupport.Value") is { } imds)
        {
            image = image with { ImdsSupport = imds };
        }

        foreach (var (change, add) in ((string, bool)[])[("LaunchPermission.Add", true), ("LaunchPermission.Remove", false)])
        {
            foreach (var permission in query.Structures(change))
            {
                image = Permit(image, permission, add);
            }
        }

        if (query.Find("OperationType") is { } operation)
        {
            var add =
                operation == "add" ? true
                : operation == "remove" ? false
                : throw AwsRefusal.BadValue("OperationType", operation);
            image = query.List("UserId").Aggregate(image, (i, u) => Change(i, u, add));
            image = query.List("UserGroup").Aggregate(image, (i, g) => Group(i, g, add));
        }

        call.Dry();
        call.Here.Images[image.Id] = image;
        return Done;
    }

    public static IEnumerable<XElement> DescribeAttribute(Ec2Call call)
    {
        var image = Own(call, call.Query.Get("ImageId"));
        var attribute = call.Query.Get("Attribute");
        XElement? value = attribute switch
        {
            "launchPermission" => new(
                "launchPermission",
                image.Public ? new XElement("item", new XElement("group", "all")) : null,
                image.Users.Select(u => new XElement("item", new XElement("userId", u))),
                image.Organizations.Select(o => new XElement("item", new XElement("organizationArn", o)))
            ),
            "description" => new("description", Text("value", image.Description)),
            "bootMode" => new("bootMode", Text("value", image.BootMode)),
            "imdsSupport" => new("imdsSupport", Text("value", image.ImdsSupport)),
            "tpmSupport" => new("tpmSupport", Text("value", image.TpmSupport)),
            "uefiData" => new("uefiData", Text("value", image.UefiData)),
            "sriovNetSupport" => new("sriovNetSupport", Text("value", image.SriovNetSupport)),
            "blockDeviceMapping" => new("blockDeviceMapping", image.Devices.Select(Ec2ImageText.Print)),
            _ => throw AwsRefusal.BadValue("Attribute", attribute),
        };
        return [new("imageId", image.Id), value];
    }

    public IEnumerable<XElement> Deregister(Ec2Call call)
    {
        var image = Own(call, call.Query.Get("ImageId"));
        call.Dry();
        call.Here.Images.Remove(image.Id);
        if (call.Query.Flag("DeleteAssociatedSnapshots") == true)
        {
            foreach (var id in image.Devices.Select(d => d.SnapshotId).OfType<string>())
            {
                snapshots.Remove(call, id);
            }
        }

        return Done;
    }

    public static IEnumerable<XElement> Deprecate(Ec2Call call)
    {
        var image = Own(call, call.Query.Get("ImageId"));
        var text = call.Query.Get("DeprecateAt");
        if (
            !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            || at < call.Now
            || at > call.Now.AddYears(10)
        )
        {
            throw AwsRefusal.BadValue("DeprecateAt", text);
        }

        call.Dry();
        call.Here.Images[image.Id] = image with { Deprecated = at };
        return Done;
    }

    public static IEnumerable<XElement> Undeprecate(Ec2Call call)
    {
        var image = Own(call, call.Query.Get("ImageId"));
        call.Dry();
        call.Here.Images[image.Id] = image with { Deprecated = null };
        return Done;
    }

    /// <summary>An image that the caller may start, ready or not.</summary>
    public static Ec2Image FindVisible(Ec2Call call, string id)
    {
        if (!id.StartsWith("ami-", StringComparison.Ordinal))
        {
            throw new AwsRefusal("InvalidAMIID.Malformed", $"Invalid id: \"{id}\" (expecting \"ami-...\")");
        }

        return call.Here.Images.TryGetValue(id, out var image) && call.Sees(image) && MayLaunch(call, image)
            ? image
            : throw new AwsRefusal("InvalidAMIID.NotFound", $"The image id '[{id}]' does not exist");
    }

    private static Ec2Image Own(Ec2Call call, string id)
    {
        var image = FindVisible(call, id);
        return image.Owner == call.Caller.Account ? image : throw new AwsRefusal("AuthFailure", $"Not authorized for image:{id}", 403);
    }

    private static bool MayLaunch(Ec2Call call, Ec2Image image) =>
        image.Owner == call.Caller.Account || image.Public || image.Users.Contains(call.Caller.Account);

    private static bool IsSharedWith(Ec2Image image, string user, string self) =>
        user switch
        {
            "all" => image.Public,
            "self" => image.Users.Contains(self),
            _ => image.Users.Contains(user),
        };

    /// <summary>The name of a new image, which none of the caller's has.</summary>
    private static string Name(Ec2Call call)
    {
        var name = call.Query.Get("Name");
        if (
            name.Length is < 3 or > 128
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || "()[] ./-'@_".Contains(c, StringComparison.Ordinal))
        )
        {
            throw new AwsRefusal("InvalidAMIName.Malformed", $"AMI names must be between 3 and 128 characters long: {name}");
        }

        return call.Here.Images.Values.FirstOrDefault(i => i.Name == name && i.Owner == call.Caller.Account) is { } other
            ? throw new AwsRefusal("InvalidAMIName.Duplicate", $"AMI name {name} is already in use by AMI {other.Id}")
            : name;
    }

    private static Ec2BlockDevice Device(Ec2Call call, Ec2Query query)
    {
        var device = new Ec2BlockDevice(query.Get("DeviceName")) { VirtualName = query.Find("VirtualName") };
        var ebs = query.Under("Ebs");
        if (ebs.IsEmpty)
        {
            return device;
        }

        var snapshot = ebs.Find("SnapshotId") is { } id ? Ec2Snapshots.FindVisible(call, id) : null;
        if (snapshot is not null && Ec2Snapshots.StateOf(call, snapshot) != "completed")
        {
            throw new AwsRefusal("InvalidSnapshot.NotFound", $"Snapshot {snapshot.Id} is not completed.");
        }

        var type = ebs.Find("VolumeType") ?? "gp2";
        var size = ebs.Number("VolumeSize") ?? snapshot?.VolumeSize ?? throw AwsRefusal.Missing("VolumeSize");
        return VolumeTypes.Contains(type) && size > 0 && size >= (snapshot?.VolumeSize ?? 0)
            ? device with
            {
                SnapshotId = snapshot?.Id,
                VolumeSize = size,
                VolumeType = type,
                DeleteOnTermination = ebs.Flag("DeleteOnTermination") ?? true,
                Encrypted = ebs.Flag("Encrypted") ?? false,
            }
            : throw new AwsRefusal("InvalidBlockDeviceMapping", $"The volume of {device.DeviceName} is too small or of an unknown type.");
    }

    private static Ec2Image Permit(Ec2Image image, Ec2Query permission, bool add) =>
        permission.Find("Group") is { } group ? Group(image, group, add)
        : permission.Find("UserId") is { } user ? Change(image, user, add)
        : (permission.Find("OrganizationArn") ?? permission.Find("OrganizationalUnitArn")) is { } organization
            ? image with
            {
                Organizations = Changed(image.Organizations, organization, add),
            }
        : throw AwsRefusal.Missing("UserId");

    private static Ec2Image Group(Ec2Image image, string group, bool add) =>
        group == "all" ? image with { Public = add } : throw AwsRefusal.BadValue("Group", group);

    private static Ec2Image Change(Ec2Image image, string user, bool add) =>
        Ec2Places.IsAccount(user)
            ? image with
            {
                Users = Changed(image.Users, user, add),
            }
            : throw new AwsRefusal("InvalidAMIAttributeItemValue", $"Invalid attribute item value \"{user}\" for userId item type.");

    /// <summary>The set with an item more or less.</summary>
    internal static SortedSet<string> Changed(SortedSet<string> set, string item, bool add)
    {
        var changed = new SortedSet<string>(set, StringComparer.Ordinal);
        _ = add ? changed.Add(item) : changed.Remove(item);
        return changed;
    }
}
