using System.Text.RegularExpressions;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Images.Records;

/// <summary>What images need to know about a build, and where they note what they made.</summary>
internal sealed partial class BuildRecords
{
    private readonly BuildStore _store;
    private readonly Architecture _architecture;
    private readonly JsonTextObject _meta;

    private BuildRecords(BuildStore store, string id, Architecture architecture, JsonTextObject meta)
    {
        _store = store;
        _architecture = architecture;
        _meta = meta;
        Id = id;
        Directory = store.Directory(id, architecture);
    }

    /// <summary>The build's id.</summary>
    public string Id { get; }

    /// <summary><c>builds/ID/ARCH</c>.</summary>
    public string Directory { get; }

    /// <summary>Prefix of every artifact.</summary>
    public string Name => Text("name");

    /// <summary>Checksum of the OSTree commit.</summary>
    public string Commit =>
        Text("ostree-commit") is { Length: 64 } commit && commit.All(char.IsAsciiHexDigitLower)
            ? commit
            : throw Bad("'ostree-commit' is not a checksum");

    /// <summary>The commit's archive.</summary>
    public Artifact Archive => Image("ostree") ?? throw Bad("it has no 'images.ostree'");

    /// <summary>Opens a build.</summary>
    /// <exception cref="PipelineException">PL0360–PL0364 there is none; PL3006 its meta.json is damaged.</exception>
    public static async Task<BuildRecords> OpenAsync(
        BuildStore store,
        string id,
        Architecture architecture,
        CancellationToken cancellationToken
    )
    {
        var resolved = await store.ResolveAsync(id, architecture, cancellationToken);
        return new(store, resolved, architecture, await store.ReadMetaAsync(resolved, architecture, cancellationToken));
    }

    /// <summary>An image noted in meta.json, or <c>null</c>.</summary>
    public Artifact? Image(string platform)
    {
        if ((_meta.Find("images") as JsonTextObject)?.Find(platform) is not JsonTextObject image)
        {
            return null;
        }

        return
            Artifact.FromJson(platform, Directory, image) is { } artifact
            && FileName().IsMatch(Path.GetFileName(artifact.Path))
            && Path.GetDirectoryName(artifact.Path) == Directory
            ? artifact
            : throw Bad($"'images.{platform}' has no proper 'path', 'sha256' and 'size'");
    }

    /// <summary>The image a former run made from the same inputs under the same name, when its file is still there.</summary>
    public Artifact? Made(StepInputs inputs, string platform, string path) =>
        _store.StepDigest(Id, _architecture, inputs.Step) == inputs.Digest
        && Image(platform) is { } noted
        && noted.Path == path
        && new FileInfo(path) is { Exists: true } file
        && file.Length == noted.Size.Bytes
            ? noted
            : null;

    /// <summary>Notes a finished image in meta.json, then how it came to be. The caller holds the step lock.</summary>
    public async Task AddAsync(Artifact artifact, StepInputs inputs, TimeSpan elapsed, CancellationToken cancellationToken)
    {
        await _store.AddImagesAsync(
            Id,
            _architecture,
            new Dictionary<string, JsonTextObject> { [artifact.Platform] = artifact.ToJson() },
            cancellationToken
        );
        await _store.WriteStepAsync(
            Id,
            _architecture,
            new(inputs, [new(Path.GetFileName(artifact.Path), artifact.Digest)], Cached: false, elapsed),
            cancellationToken
        );
    }

    private string Text(string key) =>
        (_meta.Find(key) as JsonTextString)?.Value is { } text && FileName().IsMatch(text) ? text : throw Bad($"it has no proper '{key}'");

    private PipelineException Bad(string what) => new(ImageDiagnostics.BadMeta(Path.Combine(Directory, "meta.json"), what));

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+~-]{0,254}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
