using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Publishing;

/// <summary>How release metadata is made.</summary>
/// <param name="Stream">The stream's name; <c>null</c> takes the one the metas agree on.</param>
/// <param name="BaseUrl">
/// URL under which <c>&lt;stream&gt;/builds/&lt;version&gt;/&lt;arch&gt;/</c> is published; no slash at the end.
/// </param>
/// <param name="Signatures">Whether files may have detached signatures.</param>
internal sealed record ReleaseMetadataOptions(string? Stream, string BaseUrl, bool Signatures)
{
    /// <summary>The platforms that are listed, in its order.</summary>
    public PlatformTable Platforms { get; init; } = PlatformTable.Known;
}

/// <summary>A build that goes into a release.</summary>
/// <param name="File">Its meta.json, for messages.</param>
/// <param name="Meta">The document.</param>
/// <param name="RecordedStream">The stream its compose recorded; <c>null</c> for none.</param>
internal sealed record ReleaseBuild(string File, BuildMetaDocument Meta, StreamName? RecordedStream = null)
{
    /// <summary>Whether a file of the build, by its name, has a detached signature.</summary>
    public Func<string, bool> IsSigned { get; init; } = _ => true;
}

/// <summary>
/// Joins the build metadata of all architectures to one release.json; the rules of coreos-assembler's generate-release-meta.
/// </summary>
internal static class ReleaseMetadata
{
    /// <summary>The release made of <paramref name="metas"/>, added to <paramref name="existing"/> when there is one.</summary>
    /// <param name="metas">File names for messages, and documents; architectures are written in their order.</param>
    /// <param name="existing">A release of the same version that is extended; what it has may not change.</param>
    /// <param name="options">Stream, URLs and signatures.</param>
    /// <exception cref="PipelineException">
    /// The metas disagree, or contradict <paramref name="existing"/> (class 2), all problems at once.
    /// </exception>
    public static ReleaseDocument Create(IReadOnlyList<ReleaseBuild> metas, ReleaseDocument? existing, ReleaseMetadataOptions options)
    {
        var problems = new DiagnosticBag();
        var version = existing?.Release ?? metas[0].Meta.BuildId;
        var stream = existing?.Stream ?? StreamOf(metas[0], options);
        if (stream is null)
        {
            throw new PipelineException(PublishingDiagnostics.NoStream(metas[0].File));
        }

        var architectures = existing?.Architectures ?? ValueMap<ReleaseArchitecture>.Empty;
        foreach (var build in metas)
        {
            var (file, meta) = (build.File, build.Meta);
            Agree(problems, file, "release", version, meta.BuildId);
            Agree(problems, file, "stream", stream, StreamOf(build, options) ?? stream);
            if (meta.Architecture is not { Length: > 0 } arch)
            {
                problems.Add(PublishingDiagnostics.NoArchitecture(file));
                continue;
            }

            var made = new Maker(
                build,
                arch,
                $"{options.BaseUrl.TrimEnd('/')}/{stream}/builds/{version}/{arch}/",
                options,
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

    private static string? StreamOf(ReleaseBuild build, ReleaseMetadataOptions options) =>
        options.Stream ?? StreamSource.OfBuild(build.RecordedStream, build.Meta)?.ToString();

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
    private sealed class Maker(ReleaseBuild build, string arch, string directory, ReleaseMetadataOptions options, DiagnosticBag problems)
    {
        private readonly BuildMetaDocument _meta = build.Meta;
        private readonly string _file = build.File;
        private ValueMap<ReleasePlatform> _media = ValueMap<ReleasePlatform>.Empty;

        public ReleaseArchitecture Architecture()
        {
            var rows = options.Platforms.EachArtifact().ToLookup(r => r.Artifact.Name == r.Platform.Name);
            foreach (var (platform, row) in rows[true])
            {
                AddArtifact(platform, row);
            }

            foreach (var platform in options.Platforms.Platforms.Where(p => p.Upload is not null).OrderBy(p => p.Upload))
            {
                AddUpload(platform);
            }

            // A platform with media of fixed names is listed even when none of them was made.
            foreach (var (platform, _) in rows[false].Where(r => r.Artifact.Format is not null))
            {
                Set(platform.Name, p => p with { Artifacts = p.Artifacts ?? ValueMap<ReleaseFormat>.Empty });
            }

            foreach (var (platform, row) in rows[false])
            {
                AddArtifact(platform, row);
            }

            return new()
            {
                Media = _media,
                Commit = _meta.OciImported == true ? null : _meta.OstreeCommit,
                OciImage = _meta.BaseContainer is { } container ? Container(container) : null,
                RhelExtensions =
                    _meta.Azure is null && _meta.AwsWinli is null
                        ? null
                        : new()
                        {
                            AwsWinli = _meta.AwsWinli is { } winli
                                ? new() { Images = winli.ToValueMap(a => a.Name, a => new ReleaseCloudImage { Image = a.Hvm }) }
                                : null,
                            AzureDisk = _meta.Azure is { } azure ? new() { Url = azure.Url } : null,
                        },
            };
        }

        private void AddArtifact(Platform platform, PlatformArtifact row)
        {
            if (_meta.Images?.Find(row.Name) is not { } found)
            {
                return;
            }

            if (row.Member == ReleaseMember.IgnitionGpgKey)
            {
                Set(platform.Name, p => p with { IgnitionGpgKey = File(found) });
                return;
            }

            var format = row.Format ?? row.FormatPrefix + Extension(found, row.Name);
            var old = _media.Find(platform.Name)?.Artifacts?.Find(format) ?? new();
            AddFormat(
                platform.Name,
                format,
                row.Member switch
                {
                    ReleaseMember.Disk => old with { Disk = File(found) },
                    ReleaseMember.Kernel => old with { Kernel = File(found) },
                    ReleaseMember.Initramfs => old with { Initramfs = File(found) },
                    _ => old with { Rootfs = File(found) },
                }
            );
        }

        /// <summary>Adds what the upload of a platform's image made.</summary>
        private void AddUpload(Platform platform)
        {
            switch (platform.Upload)
            {
                case UploadTarget.Aliyun:
                    AddImages(platform, _meta.Aliyun?.ToValueMap(i => i.Name, i => new ReleaseCloudImage { Image = i.Id }));
                    break;
                case UploadTarget.Aws:
                    AddImages(platform, _meta.Amis?.ToValueMap(i => i.Name, i => new ReleaseCloudImage { Image = i.Hvm }));
                    break;
                case UploadTarget.Ibmcloud:
                    AddImages(platform, Objects(_meta.Ibmcloud));
                    break;
                case UploadTarget.Powervs:
                    AddImages(platform, Objects(_meta.Powervs));
                    break;
                case UploadTarget.Gcp when _meta.Gcp is { } gcp:
                    // The upload's own URL is not for users.
                    AddImage(
                        platform,
                        new()
                        {
                            Project = gcp.Project,
                            Family = gcp.Family,
                            Name = gcp.Image,
                        }
                    );
                    break;
                case UploadTarget.Kubevirt when _meta.Kubevirt is { } kubevirt && Container(kubevirt) is { } disk:
                    AddImage(platform, new() { Image = disk.Image, DigestRef = disk.DigestRef });
                    break;
                default:
                    break;
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

        private void AddImages(Platform platform, ValueMap<ReleaseCloudImage>? images)
        {
            if (images is not null)
            {
                Set(platform.Name, p => p with { Images = images });
            }
        }

        private void AddImage(Platform platform, ReleaseCloudImage image) => Set(platform.Name, p => p with { Image = image });

        private void AddFormat(string platform, string format, ReleaseFormat value) =>
            Set(platform, p => p with { Artifacts = (p.Artifacts ?? ValueMap<ReleaseFormat>.Empty).With(format, value) });

        private void Set(string platform, Func<ReleasePlatform, ReleasePlatform> change) =>
            _media = _media.With(platform, change(_media.Find(platform) ?? new()));

        private ReleaseArtifact File(MetaArtifact artifact)
        {
            if (artifact.Path.Contains('/', StringComparison.Ordinal) || artifact.Path is "" or "." or "..")
            {
                problems.Add(PublishingDiagnostics.NotAFileName(_file, artifact.Path));
            }

            return new()
            {
                Location = directory + artifact.Path,
                Signature = options.Signatures && build.IsSigned(artifact.Path) ? $"{directory}{artifact.Path}.sig" : "",
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
                problems.Add(PublishingDiagnostics.NoFormat(_file, artifact.Path, mark));
                return "";
            }

            return artifact.Path[(at + mark.Length)..];
        }

        /// <summary>The floating tag is the only one without the version.</summary>
        private ReleaseContainer? Container(MetaContainer container)
        {
            var floating = (container.Tags ?? []).Where(t => !t.Contains(_meta.BuildId, StringComparison.Ordinal)).ToArray();
            if (floating.Length != 1 || container.Digest is null)
            {
                problems.Add(PublishingDiagnostics.NoFloatingTag(_file, container.Image, container.Tags ?? [], container.Digest is null));
                return null;
            }

            return new() { Image = $"{container.Image}:{floating[0]}", DigestRef = $"{container.Image}@{container.Digest}" };
        }
    }
}
