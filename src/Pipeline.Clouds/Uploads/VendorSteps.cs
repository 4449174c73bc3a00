using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Clouds.Uploads;

/// <summary>
/// The vendors' own steps for a platform's image, as commands with this artifact's names, sizes and digests. Words in capitals are the
/// user's to fill in.
/// </summary>
public static partial class VendorSteps
{
    /// <summary>The platforms that have steps, in the order of the platform table.</summary>
    public static ValueList<string> Platforms => [.. PlatformTable.Known.Platforms.Select(p => p.Name).Where(n => Guides.ContainsKey(n))];

    /// <summary>The steps: comments and commands, ready for a shell.</summary>
    /// <exception cref="PipelineException">PL6079 the platform has none.</exception>
    public static string Explain(UploadSubject subject)
    {
        var platform = subject.Artifact.Name;
        if (!Guides.TryGetValue(platform, out var guide))
        {
            throw new PipelineException(CloudDiagnostics.NoGuide(platform, Platforms));
        }

        var file = new GuideFile(subject);
        string[] lines =
        [
            $"# {platform}: {subject.Name}",
            $"# {file.Name}: {file.Size} bytes, sha256 {subject.Artifact.Digest.Hex}",
            .. file.IsCompressed && subject.Artifact is { UncompressedDigest: { } digest, UncompressedSize: { } size }
                ? (string[])[$"# {file.Plain}: {size.Bytes} bytes, sha256 {digest.Hex}"]
                : [],
            $"printf '%s  %s\\n' {subject.Artifact.Digest.Hex} {file.Path} | sha256sum --check",
            .. guide(file),
        ];
        return string.Join('\n', lines) + "\n";
    }
}

/// <summary>The words of a guide that depend on the artifact.</summary>
internal sealed class GuideFile(UploadSubject subject)
{
    /// <summary>Absolute path; shells take it as it is, because builds have harmless names.</summary>
    public string Path => Host.Tools.ShellWord.Quote(subject.Artifact.Path);

    /// <summary>File name.</summary>
    public string Name => System.IO.Path.GetFileName(subject.Artifact.Path);

    /// <summary>Bytes of the file.</summary>
    public long Size => subject.Artifact.Size.Bytes;

    /// <summary>Name of the image.</summary>
    public string Image => subject.Name;

    /// <summary>The name as hosts and clouds with strict rules take it: lower case, digits and dashes.</summary>
    public string Strict => new([.. Image.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);

    /// <summary>The architecture as RPM spells it.</summary>
    public string Arch => subject.Architecture.Name;

    /// <summary>Whether it is the 64-bit Arm architecture.</summary>
    public bool IsArm => subject.Architecture == Architecture.Aarch64;

    /// <summary>The build's version.</summary>
    public string Build => subject.Build;

    /// <summary>The name of the product.</summary>
    public string Product => subject.Meta.Name;

    /// <summary>Whether a program has to decompress it first.</summary>
    public bool IsCompressed => Tool is not null;

    /// <summary>File name after that.</summary>
    public string Plain => IsCompressed ? System.IO.Path.GetFileNameWithoutExtension(Name) : Name;

    /// <summary>The command for it; nothing when there is no need.</summary>
    public IEnumerable<string> Decompress => Tool is null ? [] : [$"{Tool} {Path} > {Plain}"];

    /// <summary>The plain file in commands.</summary>
    public string PlainPath => IsCompressed ? Plain : Path;

    private string? Tool =>
        System.IO.Path.GetExtension(Name) switch
        {
            ".xz" => "xz --decompress --stdout",
            ".gz" when !Name.EndsWith(".tar.gz", StringComparison.Ordinal) && !Name.EndsWith(".ova.gz", StringComparison.Ordinal) =>
                "gzip --decompress --stdout",
            ".zst" => "zstd --decompress --stdout",
            ".zip" => "unzip -p",
            _ => null,
        };
}
