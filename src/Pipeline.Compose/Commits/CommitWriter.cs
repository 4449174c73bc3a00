using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Commits;

/// <summary>What a commit says beside its tree.</summary>
/// <param name="Ref">Name of the branch; bound into the commit, as clients check.</param>
/// <param name="Version">Becomes the metadata <c>version</c>.</param>
/// <param name="Kernel">Kernel version, or <c>null</c> for a tree that does not boot.</param>
/// <param name="Time">The commit's time.</param>
internal sealed record CommitRequest(string Ref, string Version, string? Kernel, DateTimeOffset Time)
{
    /// <summary>Further metadata, by name.</summary>
    public IReadOnlyList<CommitValue> More { get; init; } = [];

    /// <summary>The policy that labels the tree; <c>null</c> for no labels.</summary>
    public FileContexts? Labels { get; init; }
}

/// <summary>A commit of a tree.</summary>
/// <param name="Checksum">Its identity: 64 hexadecimal digits.</param>
/// <param name="ContentChecksum">Digest of its content without metadata.</param>
/// <param name="Ref">The ref it was made for.</param>
/// <param name="Archive">The archive that holds it.</param>
internal sealed record TreeCommit(string Checksum, string ContentChecksum, string Ref, WrittenArchive Archive);

/// <summary>
/// Commits a finished tree into an archive, as <c>ostree commit</c> would: the same tree, ref, version and time always give the same
/// checksum, and it is ostree's.
/// </summary>
internal static partial class CommitWriter
{
    /// <summary>
    /// Writes the archive, which then holds this commit, its ref and nothing else. Nobody else may change the tree meanwhile.
    /// </summary>
    /// <param name="root">The finished tree.</param>
    /// <param name="request">What to commit it as.</param>
    /// <param name="archive">The tar; it must not exist, and a file beside it is used meanwhile.</param>
    /// <param name="ahead">Contents that are compressed already, or <c>null</c>.</param>
    /// <param name="step">Receives the parts.</param>
    /// <param name="time">Their clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="PipelineException">PL2141–PL2143 (class 5): something that no commit can hold. PL2144.</exception>
    public static async Task<TreeCommit> WriteAsync(
        TreeHandle root,
        CommitRequest request,
        string archive,
        DeflatedLayers? ahead,
        IStep step,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (!RefName().IsMatch(request.Ref))
        {
            throw new PipelineException(CommitDiagnostics.Ref(request.Ref));
        }

        var tree = CommitTree.List(root);
        if (request.Labels is { } labels)
        {
            var started = time.GetTimestamp();
            labels.Label(tree, cancellationToken);
            step.Part(0, "label files", time.GetElapsedTime(started));
        }

        using var scratch = new CommitArchiveScratch(archive + ".objects");
        var contents = new ContentObjects(root, scratch, ahead, step, time);
        await contents.MakeAsync(tree.Files, cancellationToken);
        var members = new Dictionary<string, ArchiveMember>(StringComparer.Ordinal);
        foreach (var directory in tree.Directories.Reverse())
        {
            directory.Checksums = MakeDirectory(root, directory, members);
        }

        var (top, metadata) = tree.Directories[0].Checksums;
        var commit = Add(members, "commit", ObjectFormat.Commit(MetadataOf(request), request.Time, top, metadata));
        var checksum = Convert.ToHexStringLower(commit);
        var begun = time.GetTimestamp();
        var written = CommitArchiveWriter.Write(
            archive,
            contents.Members.Concat(members.Values),
            request.Ref,
            checksum,
            request.Time,
            cancellationToken
        );
        step.Part(0, "write the archive", time.GetElapsedTime(begun));
        return new(checksum, Convert.ToHexStringLower(ObjectFormat.ContentChecksum(top, metadata)), request.Ref, written);
    }

    private static (byte[] Tree, byte[] Metadata) MakeDirectory(
        TreeHandle root,
        CommitDirectory directory,
        Dictionary<string, ArchiveMember> members
    )
    {
        var bytes = ObjectFormat.Directory(
            [.. directory.Files.Select(f => new NamedObject(f.Path.Name.Bytes.ToArray(), f.Checksum!, null))],
            [.. directory.Directories.Select(d => new NamedObject(d.Path.Name.Bytes.ToArray(), d.Checksums.Tree, d.Checksums.Metadata))]
        );
        if (bytes.Length > ObjectFormat.LargestMetadata)
        {
            throw new PipelineException(CommitDiagnostics.TooLarge(directory.Path, bytes.Length));
        }

        var metadata = ObjectFormat.DirectoryMetadata(CommitTree.MetadataOf(root, directory.Path, directory.Status).With(directory.Label));
        return (Add(members, "dirtree", bytes), Add(members, "dirmeta", metadata));
    }

    /// <summary>Adds an object that is its own bytes.</summary>
    private static byte[] Add(Dictionary<string, ArchiveMember> members, string type, byte[] bytes)
    {
        var checksum = SHA256.HashData(bytes);
        var path = ObjectFormat.PathOf(Convert.ToHexStringLower(checksum), type);
        members.TryAdd(path, new(path, bytes));
        return checksum;
    }

    /// <summary>In the order of <c>ostree commit</c>.</summary>
    private static List<(string Name, GVariant Value, string Type)> MetadataOf(CommitRequest request)
    {
        var values = new List<(string, GVariant, string)> { ("version", GVariant.Text(request.Version), "s") };
        if (request.Kernel is { } kernel)
        {
            values.Add(("ostree.linux", GVariant.Text(kernel), "s"));
            values.Add(("ostree.bootable", GVariant.Boolean(true), "b"));
        }

        values.AddRange(request.More.Select(m => (m.Name, m.Value, m.Type)));
        values.Add(("ostree.ref-binding", GVariant.Array(1, [GVariant.Text(request.Ref)]), "as"));
        return values;
    }

    /// <summary>As <c>ostree_validate_rev</c>.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex RefName();
}
