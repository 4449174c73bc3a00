using Pipeline.CloudEmulators.Aws;
using Pipeline.CloudEmulators.Faults;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Fuzz;

/// <summary>Parsers of what clients send to an emulated cloud.</summary>
internal static class CloudTargets
{
    private const string Query =
        "Action=RegisterImage&Name=a+b&BlockDeviceMapping.1.Ebs.SnapshotId=snap-1&TagSpecification.1.ResourceType=image"
        + "&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=%C3%BC&Filter.1.Name=name&Filter.1.Value.1=a%2A";

    private const string Authorization =
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature=00ff";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("aws-query", "CloudEmulators", () => SeedFiles.Lines([Query]), b => Refusing(() => ReadQuery(b))),
        FuzzTarget.OfText(
            "aws-authorization",
            "CloudEmulators",
            () => SeedFiles.Lines([Authorization]),
            (t, _) => SignatureHeader.Parse(t)
        ),
        new(
            "aws-start-snapshot",
            "CloudEmulators",
            () => SeedFiles.Lines(["""{"VolumeSize":10,"Tags":[{"Key":"a","Value":"b"}],"ClientToken":"t"}"""]),
            b => Refusing(() => EbsStart.Parse(b))
        ),
        new(
            "aws-chunked",
            "CloudEmulators",
            () => SeedFiles.Lines(["5;chunk-signature=0\r\nhello\r\n0\r\n\r\n"]),
            b => Refusing(() => Unchunk(b))
        ),
        FuzzTarget.OfText(
            "fault",
            "CloudEmulators",
            () => SeedFiles.Lines(["RegisterImage=lost:2/5@eu-west-1", "*=throttle"]),
            (t, _) => FuzzTarget.Refusing(() => FaultRule.Parse(t))
        ),
    ];

    private static void ReadQuery(byte[] bytes)
    {
        var query = Ec2Query.Parse(bytes);
        var tags = query.Tags("image");
        var kept = Ec2Filter.Apply([tags], query.Filters, t => t, (_, name) => name.Length % 2 == 0 ? [name] : null).Count();
        FuzzTarget.Promise(kept <= 1 && tags.Count <= 50, "a filter added something, or there are too many tags");
    }

    private static void Unchunk(byte[] bytes)
    {
        using var source = new MemoryStream(bytes);
        using var chunks = new AwsChunkedStream(source);
        var buffer = new byte[16];
        var all = 0;
        while (chunks.ReadAsync(buffer).AsTask().GetAwaiter().GetResult() is > 0 and var read)
        {
            all += read;
            FuzzTarget.Promise(all <= bytes.Length, "more comes out than went in");
        }
    }

    private static void Refusing(Action parse)
    {
        try
        {
            parse();
        }
        catch (AwsRefusal) { }
        catch (PipelineException e) when (e.Diagnostics.All(d => d.Code != "PL0000")) { }
    }
}
