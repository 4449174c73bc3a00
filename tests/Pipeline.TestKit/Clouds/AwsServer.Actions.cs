using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using static Pipeline.TestKit.Clouds.AwsAnswer;

namespace Pipeline.TestKit.Clouds;

/// <content>What the services do.</content>
public sealed partial class AwsServer
{
    private readonly Lock _gate = new();
    private readonly List<AwsThing> _things = [];
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);

    /// <summary>Everything there is, of every region; gone things are not in it.</summary>
    public IReadOnlyList<AwsThing> Things
    {
        get
        {
            lock (_gate)
            {
                return [.. _things];
            }
        }
    }

    /// <summary>Puts something there that the client under test did not make.</summary>
    public AwsThing Add(string kind, string region, string name, string state, Dictionary<string, string> tags)
    {
        lock (_gate)
        {
            return Make(kind, region, name, state, tags);
        }
    }

    /// <summary>Bytes of a block of a snapshot; <c>null</c> for none.</summary>
    public byte[]? Block(string snapshot, int index) => Things.Single(t => t.Id == snapshot).Blocks.GetValueOrDefault(index);

    private AwsAnswer Handle(AwsCall call)
    {
        lock (_gate)
        {
            return call.Action switch
            {
                "GetCallerIdentity" => Ok("<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>U</UserId>"),
                "DescribeRegions" => Ok(Set("regionInfo", Regions.Select(r => Element("regionName", r)))),
                "StartSnapshot" => Start(call),
                "PutSnapshotBlock" => Put(call),
                "CompleteSnapshot" => Complete(call),
                "ListSnapshotBlocks" => ListBlocks(call),
                "DescribeSnapshots" => Describe(call, "snapshot", "SnapshotId", "snapshotSet", "InvalidSnapshot.NotFound"),
                "DescribeImages" => Describe(call, "image", "ImageId", "imagesSet", "InvalidAMIID.NotFound"),
                "RegisterImage" => Register(call),
                "CopyImage" => Copy(call),
                "ModifyImageAttribute" => Permit(call, "ImageId", "LaunchPermission"),
                "ModifySnapshotAttribute" => Permit(call, "SnapshotId", "CreateVolumePermission"),
                "EnableImageDeprecation" => With(call["ImageId"], t => t.Deprecated = call["DeprecateAt"]),
                "CreateTags" => Tag(call),
                "DeregisterImage" => Remove(call["ImageId"]),
                "DeleteSnapshot" => Remove(call["SnapshotId"]),
                "RunInstances" => Run(call),
                "DescribeInstances" => Instances(call),
                "GetConsoleOutput" => Ok(
                    Element("instanceId", call["InstanceId"])
                        + Element("output", Convert.ToBase64String(Encoding.UTF8.GetBytes("Linux version 6\n")))
                ),
                "RebootInstances" => With(call.List("InstanceId")[0], t => t.Boots++),
                "TerminateInstances" => With(call.List("InstanceId")[0], t => t.State = "terminated"),
                _ => Refuse(400, "InvalidAction", $"The action {call.Action} is not valid for this web service."),
            };
        }
    }

    private void Clear()
    {
        lock (_gate)
        {
            _things.Clear();
        }
    }

    private AwsThing Make(string kind, string region, string name, string state, Dictionary<string, string> tags)
    {
        var prefix = kind switch
        {
            "image" => "ami",
            "snapshot" => "snap",
            _ => "i",
        };
        var thing = new AwsThing(kind, string.Create(CultureInfo.InvariantCulture, $"{prefix}-{++_next:x17}"), region, name, tags)
        {
            State = state,
        };
        _things.Add(thing);
        return thing;
    }

    private AwsAnswer Start(AwsCall call)
    {
        using var json = JsonDocument.Parse(call.Body);
        var token = json.RootElement.GetProperty("ClientToken").GetString()!;
        if (!_tokens.TryGetValue(token, out var id))
        {
            var tags = json
                .RootElement.GetProperty("Tags")
                .EnumerateArray()
                .ToDictionary(t => t.GetProperty("Key").GetString()!, t => t.GetProperty("Value").GetString()!);
            var made = Make("snapshot", call.Region, tags["Name"], "pending", tags);
            made.Size = json.RootElement.GetProperty("VolumeSize").GetInt64();
            _tokens[token] = id = made.Id;
        }

        return Ok($$"""{"SnapshotId":"{{SnapshotId ?? id}}","BlockSize":524288,"Status":"pending","VolumeSize":1}""");
    }

    private AwsThing? Open(AwsCall call, int part) => _things.Find(t => t.Id == call.Path.Split('/')[part] && t.Region == call.Region);

    private AwsAnswer Put(AwsCall call)
    {
        if (Open(call, 2) is not { } snapshot)
        {
            return Refuse(404, "ResourceNotFoundException", "The snapshot does not exist");
        }

        var hash = Convert.ToBase64String(SHA256.HashData(call.Body));
        if (snapshot.State != "pending" || hash != call["x-amz-checksum"] || call.Body.Length != 524288)
        {
            return Refuse(400, snapshot.State != "pending" ? "ConflictException" : "ValidationException", "not possible");
        }

        snapshot.Blocks[int.Parse(call.Path.Split('/')[4], CultureInfo.InvariantCulture)] = call.Body;
        return new(201, "") { Headers = { ["x-amz-Checksum"] = hash, ["x-amz-Checksum-Algorithm"] = "SHA256" } };
    }

    private AwsAnswer Complete(AwsCall call)
    {
        if (Open(call, 3) is not { } snapshot)
        {
            return Refuse(404, "ResourceNotFoundException", "The snapshot does not exist");
        }

        var all = snapshot.Blocks.OrderBy(b => b.Key).SelectMany(b => SHA256.HashData(b.Value)).ToArray();
        if (
            snapshot.State != "pending"
            || call["x-amz-changedblockscount"] != snapshot.Blocks.Count.ToString(CultureInfo.InvariantCulture)
            || call["x-amz-checksum"] != Convert.ToBase64String(SHA256.HashData(all))
        )
        {
            return Refuse(400, "ValidationException", "The snapshot cannot be completed");
        }

        snapshot.State = "completed";
        return new(202, """{"Status":"pending"}""");
    }

    private AwsAnswer ListBlocks(AwsCall call)
    {
        const int perPage = 3;
        var from = int.Parse("0" + call["pageToken"], CultureInfo.InvariantCulture);
        var all = Open(call, 2)!.Blocks.Keys.Order().ToArray();
        var next = from + perPage < all.Length ? $",\"NextToken\":\"{from + perPage}\"" : "";
        var items = all.Skip(from).Take(perPage).Select(i => $$"""{"BlockIndex":{{i}},"BlockToken":"t"}""");
        return Ok($"{{\"BlockSize\":524288,\"Blocks\":[{string.Join(',', items)}]{next}}}");
    }

    /// <summary>Lists come in pages of two, so that every client has to ask on.</summary>
    private AwsAnswer Describe(AwsCall call, string kind, string id, string set, string missing)
    {
        const int perPage = 2;
        var ids = call.List(id);
        var all = _things.Where(t => t.Kind == kind && t.Region == call.Region && (ids.Count == 0 || ids.Contains(t.Id))).ToArray();
        if (ids.Count > 0 && all.Length < ids.Count)
        {
            return Refuse(400, missing, $"The {kind} does not exist");
        }

        var found = all.Where(t => call.Filters().All(f => t.Fits(f.Name, f.Values))).ToArray();
        var from = int.Parse("0" + call["NextToken"], CultureInfo.InvariantCulture);
        var next = from + perPage < found.Length ? Element("nextToken", $"{from + perPage}") : "";
        return Ok(Set(set, found.Skip(from).Take(perPage).Select(t => t.ToXml())) + next);
    }

    private AwsAnswer Register(AwsCall call)
    {
        if (_things.Any(t => t.Kind == "image" && t.Region == call.Region && t.Name == call["Name"]))
        {
            return Refuse(400, "InvalidAMIName.Duplicate", "AMI name is already in use");
        }

        var image = Make("image", call.Region, call["Name"], "available", call.Tags("image"));
        image.Disk = call["BlockDeviceMapping.1.Ebs.SnapshotId"];
        return Ok(Element("imageId", image.Id));
    }

    private AwsAnswer Copy(AwsCall call)
    {
        var token = call.Region + call["ClientToken"];
        if (!_tokens.TryGetValue(token, out var id))
        {
            var image = Make("image", call.Region, call["Name"], "pending", call.Tags("image"));
            image.Disk = Make("snapshot", call.Region, call["Name"], "completed", call.Tags("snapshot")).Id;
            _tokens[token] = id = image.Id;
        }

        return Ok(Element("imageId", id));
    }

    private AwsAnswer Permit(AwsCall call, string id, string field) =>
        With(
            call[id],
            t =>
            {
                foreach (var (name, value) in call.Fields.Where(f => f.Key.StartsWith(field + ".Add.", StringComparison.Ordinal)))
                {
                    t.Permissions.Add($"{name.Split('.')[^1]}={value}");
                }
            }
        );

    private AwsAnswer Tag(AwsCall call) => With(call.List("ResourceId")[0], t => t.Tags[call["Tag.1.Key"]] = call["Tag.1.Value"]);

    private AwsAnswer Remove(string id)
    {
        _things.RemoveAll(t => t.Id == id);
        return Ok();
    }

    private AwsAnswer With(string id, Action<AwsThing> change)
    {
        if (_things.Find(t => t.Id == id) is not { } thing)
        {
            return Refuse(400, "InvalidID.NotFound", $"The ID '{id}' does not exist");
        }

        change(thing);
        return Ok();
    }

    private AwsAnswer Run(AwsCall call)
    {
        if (!_tokens.TryGetValue(call["ClientToken"], out var id))
        {
            var made = Make("instance", call.Region, call.Tags("instance")["Name"], "pending", call.Tags("instance"));
            made.UserData = call["UserData"];
            _tokens[call["ClientToken"]] = id = made.Id;
        }

        return Ok(Set("instancesSet", [_things.Single(t => t.Id == id).ToXml()]));
    }

    private AwsAnswer Instances(AwsCall call)
    {
        var ids = call.List("InstanceId");
        var found = _things
            .Where(t => t.Kind == "instance" && t.Region == call.Region && (ids.Count == 0 || ids.Contains(t.Id)))
            .Where(t => call.Filters().All(f => t.Fits(f.Name, f.Values)))
            .ToArray();
        var answer = Ok(Set("reservationSet", found.Select(t => Set("instancesSet", [t.ToXml()]))));
        foreach (var pending in found.Where(t => t.State == "pending"))
        {
            pending.State = "running";
        }

        return answer;
    }
}

/// <summary>An image, a snapshot or an instance of <see cref="AwsServer"/>.</summary>
/// <param name="Kind"><c>image</c>, <c>snapshot</c> or <c>instance</c>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Region">Its region.</param>
/// <param name="Name">Its name.</param>
/// <param name="Tags">Its tags.</param>
public sealed record AwsThing(string Kind, string Id, string Region, string Name, Dictionary<string, string> Tags)
{
    /// <summary>EC2's word for its state.</summary>
    public string State { get; set; } = "";

    /// <summary>The snapshot below an image.</summary>
    public string? Disk { get; set; }

    /// <summary>GiB of a snapshot.</summary>
    public long Size { get; set; }

    /// <summary>Base64 text that an instance was started with.</summary>
    public string UserData { get; set; } = "";

    /// <summary>How often an instance was rebooted.</summary>
    public int Boots { get; set; }

    /// <summary>When an image is deprecated.</summary>
    public string? Deprecated { get; set; }

    /// <summary>When it was made.</summary>
    public string Created { get; set; } = "2026-09-01T12:00:00.000Z";

    /// <summary>Who may use it.</summary>
    public SortedSet<string> Permissions { get; } = new(StringComparer.Ordinal);

    /// <summary>The blocks of a snapshot.</summary>
    public ConcurrentDictionary<int, byte[]> Blocks { get; } = new();

    internal bool Fits(string filter, IReadOnlyList<string> values) =>
        filter switch
        {
            "name" => values.Contains(Name),
            "instance-state-name" => values.Contains(State),
            _ when filter.StartsWith("tag:", StringComparison.Ordinal) => Tags.TryGetValue(filter[4..], out var tag)
                && values.Contains(tag),
            _ => throw new InvalidOperationException($"the filter {filter} is not known here"),
        };

    internal string ToXml()
    {
        var tags = Set("tagSet", Tags.Select(t => Element("key", t.Key) + Element("value", t.Value)));
        var shown = State;
        switch (Kind)
        {
            case "image":
                // A copy is there at the second look.
                State = State == "pending" ? "available" : State;
                return Element("imageId", Id)
                    + Element("name", Name)
                    + Element("imageState", shown)
                    + Element("isPublic", Permissions.Contains("Group=all") ? "true" : "false")
                    + Element("creationDate", Created)
                    + Element("deprecationTime", Deprecated)
                    + (Disk is null ? "" : Set("blockDeviceMapping", [$"<ebs>{Element("snapshotId", Disk)}</ebs>"]))
                    + tags;
            case "snapshot":
                return Element("snapshotId", Id) + Element("status", shown) + Element("startTime", Created) + tags;
            default:
                return Element("instanceId", Id)
                    + $"<instanceState><code>0</code>{Element("name", shown)}</instanceState>"
                    + Element("launchTime", Created)
                    + (shown == "running" ? Element("ipAddress", "192.0.2.7") : "")
                    + tags;
        }
    }
}
