using System.Text;
using System.Text.Json.Serialization;
using Pipeline.Host.Builds;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Releases.Stores;

namespace Pipeline.Releases.Plans;

/// <summary>
/// A change of a document that several writers may make at once: it says what shall be so, and is made again over their result.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "merge")]
[JsonDerivedType(typeof(IndexAddition), "index-addition")]
[JsonDerivedType(typeof(IndexRemoval), "index-removal")]
[JsonDerivedType(typeof(MetaMerge), "meta-merge")]
[JsonDerivedType(typeof(RecordMerge), "record-merge")]
internal abstract record DocumentMerge
{
    /// <summary>The new bytes; equal ones, or <c>null</c>, change nothing.</summary>
    /// <param name="old">The document, or <c>null</c> when there is none.</param>
    /// <exception cref="PipelineException">The two contradict each other.</exception>
    public abstract ReadOnlyMemory<byte>? Apply(ReadOnlyMemory<byte>? old);
}

/// <summary>builds.json lists a build with these architectures.</summary>
/// <param name="Address">The store, for messages.</param>
/// <param name="Id">The build.</param>
/// <param name="Architectures">RPM spellings.</param>
/// <param name="Now">Becomes the time stamp when something changes.</param>
internal sealed record IndexAddition(string Address, string Id, IReadOnlyList<string> Architectures, DateTimeOffset Now) : DocumentMerge
{
    /// <summary>The listed build behind which a new one comes; <c>null</c> for the front.</summary>
    public string? After { get; init; }

    public override ReadOnlyMemory<byte>? Apply(ReadOnlyMemory<byte>? old)
    {
        var index = old is { } bytes ? BuildIndex.Parse(RemoteBuilds.Index, bytes) : BuildIndex.Empty;
        if (index.HasTombstone(Id))
        {
            throw new PipelineException(BuildStoreDiagnostics.Tombstone(Address, Id));
        }

        var missing = Architectures.Where(a => !index.Builds.Any(b => b.Id == Id && b.Architectures.Contains(a))).ToArray();
        return missing.Length == 0 ? old : Encoding.UTF8.GetBytes(missing.Aggregate(index, (i, a) => i.With(Id, a, Now, After)).Write());
    }
}

/// <summary>builds.json does not list these builds.</summary>
/// <param name="Ids">The builds.</param>
/// <param name="Tombstones">Whether their names are remembered.</param>
/// <param name="Now">Becomes the time stamp when something changes.</param>
internal sealed record IndexRemoval(IReadOnlyList<string> Ids, bool Tombstones, DateTimeOffset Now) : DocumentMerge
{
    public override ReadOnlyMemory<byte>? Apply(ReadOnlyMemory<byte>? old)
    {
        if (old is not { } bytes)
        {
            return null;
        }

        var index = BuildIndex.Parse(RemoteBuilds.Index, bytes);
        return index.Builds.Any(b => Ids.Contains(b.Id)) ? Encoding.UTF8.GetBytes(index.Without(Ids, Tombstones, Now).Write()) : old;
    }
}

/// <summary>An artifact that a push brings.</summary>
/// <param name="Name">As in meta.json.</param>
/// <param name="Sha256">In hex.</param>
internal sealed record PushedArtifact(string Name, string Sha256);

/// <summary>
/// A published meta.json is ours, with what others added kept, and of artifacts only those that are in the store or are pushed now.
/// </summary>
/// <param name="Address">The store, for messages.</param>
/// <param name="Key">The document.</param>
/// <param name="Ours">Its text in the work directory.</param>
/// <param name="Pushed">What is pushed.</param>
internal sealed record MetaMerge(string Address, string Key, string Ours, IReadOnlyList<PushedArtifact> Pushed) : DocumentMerge
{
    /// <summary>Members that say which build it is; two that differ here are two builds.</summary>
    private static readonly string[] Identity =
    [
        "buildid",
        "name",
        "ostree-commit",
        "ostree-content-checksum",
        "coreos-assembler.image-config-checksum",
    ];

    public override ReadOnlyMemory<byte>? Apply(ReadOnlyMemory<byte>? old)
    {
        var ours = RemoteBuilds.Parse(Key, Encoding.UTF8.GetBytes(Ours));
        var theirs = old is { } bytes ? RemoteBuilds.Parse(Key, bytes) : null;
        var images = ours.Find("images") as JsonTextObject ?? new([]);
        var others = theirs?.Find("images") as JsonTextObject ?? new([]);
        RequireSame(ours, theirs, others);
        var names = others
            .Members.Select(m => m.Name)
            .Concat(Pushed.Select(p => p.Name))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        var merged = new JsonTextObject([
            .. names.Select(n => new JsonTextMember(n, Pushed.Any(p => p.Name == n) ? images.Find(n)! : others.Find(n)!)),
        ]);
        var result = ours.With("images", merged);
        foreach (var member in theirs?.Members.Where(m => ours.Find(m.Name) is null) ?? [])
        {
            result = result.With(member.Name, member.Value);
        }

        return RemoteBuilds.Print(result);
    }

    private void RequireSame(JsonTextObject ours, JsonTextObject? theirs, JsonTextObject others)
    {
        foreach (var member in Identity)
        {
            if (theirs?.Find(member) is { } their && ours.Find(member) is { } our && !their.Equals(our))
            {
                throw new PipelineException(BuildStoreDiagnostics.OtherBuild(Address, Key, member));
            }
        }

        foreach (var artifact in Pushed)
        {
            if (
                (others.Find(artifact.Name) as JsonTextObject)?.Find("sha256") is JsonTextString sum
                && !sum.Value.Equals(artifact.Sha256, StringComparison.OrdinalIgnoreCase)
            )
            {
                throw new PipelineException(BuildStoreDiagnostics.OtherBuild(Address, Key, $"images.{artifact.Name}"));
            }
        }
    }
}

/// <summary>A record beside a published meta.json is ours, whatever was there: it is about the same build.</summary>
/// <param name="Ours">Its text.</param>
internal sealed record RecordMerge(string Ours) : DocumentMerge
{
    public override ReadOnlyMemory<byte>? Apply(ReadOnlyMemory<byte>? old) => Encoding.UTF8.GetBytes(Ours);
}
