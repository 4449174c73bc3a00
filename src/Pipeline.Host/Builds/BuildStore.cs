using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;

namespace Pipeline.Host.Builds;

/// <summary>
/// <c>builds/</c>: the records that the steps exchange. One directory per build and architecture with <c>meta.json</c> (cosa's schema v1),
/// artifacts, <c>steps/</c> and <c>logs/</c>; <c>builds.json</c> and <c>latest</c> over all of them.
/// </summary>
/// <param name="work">The work directory.</param>
/// <param name="time">Clock for lock notes and the index's time stamp.</param>
public sealed partial class BuildStore(WorkDirectory work, TimeProvider time)
{
    /// <summary>The store's directory.</summary>
    public string Root => work.Builds;

    /// <summary>
    /// The build that <c>latest</c> names: that of the last compose, which may have found an older one. <c>null</c> when there is none.
    /// </summary>
    public string? Latest => new FileInfo(LatestLink).LinkTarget is { } id && IsId(id) ? id : null;

    private string LatestLink => Path.Combine(Root, "latest");

    private string IndexFile => Path.Combine(Root, "builds.json");

    /// <summary>Whether <paramref name="text"/> can be a build id: a file name of harmless characters.</summary>
    public static bool IsId(string text) =>
        text.Length is > 0 and <= 128
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+');

    /// <summary><c>builds/&lt;id&gt;/&lt;arch&gt;</c>.</summary>
    /// <exception cref="PipelineException">PL0364: not an id.</exception>
    public string Directory(string id, Architecture architecture) =>
        IsId(id) ? Path.Combine(Root, id, architecture.Name) : throw new PipelineException(BuildDiagnostics.BadId(id));

    /// <summary>The index; empty when there are no builds.</summary>
    public async Task<BuildIndex> ReadIndexAsync(CancellationToken cancellationToken) =>
        File.Exists(IndexFile) ? BuildIndex.Parse(IndexFile, await RegularFile.ReadAsync(IndexFile, cancellationToken)) : BuildIndex.Empty;

    /// <summary>The bytes of a build's meta.json.</summary>
    public async Task<byte[]> ReadMetaBytesAsync(string id, Architecture architecture, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Directory(id, architecture), "meta.json");
        return File.Exists(file)
            ? await RegularFile.ReadAsync(file, cancellationToken)
            : throw new PipelineException(BuildDiagnostics.Damaged(file, "it is missing"));
    }

    /// <summary>A build's meta.json.</summary>
    public async Task<JsonTextObject> ReadMetaAsync(string id, Architecture architecture, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var file = Path.Combine(Directory(id, architecture), "meta.json");
        var root = JsonText.Parse(file, await ReadMetaBytesAsync(id, architecture, cancellationToken), problems);
        problems.ThrowIfErrors();
        return root as JsonTextObject ?? throw new PipelineException(BuildDiagnostics.Damaged(file, "not an object"));
    }

    /// <summary>A build's meta.json as a record.</summary>
    /// <exception cref="PipelineException">It does not follow cosa's schema.</exception>
    public async Task<BuildMetaDocument> ReadBuildAsync(string id, Architecture architecture, CancellationToken cancellationToken)
    {
        var problems = new DiagnosticBag();
        var meta = Contract.Read<BuildMetaDocument>(await ReadMetaAsync(id, architecture, cancellationToken), problems);
        problems.ThrowIfErrors();
        return meta!;
    }

    /// <summary>
    /// Changes meta.json under the store's lock, for example to add an artifact to <c>images</c>. <paramref name="change"/> must be
    /// quick.
    /// </summary>
    public async Task UpdateMetaAsync(
        string id,
        Architecture architecture,
        Func<JsonTextObject, JsonTextObject> change,
        CancellationToken cancellationToken
    )
    {
        using var hold = await LockAsync(_ => { }, cancellationToken);
        var meta = change(await ReadMetaAsync(id, architecture, cancellationToken));
        await AtomicFile.WriteAsync(
            Path.Combine(Directory(id, architecture), "meta.json"),
            JsonTextWriter.Write(meta, JsonStyle.Pretty),
            cancellationToken
        );
    }

    /// <summary>Adds or replaces entries of meta.json's <c>images</c> under the store's lock; names stay sorted.</summary>
    public Task AddImagesAsync(
        string id,
        Architecture architecture,
        IReadOnlyDictionary<string, JsonTextObject> images,
        CancellationToken cancellationToken
    ) =>
        UpdateMetaAsync(
            id,
            architecture,
            meta =>
            {
                var all = meta.Find("images") as JsonTextObject ?? new([]);
                all = images.Aggregate(all, (a, i) => a.With(i.Key, i.Value));
                return meta.With("images", new JsonTextObject([.. all.Members.OrderBy(m => m.Name, StringComparer.Ordinal)]));
            },
            cancellationToken
        );

    /// <summary>Writes <c>steps/&lt;step&gt;.json</c> of a build.</summary>
    public Task WriteStepAsync(string id, Architecture architecture, StepRecord record, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(
            StepFile(Directory(id, architecture), record.Inputs.Step),
            JsonTextWriter.Write(record.ToJson(), JsonStyle.Pretty),
            cancellationToken
        );

    /// <summary>The input digest a build's step was made from, or <c>null</c>.</summary>
    public Digest? StepDigest(string id, Architecture architecture, string step) =>
        StepRecord.InputDigest(StepFile(Directory(id, architecture), step));

    /// <summary>The stream of a build, or <c>null</c>; see <see cref="StreamSource"/>.</summary>
    public StreamName? StreamOf(string id, Architecture architecture, BuildMetaDocument meta) =>
        StreamSource.OfBuild(RecordedStream(Directory(id, architecture)), meta);

    /// <summary>The stream that the compose recorded in a build's directory; <c>null</c> for none.</summary>
    public static StreamName? RecordedStream(string directory) =>
        StepRecord.StreamOf(StepFile(directory, "compose")) ?? StepRecord.StreamOf(Path.Combine(directory, BuildOrigin.RecordPath));

    /// <summary><c>steps/&lt;step&gt;.json</c> below a build's directory.</summary>
    public static string StepFile(string directory, string step) => Path.Combine(directory, "steps", step + ".json");

    /// <summary>The store's lock, held for milliseconds: numbers, builds.json, meta.json.</summary>
    public Task<FileLock> LockAsync(Action<string> onWait, CancellationToken cancellationToken) =>
        FileLock.AcquireAsync(Path.Combine(Root, ".lock"), wait: true, onWait, time, cancellationToken);

    /// <summary>The lock of one architecture of a build, held for a step.</summary>
    public Task<FileLock> LockBuildAsync(
        string id,
        Architecture architecture,
        bool wait,
        Action<string> onWait,
        CancellationToken cancellationToken
    ) => FileLock.AcquireAsync(Path.Combine(Directory(id, architecture), ".lock"), wait, onWait, time, cancellationToken);

    /// <summary>
    /// Keeps a build from being pruned or replaced while its files are read: for a test run, a push. Steps on it go on side by side.
    /// </summary>
    /// <param name="id">The build.</param>
    /// <param name="architectures">Which of its architectures.</param>
    /// <param name="cancellationToken">Ends the waiting for a build that is being replaced.</param>
    /// <exception cref="PipelineException">PL0361 it is gone (class 2).</exception>
    public async Task<BuildUse> UseAsync(string id, IEnumerable<Architecture> architectures, CancellationToken cancellationToken)
    {
        var use = new BuildUse();
        try
        {
            foreach (var directory in architectures.Select(a => Directory(id, a)))
            {
                use.Add(await DirectoryLock.UseAsync(directory, cancellationToken));
            }

            return use;
        }
        catch (Exception e)
        {
            use.Dispose();
            if (e is IOException && !System.IO.Directory.Exists(Path.Combine(Root, id)))
            {
                throw new PipelineException(BuildDiagnostics.Unknown(id, []));
            }

            throw;
        }
    }

    /// <summary>Takes builds out of builds.json. Call with the store's lock held.</summary>
    public async Task ForgetAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        await AtomicFile.WriteAsync(
            IndexFile,
            (await ReadIndexAsync(cancellationToken)).Without(ids, tombstones: false, time.GetUtcNow()).Write(),
            cancellationToken
        );
}
