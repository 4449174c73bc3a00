using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Host.Builds;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Records;

/// <summary>What images need to know about a build, and where they note what they made.</summary>
internal sealed partial class BuildRecords
{
    private readonly BuildStore _store;
    private readonly Architecture _architecture;
    private readonly PlatformTable _platforms;
    private readonly BuildMetaDocument _meta;

    private BuildRecords(BuildStore store, string id, Architecture architecture, PlatformTable platforms, BuildMetaDocument meta)
    {
        _store = store;
        _architecture = architecture;
        _platforms = platforms;
        _meta = meta;
        Id = id;
        Directory = store.Directory(id, architecture);
        if (!FileName().IsMatch(meta.Name))
        {
            throw Bad("its 'name' cannot start a file name");
        }
    }

    /// <summary>The build's id.</summary>
    public string Id { get; }

    /// <summary><c>builds/ID/ARCH</c>.</summary>
    public string Directory { get; }

    /// <summary>Prefix of every artifact.</summary>
    public string Name => _meta.Name;

    /// <summary>Checksum of the OSTree commit.</summary>
    public string Commit => _meta.OstreeCommit;

    /// <summary>The commit's time, seconds since 1970.</summary>
    public long Epoch =>
        DateTimeOffset.TryParse(_meta.OstreeTimestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        && time.ToUnixTimeSeconds() is >= 0 and <= uint.MaxValue and var seconds
            ? seconds
            : throw Bad("its 'ostree-timestamp' is no time");

    /// <summary>The commit's archive.</summary>
    public Artifact Archive => Noted("ostree") ?? throw Bad("it has no 'images.ostree'");

    /// <summary>Opens a build.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="id">Its id.</param>
    /// <param name="architecture">Which of its architectures.</param>
    /// <param name="platforms">Says which platform an artifact is for.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="PipelineException">PL0360–PL0364 there is none; PL3006 and contract errors: meta.json is damaged.</exception>
    public static async Task<BuildRecords> OpenAsync(
        BuildStore store,
        string id,
        Architecture architecture,
        PlatformTable platforms,
        CancellationToken cancellationToken
    )
    {
        var problems = new DiagnosticBag();
        var bytes = await store.ReadMetaBytesAsync(id, architecture, cancellationToken);
        var meta = Contract.Read<BuildMetaDocument>(Path.Combine(store.Directory(id, architecture), "meta.json"), bytes, problems);
        problems.ThrowIfErrors();
        return new(store, id, architecture, platforms, meta!.Value);
    }

    /// <summary>An artifact that meta.json notes, or <c>null</c>.</summary>
    /// <exception cref="PipelineException">PL3006 it is noted without a proper file name, digest and size.</exception>
    public Artifact? Noted(string name) =>
        _meta.Images?.Find(name) is not { } image ? null
        : FileName().IsMatch(image.Path) && Artifact.From(name, Directory, image, _platforms) is { } artifact ? artifact
        : throw Bad($"'images.{name}' has no proper 'path', 'sha256' and 'size'");

    /// <summary>The artifacts a former run made from the same inputs under the same names, when all their files are still there.</summary>
    /// <param name="inputs">What they would be made from.</param>
    /// <param name="files">Names of the artifacts, and their file names.</param>
    public ValueList<Artifact>? Made(StepInputs inputs, IEnumerable<(string Name, string FileName)> files)
    {
        if (_store.StepDigest(Id, _architecture, inputs.Step) != inputs.Digest)
        {
            return null;
        }

        var found = files.Select(f => Noted(f.Name) is { } noted && IsThere(noted, f.FileName) ? noted : null).ToArray();
        return found.Contains(null) ? null : [.. found!];
    }

    /// <summary>Notes finished artifacts in meta.json, then how they came to be. The caller holds the step lock.</summary>
    public async Task AddAsync(
        ValueList<Artifact> artifacts,
        StepInputs inputs,
        ValueList<string> kernelArguments,
        TimeSpan elapsed,
        CancellationToken cancellationToken
    )
    {
        await _store.AddImagesAsync(
            Id,
            _architecture,
            artifacts.ToDictionary(a => a.Name, a => Contract.ToNode(a.ToMeta())),
            cancellationToken
        );
        await _store.WriteStepAsync(
            Id,
            _architecture,
            new(inputs, [.. artifacts.Select(a => new StepInput(Path.GetFileName(a.Path), a.Digest))], Cached: false, elapsed)
            {
                KernelArguments = kernelArguments,
            },
            cancellationToken
        );
    }

    private bool IsThere(Artifact noted, string fileName) =>
        noted.Path == Path.Combine(Directory, fileName)
        && new FileInfo(noted.Path) is { Exists: true } file
        && file.Length == noted.Size.Bytes;

    private PipelineException Bad(string what) => new(ImageDiagnostics.BadMeta(Path.Combine(Directory, "meta.json"), what));

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+~-]{0,254}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
