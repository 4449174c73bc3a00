using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>EC2's operations on instances.</summary>
/// <param name="runner">Runs them.</param>
internal sealed class Ec2Instances(Ec2Runner runner)
{
    private const int MostUserData = 16_384;
    private const int MostConsole = 65_536;
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    public IEnumerable<XElement> Run(Ec2Call call)
    {
        var query = call.Query;
        if (call.Repeated("RunInstances") is { } made)
        {
            return Reservation(call, [.. call.Here.Instances.Values.Where(i => i.Reservation == made)]);
        }

        var (least, most) = (query.Number("MinCount") ?? throw AwsRefusal.Missing("MinCount"), query.Number("MaxCount") ?? 0);
        if (least < 1 || most < least || most > 20)
        {
            throw AwsRefusal.BadValue("MaxCount", most.ToString(CultureInfo.InvariantCulture));
        }

        var image = Ec2Images.FindVisible(call, query.Get("ImageId"));
        if (call.Now < image.Ready)
        {
            throw new AwsRefusal("InvalidAMIID.Unavailable", $"The image ID '{image.Id}' is not available.");
        }

        var type = Ec2InstanceTypes.Get(query.Find("InstanceType") ?? "t3.micro");
        Fits(image, type);
        var data = UserData(query.Find("UserData"));
        if (query.Find("KeyName") is { } key && !call.Here.Keys.ContainsKey($"{call.Caller.Account} {key}"))
        {
            throw new AwsRefusal("InvalidKeyPair.NotFound", $"The key pair '{key}' does not exist");
        }

        call.Dry();
        var reservation = Ec2Call.NewId("r");
        var instances = Enumerable.Range(0, most).Select(_ => Make(call, image, type, reservation, data)).ToArray();
        call.Remember("RunInstances", reservation);
        foreach (var instance in instances)
        {
            call.Afterwards.Add(() => runner.StartAsync(call.Caller.Region, instance));
        }

        return Reservation(call, instances);
    }

    public IEnumerable<XElement> Describe(Ec2Call call)
    {
        foreach (var old in call.Here.Instances.Values.Where(i => i.Ended + Remembered < call.Now).ToArray())
        {
            call.Here.Instances.Remove(old.Id);
            runner.Forget(old.Id);
        }

        var ids = call.Query.List("InstanceId");
        var all = call.Here.Instances.Values.Where(i => i.Owner == call.Caller.Account && call.Sees(i)).ToArray();
        var found = ids.Count == 0 ? all : [.. ids.Select(i => Find(call, i))];
        var filtered = Ec2Filter.Apply(found, call.Query.Filters, i => i.Tags, (i, name) => Ec2InstanceText.Values(i, name));
        return call.Page(filtered.GroupBy(i => i.Reservation), "reservationSet", r => new("item", Reservation(call, [.. r])));
    }

    public static IEnumerable<XElement> DescribeStatus(Ec2Call call)
    {
        var ids = call.Query.List("InstanceId");
        var found = (
            ids.Count > 0
                ? ids.Select(i => Find(call, i))
                : call.Here.Instances.Values.Where(i => i.Owner == call.Caller.Account && call.Sees(i))
        )
            .Where(i => i.State == "running" || call.Query.Flag("IncludeAllInstances") == true)
            .ToArray();
        return call.Page(found, "instanceStatusSet", i => Ec2InstanceText.Status(i));
    }

    public IEnumerable<XElement> Console(Ec2Call call)
    {
        var instance = Find(call, call.Query.Get("InstanceId"));
        var bytes = instance.Fault == Faults.FaultRule.NoConsole ? [] : runner.Console(instance.Id, MostConsole);
        return [new("instanceId", instance.Id), Time("timestamp", call.Now), new("output", Convert.ToBase64String(bytes))];
    }

    public IEnumerable<XElement> Reboot(Ec2Call call)
    {
        foreach (var instance in call.Query.List("InstanceId").Select(i => Find(call, i)))
        {
            if (instance.State != "running")
            {
                throw new AwsRefusal("IncorrectState", $"The instance '{instance.Id}' is not in the 'running' state.");
            }

            call.Afterwards.Add(() => runner.ResetAsync(instance.Id));
        }

        call.Dry();
        return Done;
    }

    public IEnumerable<XElement> Terminate(Ec2Call call)
    {
        var instances = call.Query.List("InstanceId").Select(i => Find(call, i)).ToArray();
        if (instances.Length == 0)
        {
            throw AwsRefusal.Missing("InstanceId");
        }

        call.Dry();
        var items = new List<XElement>();
        foreach (var instance in instances)
        {
            var now = instance with
            {
                State = "terminated",
                Reason = "Client.UserInitiatedShutdown: User initiated shutdown",
                Ended = instance.Ended ?? call.Now,
            };
            call.Here.Instances[instance.Id] = now;
            call.Afterwards.Add(() => runner.EndAsync(now, unused: !call.State.Uses(now.Data)));
            items.Add(
                new(
                    "item",
                    Text("instanceId", instance.Id),
                    Ec2InstanceText.State("currentState", now.State),
                    Ec2InstanceText.State("previousState", instance.State)
                )
            );
        }

        return [new("instancesSet", items)];
    }

    private static Ec2Instance Find(Ec2Call call, string id) =>
        call.Here.Instances.TryGetValue(id, out var instance) && instance.Owner == call.Caller.Account && call.Sees(instance)
            ? instance
            : throw new AwsRefusal("InvalidInstanceID.NotFound", $"The instance ID '{id}' does not exist");

    private static IEnumerable<XElement> Reservation(Ec2Call call, Ec2Instance[] instances) =>
        [
            new("reservationId", instances.Length > 0 ? instances[0].Reservation : ""),
            new("ownerId", call.Caller.Account),
            new("groupSet"),
            new("instancesSet", instances.Select(i => Ec2InstanceText.Print(i, call.Caller.Region))),
        ];

    /// <summary>Whether an image starts on a type; what this host cannot run is a lack of capacity.</summary>
    private void Fits(Ec2Image image, Ec2InstanceType type)
    {
        if (image.Architecture != type.Architecture)
        {
            throw new AwsRefusal(
                "InvalidParameterValue",
                $"The architecture '{type.Architecture}' of the specified instance type does not match the architecture "
                    + $"'{image.Architecture}' of the specified AMI."
            );
        }

        if (!type.Bios && image.BootMode is "legacy-bios" || (!type.Uefi && image.BootMode is "uefi"))
        {
            throw new AwsRefusal("InvalidParameterCombination", $"The boot mode {image.BootMode} is not supported by {type.Name}.");
        }

        if (runner.Lacks(image.Architecture) is { Length: > 0 } lack)
        {
            throw new AwsRefusal("InsufficientInstanceCapacity", $"There is no capacity for {type.Name} here: {lack}", 500);
        }
    }

    private static string? UserData(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            throw new AwsRefusal("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
        }

        return length <= MostUserData ? text : throw new AwsRefusal("InvalidParameterValue", "User data is limited to 16384 bytes");
    }

    private static Ec2Instance Make(Ec2Call call, Ec2Image image, Ec2InstanceType type, string reservation, string? data)
    {
        var query = call.Query;
        var taken = call.State.Regions.Values.SelectMany(r => r.Instances.Values).ToArray();
        var number = Enumerable.Range(10, 65_000).First(n => taken.All(i => i.PublicIp != Address("127.77", n)));
        var root = image.Devices.First(d => d.DeviceName == image.RootDeviceName);
        var size = query
            .Structures("BlockDeviceMapping")
            .Where(d => d.Find("DeviceName") == image.RootDeviceName)
            .Select(d => d.Under("Ebs").Number("VolumeSize"))
            .FirstOrDefault(s => s is not null);
        if (size < root.VolumeSize)
        {
            throw new AwsRefusal(
                "InvalidBlockDeviceMapping",
                $"Volume of size {size}GB is smaller than snapshot, expect size>= {root.VolumeSize}GB"
            );
        }

        var options = query.Under("MetadataOptions");
        var instance = new Ec2Instance
        {
            Id = Ec2Call.NewId("i"),
            Owner = call.Caller.Account,
            Reservation = reservation,
            ImageId = image.Id,
            Type = type.Name,
            Architecture = image.Architecture,
            Data =
                call.Here.Snapshots.GetValueOrDefault(root.SnapshotId!)?.Data
                ?? throw new AwsRefusal("InvalidSnapshot.NotFound", $"The snapshot '{root.SnapshotId}' does not exist."),
            Uefi = type.Uefi && image.BootMode is "uefi" or "uefi-preferred",
            PrivateIp = Address("172.31", number),
            PublicIp = Address("127.77", number),
            Mac = "06:" + string.Join(':', RandomNumberGenerator.GetBytes(5).Select(b => $"{b:x2}")),
            UserData = data,
            KeyName = query.Find("KeyName"),
            ClientToken = query.Find("ClientToken"),
            Zone = query.Find("Placement.AvailabilityZone") ?? call.Caller.Region + "a",
            State = "pending",
            TokensRequired = options.Find("HttpTokens") is { } tokens ? tokens == "required" : image.ImdsSupport == "v2.0",
            HopLimit = options.Number("HttpPutResponseHopLimit") ?? (image.ImdsSupport == "v2.0" ? 2 : 1),
            RootSize = size ?? root.VolumeSize,
            Disks = Disks(query, image),
            Spot = query.Find("InstanceMarketOptions.MarketType") == "spot",
            EndsOnShutdown = query.Find("InstanceInitiatedShutdownBehavior") == "terminate",
            Fault = call.Fault?.Kind is Faults.FaultRule.NoBoot or Faults.FaultRule.NoConsole ? call.Fault.Kind : null,
            Tags = query.Tags("instance"),
            Created = call.Now,
            Visible = call.Visible,
            Ready = call.Ready,
        };
        return call.Here.Instances[instance.Id] = instance;
    }

    /// <summary>Sizes of the empty disks that are asked for beside those of the image.</summary>
    private static List<int> Disks(Ec2Query query, Ec2Image image) =>
        [
            .. query
                .Structures("BlockDeviceMapping")
                .Where(d => image.Devices.All(known => known.DeviceName != d.Get("DeviceName")) && !d.Under("Ebs").IsEmpty)
                .Select(d =>
                    d.Under("Ebs").Find("SnapshotId") is null
                        ? d.Under("Ebs").Number("VolumeSize") is >= 1 and var gib
                            ? gib
                            : throw AwsRefusal.Missing("VolumeSize")
                        : throw new AwsRefusal("UnsupportedOperation", "Further disks are empty here.")
                ),
        ];

    private static string Address(string prefix, int number) => $"{prefix}.{number / 250}.{(number % 250) + 4}";
}

/// <summary>Instances as filters and answers have them.</summary>
internal static class Ec2InstanceText
{
    /// <summary>The values under a filter's name, or <c>null</c> for no such filter.</summary>
    public static IEnumerable<string?>? Values(Ec2Instance instance, string name) =>
        name switch
        {
            "instance-id" => [instance.Id],
            "image-id" => [instance.ImageId],
            "instance-type" => [instance.Type],
            "instance-state-name" => [instance.State],
            "client-token" => [instance.ClientToken],
            "key-name" => [instance.KeyName],
            "architecture" => [instance.Architecture],
            "availability-zone" => [instance.Zone],
            "private-ip-address" => [instance.PrivateIp],
            "ip-address" => [instance.PublicIp],
            "reservation-id" => [instance.Reservation],
            _ => null,
        };

    /// <summary>A state with its code.</summary>
    public static XElement State(string element, string state) =>
        new(
            element,
            Number(
                "code",
                state switch
                {
                    "pending" => 0,
                    "running" => 16,
                    "terminated" => 48,
                    _ => 80,
                }
            ),
            Text("name", state)
        );

    /// <summary>An instance in an answer.</summary>
    public static XElement Print(Ec2Instance instance, string region) =>
        new(
            "item",
            Text("instanceId", instance.Id),
            Text("imageId", instance.ImageId),
            State("instanceState", instance.State),
            Text("privateDnsName", $"ip-{instance.PrivateIp.Replace('.', '-')}.{region}.compute.internal"),
            Text("dnsName", ""),
            Text("reason", instance.Reason ?? ""),
            Text("keyName", instance.KeyName),
            Text("clientToken", instance.ClientToken),
            Text("instanceType", instance.Type),
            Time("launchTime", instance.Created),
            new XElement("placement", Text("availabilityZone", instance.Zone), Text("tenancy", "default")),
            new XElement("monitoring", Text("state", "disabled")),
            instance.State == "terminated" ? null : Text("privateIpAddress", instance.PrivateIp),
            instance.State == "terminated" ? null : Text("ipAddress", instance.PublicIp),
            Text("architecture", instance.Architecture),
            Text("rootDeviceType", "ebs"),
            Text("virtualizationType", "hvm"),
            instance.Spot ? Text("instanceLifecycle", "spot") : null,
            instance.Reason is { } reason ? new XElement("stateReason", Text("code", reason.Split(':')[0]), Text("message", reason)) : null,
            new XElement(
                "metadataOptions",
                Text("state", "applied"),
                Text("httpTokens", instance.TokensRequired ? "required" : "optional"),
                Number("httpPutResponseHopLimit", instance.HopLimit),
                Text("httpEndpoint", "enabled")
            ),
            Tags(instance.Tags)
        );

    /// <summary>The status checks of an instance.</summary>
    public static XElement Status(Ec2Instance instance)
    {
        var status = instance.State == "running" ? "ok" : "not-applicable";
        return new(
            "item",
            Text("instanceId", instance.Id),
            Text("availabilityZone", instance.Zone),
            State("instanceState", instance.State),
            new XElement("systemStatus", Text("status", status)),
            new XElement("instanceStatus", Text("status", instance.Fault == Faults.FaultRule.NoBoot ? "impaired" : status))
        );
    }
}
