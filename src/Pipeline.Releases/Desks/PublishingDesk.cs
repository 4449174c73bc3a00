using Pipeline.Host.Builds;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Evidence;
using Pipeline.Releases.Publishing;

namespace Pipeline.Releases.Desks;

/// <summary>A release.json to make.</summary>
/// <param name="Metas">meta.json of each architecture.</param>
/// <param name="Stream">The stream; <c>null</c> takes the one the builds agree on.</param>
/// <param name="BaseUrl">URL above <c>STREAM/builds/VERSION/ARCH/</c>.</param>
/// <param name="Signatures">
/// Whether files have detached signatures where they are published; <c>null</c>: those that have one beside their meta.json.
/// </param>
/// <param name="Output">File that is made or extended; <c>null</c> only returns the text.</param>
/// <param name="RequireTested">Whether each build must have a record of passed tests beside its meta.json.</param>
public sealed record ReleaseMetadataRequest(
    ValueList<string> Metas,
    string? Stream,
    string BaseUrl,
    bool? Signatures,
    string? Output,
    bool RequireTested
)
{
    /// <summary>Why a build that is not proved is released to a production stream; <c>null</c> refuses it.</summary>
    public string? Override { get; init; }
}

/// <summary>A release to add to an index.</summary>
/// <param name="File">The index; made when missing.</param>
/// <param name="Release">Its release.json.</param>
/// <param name="Url">URL of the published release.json, or the URL above <c>STREAM/builds/</c>.</param>
/// <param name="Now">Time to record, as people type it; <c>null</c> for the clock.</param>
/// <param name="DryRun">Write nothing.</param>
/// <param name="AllowLower">Whether a version below that of the last release may be appended.</param>
public sealed record ReleaseIndexRequest(string File, string Release, string Url, string? Now, bool DryRun, bool AllowLower = false)
{
    /// <summary>
    /// meta.json of each architecture, for the proof that it passed its tests; those that are not named are looked for as
    /// <c>builds/VERSION/ARCH/meta.json</c> below <see cref="Builds"/>.
    /// </summary>
    public ValueList<string> Metas { get; init; } = [];

    /// <summary>Directory of the builds; <c>null</c> for <c>builds</c> in the user's.</summary>
    public string? Builds { get; init; }

    /// <summary>Why a build that is not proved is released to a production stream; <c>null</c> refuses it.</summary>
    public string? Override { get; init; }
}

/// <summary>Façade of <c>release</c>: the documents of a release.</summary>
public sealed class PublishingDesk
{
    private readonly ReleaseServices _services;

    internal PublishingDesk(ReleaseServices services) => _services = services;

    /// <summary>Joins the build metadata of all architectures to one release.json.</summary>
    /// <returns>The text, or <c>null</c> when it was written to <see cref="ReleaseMetadataRequest.Output"/>.</returns>
    /// <exception cref="PipelineException">
    /// A file cannot be read, or the builds do not make one release (class 2 or 5), all problems at once.
    /// </exception>
    public async Task<string?> MetadataAsync(ReleaseMetadataRequest request, CancellationToken cancellationToken)
    {
        var metas = new List<ReleaseBuild>();
        foreach (var file in request.Metas)
        {
            var meta = await DocumentFile.ReadAsync<BuildMetaDocument>(_services.FullPath(file), file, cancellationToken);
            var directory = Path.GetDirectoryName(_services.FullPath(file))!;
            metas.Add(
                new(file, meta.Value, BuildStore.RecordedStream(directory))
                {
                    IsSigned = path => request.Signatures ?? File.Exists(Path.Combine(directory, $"{path}.sig")),
                }
            );
        }

        if (request.RequireTested)
        {
            await RequireTestedAsync(request.Metas, cancellationToken);
        }

        var options = new ReleaseMetadataOptions(request.Stream, request.BaseUrl, request.Signatures != false);
        var made = ReleaseMetadata.Create(metas, null, options);
        var gated = metas.Select(m => new GatedBuild(m.Meta.Architecture!, m.File, null)).ToArray();
        await new ReleaseGate(_services).RequireAsync(
            new(made.Release, made.Stream, gated, request.Override, request.Output ?? request.Metas[0], DryRun: false),
            cancellationToken
        );
        if (request.Output is not { } output)
        {
            return Contract.Write(made, JsonStyles.Release);
        }

        // Made or extended under the lock: the hosts of two architectures may be here at once.
        var fresh = new Document<ReleaseDocument>(made, JsonStyles.Release);
        await DocumentFile.EditAsync(
            _services.FullPath(output),
            output,
            fresh,
            old => ReferenceEquals(old, fresh.Value) ? old : ReleaseMetadata.Create(metas, old, options),
            _services.Sink(dryRun: false),
            cancellationToken
        );
        return null;
    }

    /// <summary>Adds a release to an index, or late architectures to its newest release.</summary>
    /// <exception cref="PipelineException">Not readable (class 2), or published content would change (class 5).</exception>
    public async Task<DocumentOutcome> IndexAsync(ReleaseIndexRequest request, CancellationToken cancellationToken)
    {
        var path = _services.FullPath(request.Release);
        var release = (await DocumentFile.ReadAsync<ReleaseDocument>(path, request.Release, cancellationToken)).Value;
        var metas = await MetasAsync(request, release, cancellationToken);
        var gated = release
            .Architectures.Select(a => new GatedBuild(
                a.Key,
                metas.GetValueOrDefault(a.Key) ?? Meta(request, release, a.Key),
                a.Value.Commit
            ))
            .ToArray();
        await new ReleaseGate(_services).RequireAsync(
            new(release.Release, release.Stream, gated, request.Override, request.File, request.DryRun),
            cancellationToken
        );
        var now = Moments.Stamp(Moments.Now(request.Now, _services.Time));
        var url = request.Url.EndsWith(".json", StringComparison.Ordinal)
            ? request.Url
            : $"{request.Url.TrimEnd('/')}/{release.Stream}/builds/{release.Release}/release.json";
        var change = await DocumentFile.EditAsync(
            _services.FullPath(request.File),
            request.File,
            new Document<ReleaseIndex>(ReleaseIndexEditor.Empty(release.Stream), JsonStyles.Index),
            index => ReleaseIndexEditor.Add(index, release, url, now, request.AllowLower, _services.Reporter.Report),
            _services.Sink(request.DryRun),
            cancellationToken
        );
        return DocumentOutcome.Of(change, request.DryRun);
    }

    private static string Meta(ReleaseIndexRequest request, ReleaseDocument release, string architecture) =>
        Path.Combine(request.Builds ?? "builds", release.Release, architecture, "meta.json");

    /// <summary>The meta.json that were named, by architecture.</summary>
    private async Task<Dictionary<string, string>> MetasAsync(
        ReleaseIndexRequest request,
        ReleaseDocument release,
        CancellationToken cancellationToken
    )
    {
        var metas = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in request.Metas)
        {
            var meta = (await DocumentFile.ReadAsync<BuildMetaDocument>(_services.FullPath(file), file, cancellationToken)).Value;
            if (meta.BuildId != release.Release || meta.Architecture is not { } architecture)
            {
                throw new PipelineException(PublishingDiagnostics.Disagree(file, "release", release.Release, meta.BuildId));
            }

            metas[architecture] = file;
        }

        return metas;
    }

    private async Task RequireTestedAsync(ValueList<string> metas, CancellationToken cancellationToken)
    {
        var reasons = new DiagnosticBag();
        foreach (var file in metas)
        {
            var path = _services.FullPath(file);
            var bytes = await DocumentFile.ReadBytesAsync(path, file, cancellationToken);
            if (JsonText.Parse(file, bytes, reasons) is not JsonTextObject meta)
            {
                continue;
            }

            var directory = Path.GetDirectoryName(path)!;
            await TestedBuildGate.ProveAsync(meta, directory, directory, TestPolicy.Any, reasons, cancellationToken);
        }

        reasons.ThrowIfErrors();
    }

    /// <summary>Release notes as the JSON that is published.</summary>
    /// <exception cref="PipelineException">Not such a document (class 2).</exception>
    public async Task<string> NotesAsync(string file, CancellationToken cancellationToken) =>
        ReleaseNotes.ToJson(ReleaseNotes.Read(file, await DocumentFile.ReadBytesAsync(_services.FullPath(file), file, cancellationToken)));
}
