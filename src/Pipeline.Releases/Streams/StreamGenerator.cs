using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Releases.Publishing;

namespace Pipeline.Releases.Streams;

/// <summary>
/// Makes stream metadata from one release; the rules of stream-metadata-go (release/translate.go) and fedora-coreos-stream-generator.
/// </summary>
internal static class StreamGenerator
{
    /// <summary>The default generator named in the document.</summary>
    public const string DefaultGenerator = "pipeline stream generate";

    /// <summary>The stream document of <paramref name="release"/>.</summary>
    /// <param name="release">The newest release.</param>
    /// <param name="lastModified">Becomes <c>metadata.last-modified</c>.</param>
    /// <param name="generator">Becomes <c>metadata.generator</c>; empty leaves it out.</param>
    public static StreamDocument Generate(ReleaseDocument release, string lastModified, string generator) =>
        new()
        {
            Stream = release.Stream,
            Metadata = new() { LastModified = lastModified, Generator = generator.Length == 0 ? null : generator },
            Architectures = release.Architectures.ToValueMap(a => a.Key, a => Architecture(a.Value, release.Release)),
        };

    /// <summary>
    /// The document with <paramref name="patch"/> laid over it: objects merge, other values replace, <c>null</c> keeps an object.
    /// </summary>
    /// <param name="document">The generated document.</param>
    /// <param name="patch">The override file's root.</param>
    /// <param name="problems">Receives what makes the result no stream document, and a warning per member it cannot hold.</param>
    public static StreamDocument? Override(StreamDocument document, JsonTextNode patch, DiagnosticBag problems)
    {
        var merged = Merge(Contract.ToNode(document), patch);
        var read = Contract.Read<StreamDocument>(merged, problems);
        if (read is null || problems.HasErrors)
        {
            return null;
        }

        foreach (var place in Lost(merged, Contract.ToNode(read), ""))
        {
            problems.Add(PublishingDiagnostics.Dropped(place));
        }

        return read;
    }

    /// <summary>The document as its publisher prints it.</summary>
    public static string Print(StreamDocument document) => Contract.Write(document, JsonStyles.Stream);

    private static StreamArchitecture Architecture(ReleaseArchitecture release, string version) =>
        new()
        {
            Artifacts = release.Media.ToValueMap(
                m => m.Key,
                m => new StreamPlatform
                {
                    Release = version,
                    Formats = (m.Value.Artifacts ?? ValueMap<ReleaseFormat>.Empty).ToValueMap(f => f.Key, f => Format(f.Value)),
                }
            ),
            Images = Images(release.Media, version),
            RhelExtensions = release.RhelExtensions is not { } rhel
                ? null
                : new()
                {
                    AwsWinli = rhel.AwsWinli is { } winli ? Regions(winli.Images, version) : null,
                    AzureDisk = rhel.AzureDisk is { } azure ? new() { Release = version, Url = azure.Url ?? "" } : null,
                },
        };

    private static StreamFormat Format(ReleaseFormat format) =>
        new()
        {
            Disk = Artifact(format.Disk),
            Kernel = Artifact(format.Kernel),
            Initramfs = Artifact(format.Initramfs),
            Rootfs = Artifact(format.Rootfs),
        };

    private static StreamArtifact? Artifact(ReleaseArtifact? artifact) =>
        artifact is null
            ? null
            : new()
            {
                Location = artifact.Location,
                Signature = artifact.Signature ?? "",
                Sha256 = artifact.Sha256,
                UncompressedSha256 = artifact.UncompressedSha256,
            };

    private static StreamImages Images(ValueMap<ReleasePlatform> media, string version) =>
        new()
        {
            Aliyun = media.Find("aliyun")?.Images is { } aliyun ? Regions(aliyun, version) : null,
            Aws = media.Find("aws")?.Images is { } aws ? Regions(aws, version) : null,
            Gcp = media.Find("gcp")?.Image is { } gcp
                ? new()
                {
                    Release = version,
                    Project = gcp.Project ?? "",
                    Family = gcp.Family,
                    Name = gcp.Name ?? "",
                }
                : null,
            Ibmcloud = media.Find("ibmcloud")?.Images is { } ibm ? Objects(ibm, version) : null,
            Kubevirt = media.Find("kubevirt")?.Image is { } disk
                ? new()
                {
                    Release = version,
                    Image = disk.Image ?? "",
                    DigestRef = disk.DigestRef,
                }
                : null,
            Powervs = media.Find("powervs")?.Images is { } power ? Objects(power, version) : null,
        };

    private static StreamReplicatedImage Regions(ValueMap<ReleaseCloudImage> images, string version) =>
        new() { Regions = images.ToValueMap(i => i.Key, i => new StreamRegionImage { Release = version, Image = i.Value.Image ?? "" }) };

    private static StreamReplicatedObject Objects(ValueMap<ReleaseCloudImage> images, string version) =>
        new()
        {
            Regions = images.ToValueMap(
                i => i.Key,
                i => new StreamRegionObject
                {
                    Release = version,
                    ObjectName = i.Value.ObjectName ?? "",
                    Bucket = i.Value.Bucket ?? "",
                    Url = i.Value.Url ?? "",
                }
            ),
        };

    private static JsonTextNode Merge(JsonTextNode original, JsonTextNode patch)
    {
        if (patch is JsonTextNull && original is JsonTextObject)
        {
            return original;
        }

        if (patch is not JsonTextObject changes || original is not JsonTextObject target)
        {
            return patch;
        }

        return changes.Members.Aggregate(
            target,
            (merged, member) => merged.With(member.Name, merged.Find(member.Name) is { } old ? Merge(old, member.Value) : member.Value)
        );
    }

    private static IEnumerable<string> Lost(JsonTextNode merged, JsonTextNode? kept, string place) =>
        (merged, kept) switch
        {
            (JsonTextNull, _) => [],
            (_, null) => [place],
            (JsonTextObject a, JsonTextObject b) => a.Members.SelectMany(m =>
                Lost(m.Value, b.Find(m.Name) ?? (m.Value is JsonTextString { Value.Length: 0 } ? m.Value : null), $"{place}/{m.Name}")
            ),
            _ => [],
        };
}
