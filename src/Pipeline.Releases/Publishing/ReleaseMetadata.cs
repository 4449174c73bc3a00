using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Publishing;

/// <summary>How release metadata is made.</summary>
/// <param name="Stream">The stream's name; <c>null</c> takes the one the metas agree on.</param>
/// <param name="BaseUrl">
/// URL under which <c>&lt;stream&gt;/builds/&lt;version&gt;/&lt;arch&gt;/</c> is published; no slash at the end.
/// </param>
/// <param name="Signatures">Whether files have detached signatures beside them.</param>
internal sealed record ReleaseMetadataOptions(string? Stream, string BaseUrl, bool Signatures);

/// <summary>
/// Joins the build metadata of all architectures to one release.json; the rules of coreos-assembler's generate-release-meta.
/// </summary>
internal static class ReleaseMetadata
{
    /// <summary>Platforms in the order they are listed; the last one was added last.</summary>
    private static readonly string[] Platforms =
    [
        "aliyun",
        "applehv",
        "aws",
        "azure",
        "azurestack",
        "digitalocean",
        "exoscale",
        "gcp",
        "hetzner",
        "hyperv",
        "ibmcloud",
        "kubevirt",
        "metal",
        "nutanix",
        "nvidiabluefield",
        "openstack",
        "oraclecloud",
        "powervs",
        "proxmoxve",
        "qemu",
        "virtualbox",
        "vmware",
        "vultr",
        "qemu-secex",
    ];

    /// <summary>Files of the metal platform that are artifacts of their own: artifact, format, member.</summary>
    private static readonly (string Artifact, string Format, string Member)[] MetalFiles =
    [
        ("iso", "installer.iso", "disk"),
        ("kernel", "installer-pxe", "kernel"),
        ("initramfs", "installer-pxe", "initramfs"),
        ("live-iso", "iso", "disk"),
        ("live-kernel", "pxe", "kernel"),
        ("live-initramfs", "pxe", "initramfs"),
        ("live-rootfs", "pxe", "rootfs"),
    ];

    /// <summary>The release made of <paramref name="metas"/>, added to <paramref name="existing"/> when there is one.</summary>
    /// <param name="metas">File names for messages, and documents; architectures are written in their order.</param>
    /// <param name="existing">A release of the same version that is extended; what it has may not change.</param>
    /// <param name="options">Stream, URLs and signatures.</param>
    /// <exception cref="PipelineException">
    /// The metas disagree, or contradict <paramref name="existing"/> (class 2), all problems at once.
    /// </exception>
    public static ReleaseDocument Create(
        IReadOnlyList<(string File, BuildMetaDocument Meta)> metas,
        ReleaseDocument? existing,
        ReleaseMetadataOptions options
    )
    {
        var problems = new DiagnosticBag();
        var version = existing?.Release ?? metas[0].Meta.BuildId;
        var stream = existing?.Stream ?? StreamOf(metas[0].Meta, options);
        if (stream is null)
        {
            throw new PipelineException(PublishingDiagnostics.NoStream(metas[0].File));
        }

        var architectures = existing?.Architectures ?? ValueMap<ReleaseArchitecture>.Empty;
        foreach (var (file, meta) in metas)
        {
            Agree(problems, file, "release", version, meta.BuildId);
            Agree(problems, file, "stream", stream, StreamOf(meta, options) ?? stream);
            if (meta.Architecture is not { Length: > 0 } arch)
            {
                problems.Add(PublishingDiagnostics.NoArchitecture(file));
                continue;
            }

            var made = new Maker(
                meta,
                arch,
                $"{options.BaseUrl.TrimEnd('/')}/{stream}/builds/{version}/{arch}/",
                options.Signatures,
                file,
                problems
            ).Architecture();
            architectures = architectures.With(arch, architectures.Find(arch) is { } old ? Merge(problems, file, arch, old, made) : made);
        }

        problems.ThrowIfErrors();
        return (
            existing
            ?? new()
            {
                Release = version,
                Stream = stream,
                Architectures = architectures,
            }
        ) with
        {
            Architectures = architectures,
        };
    }

    private static string? StreamOf(BuildMetaDocument meta, ReleaseMetadataOptions options) =>
        options.Stream ?? meta.OciLabels?.Find("com.coreos.stream") ?? meta.ConfigGit?.Branch;

    private static void Agree(DiagnosticBag problems, string file, string what, string expected, string found)
    {
        if (expected != found)
        {
            problems.Add(PublishingDiagnostics.Disagree(file, what, expected, found));
        }
    }

    /// <summary>What was published stays; new platforms are added.</summary>
    private static ReleaseArchitecture Merge(
        DiagnosticBag problems,
        string file,
        string arch,
        ReleaseArchitecture old,
        ReleaseArchitecture made
    )
    {
        if (old.Commit is not null && made.Commit is not null && old.Commit != made.Commit)
        {
            problems.Add(PublishingDiagnostics.Differs(file, arch, "commit"));
        }

        if (old.OciImage is not null && made.OciImage is not null && !old.OciImage.Equals(made.OciImage))
        {
            problems.Add(PublishingDiagnostics.Differs(file, arch, "oci-image"));
        }

        var media = old.Media;
        foreach (var (platform, value) in made.Media)
        {
            if (media.Find(platform) is { } known && !known.Equals(value))
            {
                problems.Add(PublishingDiagnostics.Differs(file, arch, platform));
            }
            else if (media.Find(platform) is null)
            {
                media = media.With(platform, value);
            }
        }

        return old with
        {
            Media = media,
            Commit = old.Commit ?? made.Commit,
            OciImage = old.OciImage ?? made.OciImage,
            RhelExtensions = old.RhelExtensions ?? made.RhelExtensions,
        };
    }

    /// <summary>Makes the entry of one architecture.</summary>
    private sealed class Maker(BuildMetaDocument meta, string arch, string directory, bool signatures, string file, DiagnosticBag problems)
    {
        private ValueMap<ReleasePlatform> _media = ValueMap<ReleasePlatform>.Empty;

        public ReleaseArchitecture Architecture()
        {
            foreach (var platform in Platforms)
            {
                if (meta.Images?.Find(platform) is { } artifact)
                {
                    AddFormat(platform, Extension(artifact, platform), new() { Disk = File(artifact) });
                }
            }

            AddClouds();
            AddMetal();
            return new()
            {
                Media = _media,
                Commit = meta.OciImported == true ? null : meta.OstreeCommit,
                OciImage = meta.BaseContainer is { } container ? Container(container) : null,
                RhelExtensions =
                    meta.Azure is null && meta.AwsWinli is null
                        ? null
                        : new()
                        {
                            AwsWinli = meta.AwsWinli is { } winli
                                ? new() { Images = winli.ToValueMap(a => a.Name, a => new ReleaseCloudImage { Image = a.Hvm }) }
                                : null,
                            AzureDisk = meta.Azure is { } azure ? new() { Url = azure.Url } : null,
                        },
            };
        }

        private void AddClouds()
        {
            AddImages("aliyun", meta.Aliyun?.ToValueMap(i => i.Name, i => new ReleaseCloudImage { Image = i.Id }));
            AddImages("aws", meta.Amis?.ToValueMap(i => i.Name, i => new ReleaseCloudImage { Image = i.Hvm }));
            AddImages("ibmcloud", Objects(meta.Ibmcloud));
            AddImages("powervs", Objects(meta.Powervs));
            if (meta.Images?.Find("ignition-gpg-key") is { } key)
            {
                Set("qemu-secex", p => p with { IgnitionGpgKey = File(key) });
            }

            if (meta.Gcp is { } gcp)
            {
                // The upload's own URL is not for users.
                Set(
                    "gcp",
                    p =>
                        p with
                        {
                            Image = new()
                            {
                                Project = gcp.Project,
                                Family = gcp.Family,
                                Name = gcp.Image,
                            },
                        }
                );
            }

            if (meta.Kubevirt is { } kubevirt && Container(kubevirt) is { } disk)
            {
                Set(
                    "kubevirt",
                    p =>
                        p with
                        {
                            Image = new() { Image = disk.Image, DigestRef = disk.DigestRef },
                        }
                );
            }
        }

        private void AddMetal()
        {
            Set("metal", p => p with { Artifacts = p.Artifacts ?? ValueMap<ReleaseFormat>.Empty });
            if (meta.Images?.Find("metal4k") is { } fourK)
            {
                AddFormat("metal", $"4k.{Extension(fourK, "metal4k")}", new() { Disk = File(fourK) });
            }

            foreach (var (artifact, format, member) in MetalFiles)
            {
                if (meta.Images?.Find(artifact) is { } found)
                {
                    var old = _media.Find("metal")!.Artifacts!.Find(format) ?? new();
                    AddFormat(
                        "metal",
                        format,
                        member switch
                        {
                            "disk" => old with { Disk = File(found) },
                            "kernel" => old with { Kernel = File(found) },
                            "initramfs" => old with { Initramfs = File(found) },
                            _ => old with { Rootfs = File(found) },
                        }
                    );
                }
            }
        }

        private static ValueMap<ReleaseCloudImage>? Objects(ValueList<MetaCloudObject>? objects) =>
            objects?.ToValueMap(
                o => o.Region ?? "",
                o => new ReleaseCloudImage
                {
                    ObjectName = o.ObjectName,
                    Bucket = o.Bucket,
                    Url = o.Url,
                }
            );

        private void AddImages(string platform, ValueMap<ReleaseCloudImage>? images)
        {
            if (images is not null)
            {
                Set(platform, p => p with { Images = images });
            }
        }

        private void AddFormat(string platform, string format, ReleaseFormat value) =>
            Set(platform, p => p with { Artifacts = (p.Artifacts ?? ValueMap<ReleaseFormat>.Empty).With(format, value) });

        private void Set(string platform, Func<ReleasePlatform, ReleasePlatform> change) =>
            _media = _media.With(platform, change(_media.Find(platform) ?? new()));

        private ReleaseArtifact File(MetaArtifact artifact)
        {
            if (artifact.Path.Contains('/', StringComparison.Ordinal) || artifact.Path is "" or "." or "..")
            {
                problems.Add(PublishingDiagnostics.NotAFileName(file, artifact.Path));
            }

            return new()
            {
                Location = directory + artifact.Path,
                Signature = signatures ? $"{directory}{artifact.Path}.sig" : "",
                Sha256 = artifact.Sha256,
                UncompressedSha256 = artifact.UncompressedSha256,
            };
        }

        /// <summary>What follows <c>&lt;platform&gt;.&lt;arch&gt;.</c> in a file name.</summary>
        private string Extension(MetaArtifact artifact, string platform)
        {
            var mark = $"{platform}.{arch}.";
            var at = artifact.Path.LastIndexOf(mark, StringComparison.Ordinal);
            if (at < 0)
            {
                problems.Add(PublishingDiagnostics.NoFormat(file, artifact.Path, mark));
                return "";
            }

            return artifact.Path[(at + mark.Length)..];
        }

        /// <summary>The floating tag is the only one without the version.</summary>
        private ReleaseContainer? Container(MetaContainer container)
        {
            var floating = (container.Tags ?? []).Where(t => !t.Contains(meta.BuildId, StringComparison.Ordinal)).ToArray();
            if (floating.Length != 1 || container.Digest is null)
            {
                problems.Add(PublishingDiagnostics.NoFloatingTag(file, container.Image, container.Tags ?? [], container.Digest is null));
                return null;
            }

            return new() { Image = $"{container.Image}:{floating[0]}", DigestRef = $"{container.Image}@{container.Digest}" };
        }
    }
}
