using System.Xml.Linq;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>EC2's operations on tags and on ssh keys.</summary>
internal static class Ec2Tags
{
    public static IEnumerable<XElement> Create(Ec2Call call)
    {
        var tags = Ec2Query.TagsOf(call.Query.Structures("Tag"));
        call.Dry();
        Change(call, all => tags.ToList().ForEach(t => all[t.Key] = t.Value));
        return Done;
    }

    public static IEnumerable<XElement> Delete(Ec2Call call)
    {
        var tags = call.Query.Structures("Tag");
        call.Dry();
        Change(
            call,
            all =>
            {
                foreach (var tag in tags)
                {
                    if (tag.Find("Value") is not { } value || all.GetValueOrDefault(tag.Get("Key")) == value)
                    {
                        all.Remove(tag.Get("Key"));
                    }
                }

                if (tags.Count == 0)
                {
                    all.Clear();
                }
            }
        );
        return Done;
    }

    public static IEnumerable<XElement> Describe(Ec2Call call)
    {
        var rows =
            from resource in Resources(call.Here)
            where resource.Owner == call.Caller.Account && call.Sees(resource)
            from tag in resource.Tags
            select (resource.Id, Kind: Kind(resource), tag.Key, tag.Value);
        var found = Ec2Filter.Apply(
            rows,
            call.Query.Filters,
            _ => new Dictionary<string, string>(),
            (r, name) =>
                name switch
                {
                    "resource-id" => [r.Id],
                    "resource-type" => [r.Kind],
                    "key" => [r.Key],
                    "value" => [r.Value],
                    _ => null,
                }
        );
        return call.Page(
            found,
            "tagSet",
            r => new("item", Text("resourceId", r.Id), Text("resourceType", r.Kind), Text("key", r.Key), Text("value", r.Value))
        );
    }

    public static IEnumerable<XElement> ImportKey(Ec2Call call)
    {
        var name = call.Query.Get("KeyName");
        if (call.Here.Keys.ContainsKey($"{call.Caller.Account} {name}"))
        {
            throw new AwsRefusal("InvalidKeyPair.Duplicate", $"The keypair already exists: {name}");
        }

        var material = call.Query.Get("PublicKeyMaterial");
        var bytes = new byte[material.Length];
        if (!Convert.TryFromBase64String(material, bytes, out var length) || !bytes.AsSpan().StartsWith("ssh-"u8))
        {
            throw new AwsRefusal("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
        }

        call.Dry();
        var text = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, length)).Trim();
        var key = new Ec2KeyPair(Ec2Call.NewId("key"), call.Caller.Account, name, text) { Tags = call.Query.Tags("key-pair") };
        call.Here.Keys[$"{key.Owner} {name}"] = key;
        return Print(key);
    }

    public static IEnumerable<XElement> DescribeKeys(Ec2Call call)
    {
        var names = call.Query.List("KeyName");
        var own = call.Here.Keys.Values.Where(k => k.Owner == call.Caller.Account).ToArray();
        return names.FirstOrDefault(n => own.All(k => k.Name != n)) is { } missing
            ? throw new AwsRefusal("InvalidKeyPair.NotFound", $"The key pair '{missing}' does not exist")
            : [new("keySet", own.Where(k => names.Count == 0 || names.Contains(k.Name)).Select(k => new XElement("item", Print(k))))];
    }

    public static IEnumerable<XElement> DeleteKey(Ec2Call call)
    {
        call.Dry();
        call.Here.Keys.Remove($"{call.Caller.Account} {call.Query.Get("KeyName")}");
        return Done;
    }

    private static IEnumerable<XElement> Print(Ec2KeyPair key) =>
        new[] { Text("keyPairId", key.Id), Text("keyName", key.Name), Text("keyFingerprint", ""), Tags(key.Tags) }.OfType<XElement>();

    private static void Change(Ec2Call call, Action<SortedDictionary<string, string>> change)
    {
        var ids = call.Query.List("ResourceId");
        var resources = Resources(call.Here).Where(call.Sees).ToDictionary(r => r.Id);
        foreach (var id in ids)
        {
            if (!resources.TryGetValue(id, out var resource) || resource.Owner != call.Caller.Account)
            {
                throw new AwsRefusal("InvalidID", $"The ID '{id}' is not valid");
            }

            change(resource.Tags);
            if (resource.Tags.Count > 50)
            {
                throw new AwsRefusal("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
            }
        }
    }

    private static IEnumerable<Ec2Resource> Resources(AwsRegionState region) =>
        region.Images.Values.Concat<Ec2Resource>(region.Snapshots.Values).Concat(region.Imports.Values).Concat(region.Instances.Values);

    private static string Kind(Ec2Resource resource) =>
        resource switch
        {
            Ec2Image => "image",
            Ec2Snapshot => "snapshot",
            Ec2Instance => "instance",
            _ => "import-snapshot-task",
        };
}
