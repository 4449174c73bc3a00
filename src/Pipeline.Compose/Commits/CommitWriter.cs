using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Commits;

/// <summary>A commit of a tree.</summary>
/// <param name="Checksum">Its identity: 64 hexadecimal digits.</param>
/// <param name="ContentChecksum">Digest of its content without metadata.</param>
/// <param name="Ref">The ref it was made for.</param>
internal sealed record TreeCommit(string Checksum, string ContentChecksum, string Ref);

/// <summary>Commits a finished tree with ostree; the same tree, ref, version and time always give the same checksum.</summary>
/// <param name="tools">Starts ostree.</param>
internal sealed class CommitWriter(IToolRunner tools)
{
    /// <summary>
    /// Objects are deflated once, for the archive that is shipped. Level 1 costs a quarter of level 6 and makes a tenth more bytes.
    /// </summary>
    private const int Deflate = 1;

    /// <summary>Commits into a fresh archive-mode repository, which then holds this commit, its ref and nothing else.</summary>
    /// <param name="root">The finished tree.</param>
    /// <param name="repository">Directory of the repository; it must not exist.</param>
    /// <param name="reference">Name of the branch; bound into the commit, as clients check.</param>
    /// <param name="version">Becomes the metadata <c>version</c>.</param>
    /// <param name="kernel">Kernel version, or <c>null</c> for a tree that does not boot.</param>
    /// <param name="time">The commit's time.</param>
    /// <param name="cancellationToken">Stops ostree.</param>
    public async Task<TreeCommit> WriteAsync(
        string root,
        string repository,
        string reference,
        string version,
        string? kernel,
        DateTimeOffset time,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(repository);
        var ostree = new Ostree(tools);
        await ostree.InitAsync(repository, Deflate, cancellationToken);
        var options = new OstreeCommitOptions
        {
            Tree = $"dir={root}",
            Branch = reference,
            Time = time,
            Metadata =
            [
                new("version", version),
                .. kernel is null ? Array.Empty<KeyValuePair<string, string>>() : [new("ostree.linux", kernel)],
            ],
            Bootable = kernel is not null,
        };
        var checksum = await ostree.CommitAsync(repository, options, cancellationToken);
        var content = Ostree.Field(await ostree.ShowAsync(repository, checksum, cancellationToken), "ContentChecksum");
        return Digest.TryParse(content, out _)
            ? new(checksum, content!, reference)
            : throw new PipelineException(ToolDiagnostics.NoChecksum());
    }
}
