using System.Xml.Linq;
using Pipeline.CloudEmulators.Aws;

namespace Pipeline.Tests.CloudEmulators;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class AwsImageTests
{
    [Test]
    public async Task An_image_is_registered_found_shared_deprecated_and_deregistered()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var id = await aws.ImageAsync("host-43.1-x86_64");
        var hidden = await VisibleToOtherAsync(aws, id);
        await aws.Ec2Async("ModifyImageAttribute", ("ImageId", id), ("LaunchPermission.Add.1.UserId", AwsEmulation.OtherAccount));
        var shared = await VisibleToOtherAsync(aws, id);
        await aws.Ec2Async("ModifyImageAttribute", ("ImageId", id), ("OperationType", "add"), ("UserGroup.1", "all"));
        await aws.Ec2Async("ModifyImageAttribute", ("ImageId", id), ("LaunchPermission.Add.1.OrganizationalUnitArn", "arn:ou"));
        var attribute = await aws.Ec2Async("DescribeImageAttribute", ("ImageId", id), ("Attribute", "launchPermission"));
        await aws.Ec2Async("EnableImageDeprecation", ("ImageId", id), ("DeprecateAt", "2026-06-01T00:00:00.000Z"));
        var found = (
            await aws.Ec2Async("DescribeImages", ("Owner.1", "self"), ("Filter.1.Name", "name"), ("Filter.1.Value.1", "host-*-x86_64"))
        )
            .Descendants("imagesSet")
            .Elements()
            .Single();
        await aws.Ec2Async("DeregisterImage", ("ImageId", id));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((hidden, shared), Is.EqualTo((false, true)));
            Assert.That(attribute.Descendants("item").Select(i => i.Value), Is.EqualTo(["all", AwsEmulation.OtherAccount, "arn:ou"]));
            Assert.That(found.Element("isPublic")!.Value, Is.EqualTo("true"));
            Assert.That(found.Element("deprecationTime")!.Value, Is.EqualTo("2026-06-01T00:00:00.000Z"));
            Assert.That(found.Element("bootMode")!.Value, Is.EqualTo("uefi-preferred"));
            Assert.That(found.Element("tagSet")!.Value, Is.EqualTo("Namehost-43.1-x86_64"));
            Assert.That(await RefusedAsync(aws, "DescribeImages", ("ImageId.1", id)), Is.EqualTo("InvalidAMIID.NotFound"));
        }
    }

    [Test]
    public async Task A_copy_is_an_image_of_another_region_that_outlives_its_source()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var id = await aws.ImageAsync();
        (string, string)[] copy =
        [
            ("Name", "image"),
            ("SourceImageId", id),
            ("SourceRegion", "us-east-1"),
            ("ClientToken", "once"),
            ("CopyImageTags", "true"),
        ];
        var first = await InAsync(aws, "eu-west-1", "CopyImage", copy);
        var again = await InAsync(aws, "eu-west-1", "CopyImage", copy);
        await aws.Ec2Async("DeregisterImage", ("ImageId", id), ("DeleteAssociatedSnapshots", "true"));
        var there = await InAsync(aws, "eu-west-1", "DescribeImages", [("ImageId.1", first.Element("imageId")!.Value)]);
        var snapshot = there.Descendants("snapshotId").Single().Value;
        var block = await aws.SendAsync(
            new()
            {
                Service = "ebs",
                Region = "eu-west-1",
                Method = "GET",
                Path = $"/snapshots/{snapshot}/blocks",
            }
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Element("imageId")!.Value, Is.EqualTo(first.Element("imageId")!.Value), "the same token is the same copy");
            Assert.That(there.Descendants("imagesSet").Elements().Count(), Is.EqualTo(1));
            Assert.That(there.Descendants("sourceImageId").Single().Value, Is.EqualTo(id));
            Assert.That(there.Descendants("tagSet").Single().Value, Is.EqualTo("Nameimage"));
            Assert.That(System.Text.Encoding.UTF8.GetString(block.Body), Does.Contain("\"BlockIndex\":0"), "the bytes are there still");
            Assert.That(
                await RefusedAsync(aws, "DescribeSnapshots", ("SnapshotId.1", snapshot)),
                Is.EqualTo("InvalidSnapshot.NotFound"),
                "it is in the other region"
            );
        }
    }

    [Test]
    public async Task What_is_wrong_with_an_image_is_said_as_the_provider_says_it()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var snapshot = await aws.SnapshotAsync(1);
        var pending = await aws.StartSnapshotAsync();
        await aws.Ec2Async("RegisterImage", AwsEmulation.Image("taken", snapshot));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Register(AwsEmulation.Image("taken", snapshot)), Is.EqualTo("InvalidAMIName.Duplicate"));
            Assert.That(await Register(AwsEmulation.Image("x", snapshot)), Is.EqualTo("InvalidAMIName.Malformed"));
            Assert.That(await Register(AwsEmulation.Image("fresh", "snap-1")), Is.EqualTo("InvalidSnapshot.NotFound"));
            Assert.That(await Register(AwsEmulation.Image("fresh", pending)), Is.EqualTo("InvalidSnapshot.NotFound"));
            Assert.That(await Register(AwsEmulation.Image("fresh", snapshot, ("DryRun", "true"))), Is.EqualTo("DryRunOperation"));
            Assert.That(await Register([("Name", "fresh")]), Is.EqualTo("MissingParameter"));
            Assert.That(await RefusedAsync(aws, "DeleteSnapshot", ("SnapshotId", snapshot)), Is.EqualTo("InvalidSnapshot.InUse"));
            Assert.That(
                await RefusedAsync(aws, "DescribeImages", ("Filter.1.Name", "colour"), ("Filter.1.Value.1", "red")),
                Is.EqualTo("InvalidParameterValue")
            );
            Assert.That(await RefusedAsync(aws, "CreateVpc"), Is.EqualTo("InvalidAction"));
            Assert.That(
                (await aws.Ec2Async("DescribeImages", ("Owner.1", "self"))).Descendants("imageId").Count(),
                Is.EqualTo(1),
                "nothing of a refused or tried request is left"
            );
        }

        Task<string> Register((string, string)[] parameters) => RefusedAsync(aws, "RegisterImage", parameters);
    }

    [Test]
    public async Task Tags_are_added_changed_filtered_and_removed()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var id = await aws.ImageAsync();
        await aws.Ec2Async("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", "stream"), ("Tag.1.Value", "stable"));
        var tagged = await aws.Ec2Async("DescribeImages", ("Filter.1.Name", "tag:stream"), ("Filter.1.Value.1", "stable"));
        await aws.Ec2Async("DeleteTags", ("ResourceId.1", id), ("Tag.1.Key", "stream"), ("Tag.1.Value", "other"));
        var kept = await aws.Ec2Async("DescribeTags", ("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", id));
        await aws.Ec2Async("DeleteTags", ("ResourceId.1", id), ("Tag.1.Key", "stream"));
        var gone = await aws.Ec2Async("DescribeTags", ("Filter.1.Name", "key"), ("Filter.1.Value.1", "stream"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tagged.Descendants("imageId").Single().Value, Is.EqualTo(id));
            Assert.That(kept.Descendants("key").Select(k => k.Value), Is.EquivalentTo(["Name", "stream"]));
            Assert.That(gone.Descendants("key"), Is.Empty);
            Assert.That(
                await RefusedAsync(aws, "CreateTags", ("ResourceId.1", id), ("Tag.1.Key", "aws:x"), ("Tag.1.Value", "")),
                Is.EqualTo("InvalidParameterValue")
            );
        }
    }

    [Test]
    public async Task Long_lists_come_in_pages()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var snapshot = await aws.SnapshotAsync(0);
        foreach (var n in Enumerable.Range(0, 5))
        {
            await aws.Ec2Async("RegisterImage", AwsEmulation.Image($"image-{n}", snapshot));
        }

        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await aws.Ec2Async("DescribeImages", ("MaxResults", "2"), ("NextToken", token ?? ""));
            names.AddRange(page.Descendants("name").Select(n => n.Value));
            token = page.Element("nextToken")?.Value;
        } while (token is not null);

        Assert.That(names.Order(), Is.EqualTo(Enumerable.Range(0, 5).Select(n => $"image-{n}")));
    }

    [Test]
    public async Task Regions_and_the_default_network_are_described()
    {
        await using var aws = await AwsEmulation.StartAsync();
        var enabled = await aws.Ec2Async("DescribeRegions");
        var all = await aws.Ec2Async("DescribeRegions", ("AllRegions", "true"));
        var subnet = await aws.Ec2ValueAsync("subnetId", "DescribeSubnets");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.Descendants("regionName").Count(), Is.GreaterThan(enabled.Descendants("regionName").Count()));
            Assert.That(subnet, Is.EqualTo(Ec2Places.Subnet("us-east-1", 'a')));
            Assert.That((await aws.Ec2Async("DescribeAvailabilityZones")).Descendants("zoneName").Count(), Is.EqualTo(3));
            Assert.That((await aws.Ec2Async("DescribeVpcs")).Descendants("vpcId").Count(), Is.EqualTo(1));
            Assert.That((await aws.Ec2Async("DescribeSecurityGroups")).Descendants("groupName").Single().Value, Is.EqualTo("default"));
            Assert.That((await ToClosedRegionAsync(aws)).Code, Is.EqualTo("OptInRequired"));
        }
    }

    internal static async Task<string> RefusedAsync(AwsEmulation aws, string action, params (string, string)[] parameters)
    {
        try
        {
            await aws.Ec2Async(action, parameters);
            return "accepted";
        }
        catch (AwsAnswerException e)
        {
            return e.Code;
        }
    }

    private static async Task<AwsAnswerException> ToClosedRegionAsync(AwsEmulation aws)
    {
        try
        {
            await InAsync(aws, "af-south-1", "DescribeImages", []);
            return new(200, "accepted", "");
        }
        catch (AwsAnswerException e)
        {
            return e;
        }
    }

    private static async Task<bool> VisibleToOtherAsync(AwsEmulation aws, string image)
    {
        var answer = await aws.SendAsync(
            new()
            {
                Service = "ec2",
                Account = AwsEmulation.OtherAccount,
                Form = [("Action", "DescribeImages"), ("ImageId.1", image)],
            }
        );
        return answer.Status == 200;
    }

    private static async Task<XElement> InAsync(AwsEmulation aws, string region, string action, (string, string)[] parameters)
    {
        var answer = await aws.SendAsync(
            new()
            {
                Service = "ec2",
                Region = region,
                Form = [("Action", action), .. parameters],
            }
        );
        var root = XDocument.Parse(System.Text.Encoding.UTF8.GetString(answer.Body)).Root!;
        foreach (var element in root.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
        }

        return answer.Status == 200 ? root : throw new AwsAnswerException(answer.Status, root.Descendants("Code").First().Value, "");
    }
}
