using System.Xml.Linq;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>The operations of EC2 by name.</summary>
internal sealed class AwsOperations
{
    private readonly Dictionary<string, Func<Ec2Call, IEnumerable<XElement>>> _operations;

    /// <summary>The table over the parts that do the work.</summary>
    public AwsOperations(Ec2Images images, Ec2Snapshots snapshots, Ec2Imports imports, Ec2Instances instances) =>
        _operations = new(StringComparer.Ordinal)
        {
            ["DescribeRegions"] = Ec2Places.DescribeRegions,
            ["DescribeAvailabilityZones"] = Ec2Places.DescribeZones,
            ["DescribeVpcs"] = Ec2Places.DescribeVpcs,
            ["DescribeSubnets"] = Ec2Places.DescribeSubnets,
            ["DescribeSecurityGroups"] = Ec2Places.DescribeGroups,
            ["DescribeInstanceTypes"] = Ec2InstanceTypes.Describe,
            ["DescribeImages"] = Ec2Images.Describe,
            ["RegisterImage"] = Ec2Images.Register,
            ["CopyImage"] = Ec2Images.Copy,
            ["ModifyImageAttribute"] = Ec2Images.Modify,
            ["DescribeImageAttribute"] = Ec2Images.DescribeAttribute,
            ["DeregisterImage"] = images.Deregister,
            ["EnableImageDeprecation"] = Ec2Images.Deprecate,
            ["DisableImageDeprecation"] = Ec2Images.Undeprecate,
            ["DescribeSnapshots"] = Ec2Snapshots.Describe,
            ["CopySnapshot"] = Ec2Snapshots.Copy,
            ["ModifySnapshotAttribute"] = Ec2Snapshots.Modify,
            ["DescribeSnapshotAttribute"] = Ec2Snapshots.DescribeAttribute,
            ["DeleteSnapshot"] = snapshots.Delete,
            ["ImportSnapshot"] = imports.Import,
            ["DescribeImportSnapshotTasks"] = Ec2Imports.Describe,
            ["CreateTags"] = Ec2Tags.Create,
            ["DeleteTags"] = Ec2Tags.Delete,
            ["DescribeTags"] = Ec2Tags.Describe,
            ["ImportKeyPair"] = Ec2Tags.ImportKey,
            ["DescribeKeyPairs"] = Ec2Tags.DescribeKeys,
            ["DeleteKeyPair"] = Ec2Tags.DeleteKey,
            ["RunInstances"] = instances.Run,
            ["DescribeInstances"] = instances.Describe,
            ["DescribeInstanceStatus"] = Ec2Instances.DescribeStatus,
            ["GetConsoleOutput"] = instances.Console,
            ["RebootInstances"] = instances.Reboot,
            ["TerminateInstances"] = instances.Terminate,
        };

    /// <summary>The names of all operations.</summary>
    public IEnumerable<string> Names => _operations.Keys;

    /// <summary>Does what a request asks.</summary>
    /// <exception cref="AwsRefusal">It is refused.</exception>
    public XElement[] Do(string operation, Ec2Call call) =>
        _operations.TryGetValue(operation, out var work)
            ? [.. work(call)]
            : throw new AwsRefusal("InvalidAction", $"The action {operation} is not valid for this web service.");
}
