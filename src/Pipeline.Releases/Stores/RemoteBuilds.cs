using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Evidence;

namespace Pipeline.Releases.Stores;

/// <summary>
/// Names and documents of builds in a store whose root is a stream's folder: <c>builds/builds.json</c>, <c>builds/ID/ARCH/…</c>.
/// </summary>
internal static class RemoteBuilds
{
    /// <summary>The index.</summary>
    public const string Index = "builds/builds.json";

    /// <summary>Larger than any artifact; sums of such sizes do not overflow.</summary>
    private const long MostBytes = 1L << 50;

    /// <summary>Files beside meta.json that travel with a build, if they are there.</summary>
    public static ValueList<string> Companions(string architecture) => ["commitmeta.json", Lockfile.GeneratedName(architecture)];

    /// <summary>
    /// Records that travel with a build and may change while it does not: its stream and kernel arguments, which meta.json has no place
    /// for, and the last run of its tests, which proves that it is tested.
    /// </summary>
    public static ValueList<string> Records { get; } = [BuildOrigin.RecordPath, TestedBuildGate.RecordPath];

    /// <summary>The key of a file of a build.</summary>
    public static string Key(string id, string architecture, string file) => $"builds/{id}/{architecture}/{file}";

    /// <summary>The index of the store, or <c>null</c> when it has none.</summary>
    public static async Task<BuildIndex?> ReadIndexAsync(IObjectStore store, CancellationToken cancellationToken) =>
        await store.ReadAsync(Index, ObjectDocuments.Limit, cancellationToken) is { } content
            ? BuildIndex.Parse($"{store.Address}: {Index}", content.Bytes)
            : null;

    /// <summary>The stream that the compose of a build recorded, or <c>null</c>.</summary>
    public static async Task<StreamName?> RecordedStreamAsync(
        IObjectStore store,
        string id,
        string architecture,
        CancellationToken cancellationToken
    )
    {
        var key = Key(id, architecture, BuildOrigin.RecordPath);
        return await store.ReadAsync(key, ObjectDocuments.Limit, cancellationToken) is { } content
            ? BuildOrigin.Parse(key, content.Bytes).Stream
            : null;
    }

    /// <summary>The artifacts of a meta.json; every path is checked, it is untrusted text.</summary>
    public static ValueList<BuildArtifact> Artifacts(string file, JsonTextObject meta)
    {
        var problems = new DiagnosticBag();
        var found = new List<BuildArtifact>();
        foreach (var member in (meta.Find("images") as JsonTextObject)?.Members ?? [])
        {
            if (
                member.Value is not JsonTextObject o
                || !o.TryFind<JsonTextString>("path", out var path)
                || !Digest.TryParse((o.Find("sha256") as JsonTextString)?.Value, out var digest)
            )
            {
                problems.Add(BuildStoreDiagnostics.Damaged(file, $"'images.{member.Name}' has no path or no sha256"));
                continue;
            }

            if (
                path.Value.Length is 0 or > 200
                || path.Value.StartsWith('.')
                || path.Value.Any(c => !char.IsAsciiLetterOrDigit(c) && !"._+-".Contains(c, StringComparison.Ordinal))
            )
            {
                problems.Add(BuildStoreDiagnostics.BadPath(file, path.Value));
                continue;
            }

            if (SizeOf(o) is > MostBytes and var size)
            {
                problems.Add(BuildStoreDiagnostics.Damaged(file, $"'images.{member.Name}' claims {size} bytes"));
                continue;
            }

            found.Add(new(member.Name, path.Value, digest, SizeOf(o)));
        }

        problems.ThrowIfErrors();
        return found.ToValueList();
    }

    private static long? SizeOf(JsonTextObject artifact) =>
        artifact.Find("size") is JsonTextNumber n && long.TryParse(n.Raw, out var size) && size >= 0 ? size : null;

    /// <summary>The chosen of <paramref name="all"/>; all when nothing is chosen.</summary>
    public static ValueList<BuildArtifact> Choose(string id, ValueList<BuildArtifact> all, ValueList<string> names)
    {
        var problems = new DiagnosticBag();
        foreach (var name in names.Where(n => all.All(a => a.Name != n)))
        {
            problems.Add(BuildStoreDiagnostics.UnknownArtifact(name, id, all.Select(a => a.Name)));
        }

        problems.ThrowIfErrors();
        return names.Count == 0 ? all : all.Where(a => names.Contains(a.Name)).ToValueList();
    }

    /// <summary>A JSON object from bytes.</summary>
    public static JsonTextObject Parse(string file, ReadOnlyMemory<byte> bytes)
    {
        var problems = new DiagnosticBag();
        var root = JsonText.Parse(file, bytes, problems);
        problems.ThrowIfErrors();
        return root as JsonTextObject ?? throw new PipelineException(BuildStoreDiagnostics.Damaged(file, "not an object"));
    }

    /// <summary>The bytes of a document of ours.</summary>
    public static ReadOnlyMemory<byte> Print(JsonTextNode node) => Encoding.UTF8.GetBytes(JsonTextWriter.Write(node, JsonStyle.Pretty));
}

/// <summary>One artifact of a build.</summary>
/// <param name="Name">As in meta.json's <c>images</c>, for example <c>qemu</c>.</param>
/// <param name="Path">File name beside meta.json.</param>
/// <param name="Digest">Of the file.</param>
/// <param name="Size">In bytes, if meta.json has it.</param>
internal sealed record BuildArtifact(string Name, string Path, Digest Digest, long? Size);
