using Pipeline.Host.Files;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;

namespace Pipeline.Host.Builds;

/// <content>Which build is meant: ids, <c>latest</c>, <c>latest:NAME</c> and <c>latest:STREAM</c>.</content>
public sealed partial class BuildStore
{
    private const string LatestWord = "latest";
    private const string LatestOf = "latest:";

    /// <summary>Ids in the order of their last compose, newest first, one a line: what <c>latest:NAME</c> goes by.</summary>
    private string ComposedFile => Path.Combine(Root, ".composed");

    /// <summary>
    /// The id for what a user typed: <c>null</c> or <c>latest</c> is what <see cref="Latest"/> names, or the newest build where that does
    /// not have <paramref name="architecture"/>; <c>latest:WORD</c> is the build that the last compose of a manifest of that name made or
    /// found, or of that stream when no build has that name.
    /// </summary>
    /// <exception cref="PipelineException">PL0360–PL0362, PL0366 (class 2).</exception>
    public async Task<string> ResolveAsync(string? id, Architecture architecture, CancellationToken cancellationToken)
    {
        var build = await FindAsync(id, architecture, cancellationToken);
        return build.Architectures.Contains(architecture.Name)
            ? build.Id
            : throw new PipelineException(BuildDiagnostics.NoArchitecture(build.Id, architecture.Name, build.Architectures));
    }

    /// <summary>The build for what a user typed, whatever architectures it has.</summary>
    /// <exception cref="PipelineException">PL0360, PL0361, PL0366 (class 2).</exception>
    public Task<IndexedBuild> FindAsync(string? id, CancellationToken cancellationToken) => FindAsync(id, null, cancellationToken);

    /// <summary>Gives a build a name, which can be typed instead of its id and keeps it from being pruned.</summary>
    /// <param name="name">The name; what had it before loses it.</param>
    /// <param name="target">The build's id; <c>null</c> takes the name away.</param>
    /// <param name="description">Why, or <c>null</c>.</param>
    /// <param name="cancellationToken">Ends the waiting for the store's lock.</param>
    /// <exception cref="PipelineException">PL0367 not a name; PL0368 there is no such tag to take away (class 2).</exception>
    public async Task TagAsync(string name, string? target, string? description, CancellationToken cancellationToken)
    {
        using var gate = await LockAsync(_ => { }, cancellationToken);
        var index = await ReadIndexAsync(cancellationToken);
        if (!IsId(name) || name == LatestWord || index.Builds.Any(b => b.Id == name))
        {
            throw new PipelineException(BuildDiagnostics.BadTag(name));
        }

        if (target is null && !index.Tags.Any(t => t.Name == name))
        {
            throw new PipelineException(BuildDiagnostics.NoTag(name, [.. index.Tags.Select(t => t.Name)]));
        }

        await AtomicFile.WriteAsync(IndexFile, index.WithTag(name, target, description, time.GetUtcNow()).Write(), cancellationToken);
    }

    /// <summary>A build for people: its id, and in brackets its manifest's name, stream and architecture.</summary>
    public async Task<string> DescribeAsync(string id, Architecture architecture, CancellationToken cancellationToken)
    {
        var meta = await ReadMetaAsync(id, architecture, cancellationToken);
        var (name, stream) = Origin(meta, RecordedStream(Directory(id, architecture)));
        return $"{id} ({string.Join(", ", new[] { name, stream, architecture.Name }.OfType<string>())})";
    }

    /// <summary>The name of a build's manifest and its stream, as far as they are recorded.</summary>
    /// <param name="meta">Its meta.json; one that does not follow cosa's schema may still say its name.</param>
    /// <param name="recorded">The stream that its compose recorded beside it, or <c>null</c>.</param>
    public static (string? Name, string? Stream) Origin(JsonTextObject meta, StreamName? recorded)
    {
        var stream = Contract.Read<BuildMetaDocument>(meta, new()) is { } document ? StreamSource.OfBuild(recorded, document) : recorded;
        return ((meta.Find("name") as JsonTextString)?.Value, stream?.ToString());
    }

    private async Task<IndexedBuild> FindAsync(string? id, Architecture? preferred, CancellationToken cancellationToken)
    {
        var index = await ReadIndexAsync(cancellationToken);
        var builds = index.Builds;
        if (builds.Count == 0)
        {
            throw new PipelineException(BuildDiagnostics.None(Root));
        }

        if (id?.StartsWith(LatestOf, StringComparison.Ordinal) == true)
        {
            return await LatestOfAsync(id[LatestOf.Length..], builds, preferred, cancellationToken);
        }

        if (id is null or LatestWord)
        {
            var latest = Latest;
            var ordered = builds.OrderBy(b => b.Id == latest ? 0 : 1).ToArray();
            return ordered.FirstOrDefault(b => Has(b, preferred)) ?? (preferred is null ? ordered[0] : builds[0]);
        }

        var tags = index.Tags;
        var target = tags.FirstOrDefault(t => t.Name == id).Target;
        return builds.FirstOrDefault(b => b.Id == id)
            ?? builds.FirstOrDefault(b => b.Id == target)
            ?? throw new PipelineException(BuildDiagnostics.Unknown(id, builds.Select(b => b.Id).Concat(tags.Select(t => t.Name))));
    }

    /// <summary>Names are looked for before streams: a name says which OS it is, and each OS may have a stream of any name.</summary>
    private async Task<IndexedBuild> LatestOfAsync(
        string word,
        ValueList<IndexedBuild> builds,
        Architecture? preferred,
        CancellationToken cancellationToken
    )
    {
        var composed = ReadComposed();
        var known = new List<(IndexedBuild Build, string? Name, string? Stream)>();
        foreach (var build in builds.OrderBy(b => composed.IndexOf(b.Id) is var at && at < 0 ? int.MaxValue : at))
        {
            var (name, stream) = await OriginAsync(build, cancellationToken);
            known.Add((build, name, stream));
        }

        var named = known.Where(k => k.Name == word).ToArray();
        var found = (named.Length > 0 ? named : [.. known.Where(k => k.Stream == word)]).Select(k => k.Build).ToArray();
        return found.FirstOrDefault(b => Has(b, preferred))
            ?? found.FirstOrDefault()
            ?? throw new PipelineException(
                BuildDiagnostics.NoneOf(word, [.. known.SelectMany(k => (string?[])[k.Name, k.Stream]).OfType<string>().Distinct()])
            );
    }

    /// <summary>Name and stream of a build, by the first of its architectures that can be read.</summary>
    private async Task<(string? Name, string? Stream)> OriginAsync(IndexedBuild build, CancellationToken cancellationToken)
    {
        foreach (var name in build.Architectures)
        {
            if (Architecture.TryParse(name, out var architecture) && await FindMetaAsync(build, cancellationToken) is { } meta)
            {
                return Origin(meta, RecordedStream(Directory(build.Id, architecture)));
            }
        }

        return (null, null);
    }

    private static bool Has(IndexedBuild build, Architecture? architecture) =>
        architecture is not { } wanted || build.Architectures.Contains(wanted.Name);

    private List<string> ReadComposed() => RegularFile.Is(ComposedFile) ? [.. RegularFile.ReadLines(ComposedFile).Where(IsId)] : [];

    /// <summary>Notes that a compose made or found a build, and moves <c>latest</c>. Call with the store's lock held.</summary>
    private async Task MarkComposedAsync(string id, CancellationToken cancellationToken)
    {
        var there = ReadComposed().Where(i => i != id && System.IO.Directory.Exists(Path.Combine(Root, i)));
        await AtomicFile.WriteAsync(ComposedFile, string.Concat(there.Prepend(id).Select(i => i + "\n")), cancellationToken);
        PointLatest(id);
    }
}
