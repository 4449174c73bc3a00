using System.Security.Cryptography;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>The image that machines boot, and what is known about its build.</summary>
internal sealed record BuildUnderTest
{
    private const int LargestMeta = 16 * 1024 * 1024;

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

    /// <summary>The build's directory, for its step record; <c>null</c> for a loose file.</summary>
    public string? Directory { get; init; }

    /// <summary>Finds what the request names.</summary>
    /// <exception cref="PipelineException">PL4010.</exception>
    public static BuildUnderTest Find(BootRequest request, Architecture architecture)
    {
        if (request.Image is { } path)
        {
            return Loose(path);
        }

        var id = request.Build is null or "latest" ? Latest(request.WorkDirectory.Builds) : request.Build;
        var directory = Path.Combine(request.WorkDirectory.Builds, Path.GetFileName(id), architecture.Name);
        var meta = Path.Combine(directory, "meta.json");
        if (!File.Exists(meta) || new FileInfo(meta).Length > LargestMeta)
        {
            throw new PipelineException(KolaDiagnostics.NoBuild($"no build '{id}' for {architecture}", "see 'pipeline builds list', or run 'pipeline compose'"));
        }

        var problems = new DiagnosticBag();
        var root = JsonText.Parse(meta, File.ReadAllBytes(meta), problems) as JsonTextObject;
        problems.ThrowIfErrors();
        var images = root?.Find("images") as JsonTextObject;
        if (Text(images?.Find("qemu"), "path") is not { } image || !File.Exists(Path.Combine(directory, Path.GetFileName(image))))
        {
            throw new PipelineException(KolaDiagnostics.NoBuild($"build '{id}' has no qemu image", $"run 'pipeline images {id} --platform qemu'"));
        }

        var repository = Text(images?.Find("ostree"), "path");
        return new()
        {
            Id = id,
            Image = Path.Combine(directory, Path.GetFileName(image)),
            Format = "qcow2",
            ImageIdentity = Text(images?.Find("qemu"), "sha256") ?? Identity(Path.Combine(directory, Path.GetFileName(image))),
            Version = Text(root, "ostree-version") ?? Text(root, "buildid"),
            Commit = Text(root, "ostree-commit"),
            Repository = repository is null ? null : Path.Combine(directory, Path.GetFileName(repository)),
            Stream = Text(root?.Find("coreos-assembler.config-variant"), "stream") ?? "",
            Directory = directory,
        };
    }

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
        };
    }

    /// <summary>Size, time and the first bytes: enough to see a change without reading gigabytes; builds carry a real digest.</summary>
    private static string Identity(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[64 * 1024];
        var read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return $"{file.Length} {File.GetLastWriteTimeUtc(path):O} {Convert.ToHexStringLower(SHA256.HashData(head.AsSpan(0, read)))}";
    }

    private static bool IsQcow2(string path)
    {
        using var file = File.OpenRead(path);
        var magic = new byte[4];
        return file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic is [(byte)'Q', (byte)'F', (byte)'I', 0xfb];
    }

    private static string Latest(string builds) =>
        new FileInfo(Path.Combine(builds, "latest")).LinkTarget is { } target
            ? Path.GetFileName(target)
            : throw new PipelineException(KolaDiagnostics.NoBuild($"there is no build in '{builds}'", "run 'pipeline compose' and 'pipeline images', or name an image with --qemu-image"));

    private static string? Text(JsonTextNode? node, string name) => (node as JsonTextObject)?.Find(name) is JsonTextString text ? text.Value : null;
}
