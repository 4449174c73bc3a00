using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Records;

/// <summary>What images need to know about a build, and where they note what they made.</summary>
internal sealed partial class BuildRecords
{
    private static readonly JsonStyle Style = new("    ", true);
    private JsonTextObject _meta;

    private BuildRecords(string id, string directory, JsonTextObject meta)
    {
        Id = id;
        Directory = directory;
        _meta = meta;
    }

    /// <summary>The build's id.</summary>
    public string Id { get; }

    /// <summary><c>builds/ID/ARCH</c>.</summary>
    public string Directory { get; }

    /// <summary>Prefix of every artifact.</summary>
    public string Name => Text("name");

    /// <summary>Checksum of the OSTree commit.</summary>
    public string Commit => Text("ostree-commit");

    /// <summary>The commit's archive: file name and digest.</summary>
    public (string Path, Digest Digest) Archive => Image("ostree") is { } image ? image : throw Bad("it has no 'images.ostree'");

    /// <summary>Opens a build.</summary>
    /// <exception cref="PipelineException">PL3004, PL3005 there is none; PL3006 its meta.json is damaged.</exception>
    public static BuildRecords Open(WorkDirectory work, string id, Architecture architecture)
    {
        var known = System.IO.Directory.Exists(work.Builds)
            ? new DirectoryInfo(work.Builds).EnumerateDirectories().Where(d => d.LinkTarget is null).Select(d => d.Name).ToArray()
            : [];
        var resolved = id == "latest" ? new FileInfo(Path.Combine(work.Builds, "latest")).LinkTarget ?? "" : id;
        if (!BuildName().IsMatch(resolved) || !known.Contains(resolved))
        {
            throw new PipelineException(ImageDiagnostics.NoBuild(id, known));
        }

        var directory = Path.Combine(work.Builds, resolved, architecture.Name);
        var file = Path.Combine(directory, "meta.json");
        return File.Exists(file)
            ? new(resolved, directory, Read(file))
            : throw new PipelineException(ImageDiagnostics.NoArchitecture(resolved, architecture));
    }

    /// <summary>An image noted in meta.json, or <c>null</c>.</summary>
    public (string Path, Digest Digest)? Image(string key)
    {
        if ((_meta.Find("images") as JsonTextObject)?.Find(key) is not JsonTextObject image)
        {
            return null;
        }

        var path = (image.Find("path") as JsonTextString)?.Value;
        return path is not null && FileName().IsMatch(path) && Digest.TryParse((image.Find("sha256") as JsonTextString)?.Value, out var digest)
            ? (path, digest)
            : throw Bad($"'images.{key}' has no proper 'path' and 'sha256'");
    }

    /// <summary>The step record of <paramref name="platform"/>, or <c>null</c> when there is none that can be read.</summary>
    public JsonTextObject? Step(string platform)
    {
        var file = StepFile(platform);
        return File.Exists(file) ? JsonText.Parse(file, File.ReadAllBytes(file), new DiagnosticBag()) as JsonTextObject : null;
    }

    /// <summary>Notes an image in meta.json and in its step record. The caller holds the step lock.</summary>
    public async Task AddAsync(Artifact artifact, JsonTextObject step, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Directory, "meta.json");
        _meta = Read(file); // another step may have added to it since
        var images = _meta.Find("images") as JsonTextObject ?? new([]);
        _meta = _meta.With("images", images.With(artifact.Platform, artifact.ToJson()));
        await AtomicFile.WriteAsync(StepFile(artifact.Platform), JsonTextWriter.Write(step, JsonStyle.Pretty), cancellationToken);
        await AtomicFile.WriteAsync(file, JsonTextWriter.Write(_meta, Style), cancellationToken);
    }

    /// <summary>A JSON number.</summary>
    public static JsonTextNumber Number(long value) => new(value.ToString(CultureInfo.InvariantCulture));

    private static JsonTextObject Read(string file)
    {
        var problems = new DiagnosticBag();
        var root = JsonText.Parse(file, File.ReadAllBytes(file), problems);
        problems.ThrowIfErrors();
        return root as JsonTextObject ?? throw new PipelineException(ImageDiagnostics.BadMeta(file, "it is not an object"));
    }

    private string StepFile(string platform) => Path.Combine(Directory, "steps", $"image-{platform}.json");

    private string Text(string key) => (_meta.Find(key) as JsonTextString)?.Value is { } text && FileName().IsMatch(text) ? text : throw Bad($"it has no proper '{key}'");

    private PipelineException Bad(string what) => new(ImageDiagnostics.BadMeta(Path.Combine(Directory, "meta.json"), what));

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex BuildName();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+~-]{0,254}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
