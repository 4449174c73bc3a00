using System.Xml.Linq;
using Pipeline.Model.Values;
using static Pipeline.CloudEmulators.Aws.Ec2Xml;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>Regions, zones and the default network, which every region has.</summary>
internal static class Ec2Places
{
    private static readonly ValueList<string> Enabled =
    [
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "eu-central-1",
        "eu-west-1",
        "eu-north-1",
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "sa-east-1",
    ];

    /// <summary>Regions that exist and that no account has opted in to.</summary>
    private static readonly ValueList<string> OptIn = ["af-south-1", "ap-east-1", "eu-south-1", "me-south-1"];

    /// <summary>Makes sure that a region exists.</summary>
    /// <exception cref="AwsRefusal">It does not, or is not enabled.</exception>
    public static void Region(string name)
    {
        if (!Enabled.Contains(name))
        {
            throw OptIn.Contains(name)
                ? new AwsRefusal("OptInRequired", $"You are not subscribed to the region {name}.", 403)
                : new AwsRefusal("InvalidParameterValue", $"Invalid region {name}.");
        }
    }

    /// <summary>Whether it is the number of an account.</summary>
    public static bool IsAccount(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);

    /// <summary>The only subnet of a zone.</summary>
    public static string Subnet(string region, char zone) => $"subnet-0{Hash(region)}{(int)zone:x2}";

    /// <summary>The only security group of a region.</summary>
    public static string Group(string region) => $"sg-0{Hash(region)}00";

    public static IEnumerable<XElement> DescribeRegions(Ec2Call call)
    {
        var names = call.Query.List("RegionName");
        foreach (var name in names.Where(n => !Enabled.Contains(n) && !OptIn.Contains(n)))
        {
            throw AwsRefusal.BadValue("RegionName", name);
        }

        var all = Enabled.Concat(call.Query.Flag("AllRegions") == true || names.Count > 0 ? OptIn : []);
        var found = Ec2Filter.Apply(
            all.Where(r => names.Count == 0 || names.Contains(r)).Order(StringComparer.Ordinal),
            call.Query.Filters,
            _ => new Dictionary<string, string>(),
            (r, name) =>
                name switch
                {
                    "region-name" => [r],
                    "opt-in-status" => [Status(r)],
                    "endpoint" => [$"ec2.{r}.amazonaws.com"],
                    _ => null,
                }
        );
        return
        [
            new(
                "regionInfo",
                found.Select(r => new XElement(
                    "item",
                    Text("regionName", r),
                    Text("regionEndpoint", $"ec2.{r}.amazonaws.com"),
                    Text("optInStatus", Status(r))
                ))
            ),
        ];
    }

    public static IEnumerable<XElement> DescribeZones(Ec2Call call) =>
        [
            new(
                "availabilityZoneInfo",
                "abc".Select(z => new XElement(
                    "item",
                    Text("zoneName", call.Caller.Region + z),
                    Text("zoneState", "available"),
                    Text("regionName", call.Caller.Region),
                    new XElement("messageSet"),
                    Text("zoneId", $"{Hash(call.Caller.Region)[..4]}-az{z - 'a' + 1}"),
                    Text("zoneType", "availability-zone"),
                    Text("optInStatus", "opt-in-not-required")
                ))
            ),
        ];

    public static IEnumerable<XElement> DescribeVpcs(Ec2Call call) =>
        [
            new(
                "vpcSet",
                new XElement(
                    "item",
                    Text("vpcId", Vpc(call.Caller.Region)),
                    Text("ownerId", call.Caller.Account),
                    Text("state", "available"),
                    Text("cidrBlock", "172.31.0.0/16"),
                    Flag("isDefault", true)
                )
            ),
        ];

    public static IEnumerable<XElement> DescribeSubnets(Ec2Call call) =>
        [
            new(
                "subnetSet",
                "abc".Select(z => new XElement(
                    "item",
                    Text("subnetId", Subnet(call.Caller.Region, z)),
                    Text("state", "available"),
                    Text("vpcId", Vpc(call.Caller.Region)),
                    Text("cidrBlock", "172.31.0.0/16"),
                    Text("availabilityZone", call.Caller.Region + z),
                    Flag("defaultForAz", true),
                    Flag("mapPublicIpOnLaunch", true)
                ))
            ),
        ];

    public static IEnumerable<XElement> DescribeGroups(Ec2Call call) =>
        [
            new(
                "securityGroupInfo",
                new XElement(
                    "item",
                    Text("ownerId", call.Caller.Account),
                    Text("groupId", Group(call.Caller.Region)),
                    Text("groupName", "default"),
                    Text("groupDescription", "default VPC security group"),
                    Text("vpcId", Vpc(call.Caller.Region))
                )
            ),
        ];

    private static string Vpc(string region) => $"vpc-0{Hash(region)}00";

    private static string Status(string region) => OptIn.Contains(region) ? "not-opted-in" : "opt-in-not-required";

    private static string Hash(string region) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(region)))[..14];
}
