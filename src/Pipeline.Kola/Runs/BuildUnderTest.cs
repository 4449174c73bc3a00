using System.Security.Cryptography;
using Pipeline.Clouds;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning;

namespace Pipeline.Kola.Runs;

/// <summary>The image that machines boot, and what is known about its build.</summary>
internal sealed record BuildUnderTest
{
    /// <summary>Build id; the image's file name when it is a loose file.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute path of the image.</summary>
    public required string Image { get; init; }

    /// <summary><c>qcow2</c> or <c>raw</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Identity of the image's bytes.</summary>
    public required string ImageIdentity { get; init; }

    /// <summary>Version in os-release, or <c>null</c> when unknown.</summary>
    public string? Version { get; init; }

    /// <summary>OSTree commit, or <c>null</c> when unknown.</summary>
    public string? Commit { get; init; }

    /// <summary>Absolute path of the tar with the archive repository, or <c>null</c>.</summary>
    public string? Repository { get; init; }

    /// <summary>Stream for the denylist, or empty.</summary>
    public string Stream { get; init; } = "";

    /// <summary>The operating system by its manifest's name, or empty when unknown.</summary>
    public string Name { get; init; } = "";

    /// <summary>The newest final version of Ignition's specification that the OS reads; <c>null</c> when unknown.</summary>
    public IgnitionVersion? Ignition { get; init; }

    /// <summary>The build for people; for a loose file its path.</summary>
    public string Description { get; init; } = "";

    /// <summary>The build's directory, for its step record; <c>null</c> for a loose file.</summary>
    public string? Directory { get; init; }

    /// <summary>Finds what the request names.</summary>
    /// <exception cref="PipelineException">PL4010, or the build store's own errors.</exception>
    public static async Task<BuildUnderTest> FindAsync(BootRequest request, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.Image is { } path)
        {
            if (CloudProvider.Find(request.Platform) is not null)
            {
                throw new PipelineException(
                    KolaDiagnostics.NoBuild($"machines on {request.Platform} boot an image that was uploaded", "leave --qemu-image out")
                );
            }

            return Loose(path);
        }

        var store = new BuildStore(request.WorkDirectory, time);
        var id = await store.ResolveAsync(request.Build, request.Architecture, cancellationToken);
        var directory = store.Directory(id, request.Architecture);
        var meta = await store.ReadBuildAsync(id, request.Architecture, cancellationToken);
        var (image, format, identity) = CloudProvider.Find(request.Platform) is { } cloud
            ? Registered(cloud, request, id, meta)
            : Local(request, id, directory, meta);
        var repository = Artifact(meta, "ostree") is { } tar ? Path.Combine(directory, Path.GetFileName(tar.Path)) : null;
        return new()
        {
            Id = id,
            Image = image,
            Format = format,
            ImageIdentity = identity,
            Version = meta.OstreeVersion,
            Commit = meta.OstreeCommit,
            Repository = File.Exists(repository) ? repository : null,
            Stream = store.StreamOf(id, request.Architecture, meta)?.ToString() ?? "",
            Name = meta.Name ?? "",
            Description = await store.DescribeAsync(id, request.Architecture, cancellationToken),
            Directory = directory,
            Ignition = IgnitionOf(Path.Combine(directory, "commitmeta.json")),
        };
    }

    /// <summary>The disk image of the build's directory.</summary>
    private static (string Image, string Format, string Identity) Local(
        BootRequest request,
        string id,
        string directory,
        BuildMetaDocument meta
    )
    {
        var artifact = Artifact(meta, request.Platform);
        var image = artifact is null ? null : Path.Combine(directory, Path.GetFileName(artifact.Path));
        return image is not null && File.Exists(image) && IsQcow2(image)
            ? (image, "qcow2", artifact!.Sha256)
            : throw new PipelineException(
                KolaDiagnostics.NoBuild(
                    $"build '{id}' has no {request.Platform} image that can be booted",
                    $"run 'pipeline images {id} --platform {request.Platform}'"
                )
            );
    }

    /// <summary>The image that an upload recorded for the region.</summary>
    private static (string Image, string Format, string Identity) Registered(
        CloudProvider cloud,
        BootRequest request,
        string id,
        BuildMetaDocument meta
    )
    {
        var options = request.Cloud ?? throw new InvalidOperationException("a run in a cloud has options for it");
        var region = cloud.Region(options);
        return meta.Amis?.FirstOrDefault(a => a.Name == region) is { } image
            ? (image.Hvm, cloud.Platform, $"{region} {image.Hvm}")
            : throw new PipelineException(
                KolaDiagnostics.NoBuild(
                    $"build '{id}' records no {cloud.Platform} image in {region}",
                    $"run 'pipeline upload {cloud.Platform} {id} --region {region}'"
                )
            );
    }

    /// <summary>Keeps the build from being pruned or replaced until disposed; <c>null</c> for a loose file.</summary>
    public async Task<BuildUse?> UseAsync(BootRequest request, TimeProvider time, CancellationToken cancellationToken) =>
        Directory is null
            ? null
            : await new BuildStore(request.WorkDirectory, time).UseAsync(Id, [request.Architecture], cancellationToken);

    /// <summary>
    /// What the commit says that it reads; of a build whose compose did not record it, what its package of Ignition reads. The list of
    /// packages is that of rpm-ostree: name, epoch, version, release, architecture.
    /// </summary>
    private static IgnitionVersion? IgnitionOf(string file)
    {
        if (!RegularFile.Is(file) || JsonText.Parse(file, RegularFile.Read(file), new()) is not JsonTextObject meta)
        {
            return null;
        }

        if (meta.Find(IgnitionReleases.CommitKey) is JsonTextString recorded)
        {
            return IgnitionVersion.TryParse(recorded.Value, out var version) ? version : null;
        }

        return (meta.Find("rpmostree.rpmdb.pkglist") as JsonTextArray)
            ?.Items.OfType<JsonTextArray>()
            .Where(p => p.Items is [JsonTextString { Value: IgnitionReleases.Package }, _, JsonTextString, ..])
            .Select(p => IgnitionReleases.NewestReadBy(((JsonTextString)p.Items[2]).Value))
            .FirstOrDefault();
    }

    private static MetaArtifact? Artifact(BuildMetaDocument meta, string name) =>
        meta.Images is { } images && images.TryFind(name, out var artifact) ? artifact : null;

    private static BuildUnderTest Loose(string path)
    {
        if (!File.Exists(path))
        {
            throw new PipelineException(KolaDiagnostics.NoBuild($"no image '{path}'", "check the path given with --qemu-image"));
        }

        // An archive repository beside the image, as a build directory has it, makes the update tests possible for a loose file too.
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "ostree.tar");
        return new()
        {
            Id = Path.GetFileName(path),
            Image = Path.GetFullPath(path),
            Format = IsQcow2(path) ? "qcow2" : "raw",
            ImageIdentity = Identity(path),
            Repository = File.Exists(beside) ? beside : null,
            Description = path,
        };
    }

    /// <summary>Size, time and the first bytes: enough to see a change without reading gigabytes; builds carry a real digest.</summary>
    private static string Identity(string path)
    {
        using var file = RegularFile.OpenStream(path, 0);
        var head = new byte[64 * 1024];
        var read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return $"{file.Length} {File.GetLastWriteTimeUtc(path):O} {Convert.ToHexStringLower(SHA256.HashData(head.AsSpan(0, read)))}";
    }

    private static bool IsQcow2(string path)
    {
        using var file = RegularFile.OpenStream(path, 0);
        var magic = new byte[4];
        return file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic is [(byte)'Q', (byte)'F', (byte)'I', 0xfb];
    }
}
