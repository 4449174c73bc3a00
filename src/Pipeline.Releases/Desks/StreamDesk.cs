using Pipeline.Host.Net;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Publishing;
using Pipeline.Releases.Streams;

namespace Pipeline.Releases.Desks;

/// <summary>Stream metadata to make; exactly one of <paramref name="Release"/> and <paramref name="Index"/> is given.</summary>
/// <param name="Release">The release.json to offer.</param>
/// <param name="Index">File or URL of an index whose newest release is offered.</param>
/// <param name="ReleaseRoot">Directory or URL below which that release.json is read instead of from its own URL.</param>
/// <param name="Override">JSON file laid over the result.</param>
/// <param name="LastModified">Time to record, as people type it; <c>null</c> for the clock.</param>
/// <param name="Generator">The program to record; <c>null</c> for this one.</param>
public sealed record StreamRequest(
    string? Release,
    string? Index,
    string? ReleaseRoot,
    string? Override,
    string? LastModified,
    string? Generator
);

/// <summary>Façade of <c>stream</c>: stream metadata.</summary>
public sealed class StreamDesk
{
    private readonly ReleaseServices _services;

    internal StreamDesk(ReleaseServices services) => _services = services;

    /// <summary>What stream metadata names as its generator by default.</summary>
    public static string DefaultGenerator => StreamGenerator.DefaultGenerator;

    /// <summary>
    /// The text of stream metadata made from a release; members of the override that do not exist are reported as warnings.
    /// </summary>
    /// <exception cref="PipelineException">A source is missing or wrong (class 2), refused (class 5) or out of reach (class 4).</exception>
    public async Task<string> GenerateAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        var release = await ReadReleaseAsync(request, cancellationToken);
        var modified = Moments.Stamp(Moments.Now(request.LastModified, _services.Time));
        var document = StreamGenerator.Generate(release, modified, request.Generator ?? DefaultGenerator);
        return StreamGenerator.Print(request.Override is { } file ? await OverrideAsync(document, file, cancellationToken) : document);
    }

    /// <summary>What two stream documents offer differently, ignoring versions.</summary>
    /// <exception cref="PipelineException">One cannot be read (class 2).</exception>
    public async Task<ValueList<StreamDifference>> DiffAsync(string before, string after, CancellationToken cancellationToken)
    {
        var a = await DocumentFile.ReadAsync<StreamDocument>(_services.FullPath(before), before, cancellationToken);
        var b = await DocumentFile.ReadAsync<StreamDocument>(_services.FullPath(after), after, cancellationToken);
        return StreamDiff.Compare(a, b).ToValueList();
    }

    private async Task<ReleaseDocument> ReadReleaseAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        if (request.Release is null == request.Index is null)
        {
            throw new PipelineException(PublishingDiagnostics.OneSource());
        }

        using var http = HttpStack.Create();
        var source = new DocumentSource(http, _services.Time);
        if (request.Release is { } release)
        {
            return DocumentFile.Parse<ReleaseDocument>(release, await source.ReadAsync(Place(release), release, cancellationToken)).Value;
        }

        var index = request.Index!;
        var releases = DocumentFile.Parse<ReleaseIndex>(index, await source.ReadAsync(Place(index), index, cancellationToken)).Value;
        var last = releases.Releases is [.., var newest] ? newest : throw new PipelineException(PublishingDiagnostics.NoReleases(index));
        var root = request.ReleaseRoot is { } typed ? Place(typed) : null;
        var (place, bytes) = await source.ReadReleaseAsync(last.MetadataUrl ?? "", root, cancellationToken);
        var found = DocumentFile.Parse<ReleaseDocument>(place, bytes).Value;
        return found.Release == last.Version
            ? found
            : throw new PipelineException(PublishingDiagnostics.OtherRelease(last.Version, found.Release));
    }

    private async Task<StreamDocument> OverrideAsync(StreamDocument document, string file, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var bytes = await DocumentFile.ReadBytesAsync(_services.FullPath(file), file, cancellationToken);
        var patch = JsonText.Parse(file, bytes, problems);
        var result = patch is null || problems.HasErrors ? null : StreamGenerator.Override(document, patch, problems);
        problems.ThrowIfErrors();
        foreach (var warning in problems.Items)
        {
            _services.Reporter.Report(warning);
        }

        return result ?? document;
    }

    private string Place(string typed) => DocumentSource.IsUrl(typed) ? typed : _services.FullPath(typed);
}
