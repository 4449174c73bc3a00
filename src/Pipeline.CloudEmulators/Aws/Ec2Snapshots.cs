using System.Xml.Linq;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>EC2's operations on snapshots.</summary>
/// <param name="files">The bytes of snapshots.</param>
internal sealed class Ec2Snapshots(SnapshotFiles files)
{
    public static IEnumerable<XElement> Describe(Ec2Call call)
    {
        var query = call.Query;
        var ids = query.List("SnapshotId");
        var owners = query.List("Owner");
        var users = query.List("RestorableBy");
        var asked = ids.Select(i => FindVisible(call, i)).ToArray();
        var found = (ids.Count > 0 ? asked : call.Here.Snapshots.Values.Where(s => call.Sees(s) && MayUse(call, s)))
            .Where(s => owners.Count == 0 || owners.Any(o => o == s.Owner || (o == "self" && s.Owner == call.Caller.Account)))
            .Where(s =>
                users.Count == 0 || users.Any(u => u == "all" ? s.Public : s.Users.Contains(u == "self" ? call.Caller.Account : u))
            );
        return call.Page(
            Ec2Filter.Apply(found, query.Filters, s => s.Tags, (s, name) => Values(call, s, name)),
            "snapshotSet",
            s => Print(call, s)
        );
    }

    public static IEnumerable<XElement> Copy(Ec2Call call)
    {
        if (call.Repeated("CopySnapshot") is { } made)
        {
            return [new("snapshotId", made)];
        }

        var from = call.Query.Get("SourceRegion");
        Ec2Places.Region(from);
        var id = call.Query.Get("SourceSnapshotId");
        if (!call.State.In(from).Snapshots.TryGetValue(id, out var source) || !call.Sees(source) || !MayUse(call, source))
        {
            throw NotFound(id);
        }

        if (StateOf(call, source) != "completed")
        {
            throw new AwsRefusal("IncorrectState", $"Snapshot {id} is not completed.");
        }

        call.Dry();
        var copy = CopyOf(call, from, id, call.Query.Find("Description") ?? "", call.Query.Tags("snapshot"));
        call.Remember("CopySnapshot", copy.Id);
        return [new("snapshotId", copy.Id), Tags(copy.Tags)];
    }

    public static IEnumerable<XElement> Modify(Ec2Call call)
    {
        var query = call.Query;
        var snapshot = Own(call, query.Get("SnapshotId"));
        foreach (var (change, add) in ((string, bool)[])[("CreateVolumePermission.Add", true), ("CreateVolumePermission.Remove", false)])
        {
            foreach (var permission in query.Structures(change))
            {
                snapshot = Permit(snapshot, permission.Find("UserId"), permission.Find("Group"), add);
            }
        }

        if (query.Find("OperationType") is { } operation)
        {
            var add =
                operation == "add" ? true
                : operation == "remove" ? false
                : throw AwsRefusal.BadValue("OperationType", operation);
            snapshot = query.List("UserId").Aggregate(snapshot, (s, u) => Permit(s, u, null, add));
            snapshot = query.List("UserGroup").Aggregate(snapshot, (s, g) => Permit(s, null, g, add));
        }

        call.Dry();
        call.Here.Snapshots[snapshot.Id] = snapshot;
        return Done;
    }

    public static IEnumerable<XElement> DescribeAttribute(Ec2Call call)
    {
        var snapshot = Own(call, call.Query.Get("SnapshotId"));
        if (call.Query.Get("Attribute") is not "createVolumePermission")
        {
            throw AwsRefusal.BadValue("Attribute", call.Query.Get("Attribute"));
        }

        return
        [
            new("snapshotId", snapshot.Id),
            new(
                "createVolumePermission",
                snapshot.Public ? new XElement("item", new XElement("group", "all")) : null,
                snapshot.Users.Select(u => new XElement("item", new XElement("userId", u)))
            ),
        ];
    }

    public IEnumerable<XElement> Delete(Ec2Call call)
    {
        var snapshot = Own(call, call.Query.Get("SnapshotId"));
        if (call.Here.Images.Values.FirstOrDefault(i => i.Devices.Any(d => d.SnapshotId == snapshot.Id)) is { } image)
        {
            throw new AwsRefusal("InvalidSnapshot.InUse", $"The snapshot {snapshot.Id} is currently in use by {image.Id}");
        }

        call.Dry();
        Remove(call, snapshot.Id);
        return Done;
    }

    /// <summary>Forgets a snapshot; its bytes go when no other has them.</summary>
    public void Remove(Ec2Call call, string id)
    {
        if (call.Here.Snapshots.Remove(id, out var snapshot) && !call.State.Uses(snapshot.Data))
        {
            call.Afterwards.Add(() =>
            {
                files.Delete(snapshot.Data);
                return Task.CompletedTask;
            });
        }
    }

    /// <summary>A snapshot of this region with the bytes of another one.</summary>
    public static Ec2Snapshot CopyOf(Ec2Call call, string region, string id, string description, SortedDictionary<string, string> tags)
    {
        var source = call.State.In(region).Snapshots.GetValueOrDefault(id) ?? throw NotFound(id);
        var copy = source with
        {
            Id = Ec2Call.NewId("snap"),
            Owner = call.Caller.Account,
            Description = description,
            Tags = tags,
            Users = [],
            Public = false,
            Created = call.Now,
            Visible = call.Visible,
            Ready = call.Ready,
        };
        call.Here.Snapshots[copy.Id] = copy;
        return copy;
    }

    /// <summary>A snapshot that the caller may use.</summary>
    public static Ec2Snapshot FindVisible(Ec2Call call, string id) =>
        call.Here.Snapshots.TryGetValue(id, out var snapshot) && call.Sees(snapshot) && MayUse(call, snapshot)
            ? snapshot
            : throw NotFound(id);

    /// <summary>Its state now.</summary>
    public static string StateOf(Ec2Call call, Ec2Snapshot snapshot) =>
        snapshot.State == "completed" && call.Now < snapshot.Ready ? "pending" : snapshot.State;

    private static AwsRefusal NotFound(string id) => new("InvalidSnapshot.NotFound", $"The snapshot '{id}' does not exist.");

    private static Ec2Snapshot Own(Ec2Call call, string id)
    {
        var snapshot = FindVisible(call, id);
        return snapshot.Owner == call.Caller.Account
            ? snapshot
            : throw new AwsRefusal("UnauthorizedOperation", $"You are not authorized to perform this operation on {id}.", 403);
    }

    private static bool MayUse(Ec2Call call, Ec2Snapshot snapshot) =>
        snapshot.Owner == call.Caller.Account || snapshot.Public || snapshot.Users.Contains(call.Caller.Account);

    private static Ec2Snapshot Permit(Ec2Snapshot snapshot, string? user, string? group, bool add) =>
        group is not null ? (group == "all" ? snapshot with { Public = add } : throw AwsRefusal.BadValue("Group", group))
        : user is null ? throw AwsRefusal.Missing("UserId")
        : Ec2Places.IsAccount(user) ? snapshot with { Users = Ec2Images.Changed(snapshot.Users, user, add) }
        : throw AwsRefusal.BadValue("UserId", user);

    private static IEnumerable<string?>? Values(Ec2Call call, Ec2Snapshot snapshot, string name) =>
        name switch
        {
            "snapshot-id" => [snapshot.Id],
            "owner-id" => [snapshot.Owner],
            "status" => [StateOf(call, snapshot)],
            "description" => [snapshot.Description],
            "volume-size" => [snapshot.VolumeSize.ToString(System.Globalization.CultureInfo.InvariantCulture)],
            "encrypted" => ["false"],
            _ => null,
        };

    private static XElement Print(Ec2Call call, Ec2Snapshot snapshot) =>
        new(
            "item",
            Text("snapshotId", snapshot.Id),
            Text("volumeId", "vol-ffffffff"),
            Text("status", StateOf(call, snapshot)),
            Time("startTime", snapshot.Created),
            Text("progress", StateOf(call, snapshot) == "completed" ? "100%" : "0%"),
            Text("ownerId", snapshot.Owner),
            Number("volumeSize", snapshot.VolumeSize),
            Text("description", snapshot.Description ?? ""),
            Flag("encrypted", false),
            Text("storageTier", "standard"),
            Tags(snapshot.Tags)
        );
}
