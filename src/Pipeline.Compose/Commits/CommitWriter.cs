using System.Globalization;
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
    private const string Deflate = "1";

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
        await RunAsync(repository, ["init", "--mode=archive"], cancellationToken);
        await RunAsync(repository, ["config", "set", "core.fsync", "false"], cancellationToken);
        await RunAsync(repository, ["config", "set", "archive.zlib-level", Deflate], cancellationToken);
        List<string> arguments =
        [
            "commit",
            $"--tree=dir={root}",
            $"--branch={reference}",
            "--parent=none",
            "--subject=",
            $"--timestamp=@{time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}",
            $"--add-metadata-string=version={version}",
        ];
        if (kernel is not null)
        {
            arguments.AddRange([$"--add-metadata-string=ostree.linux={kernel}", "--add-metadata=ostree.bootable=true"]);
        }

        var checksum = (await RunAsync(repository, arguments, cancellationToken)).Text.Trim();
        var shown = (await RunAsync(repository, ["show", checksum], cancellationToken)).Text;
        var content =
            shown
                .Split('\n')
                .FirstOrDefault(l => l.StartsWith("ContentChecksum:", StringComparison.Ordinal))
                ?["ContentChecksum:".Length..].Trim()
            ?? "";
        return Digest.TryParse(checksum, out _) && Digest.TryParse(content, out _)
            ? new(checksum, content, reference)
            : throw new PipelineException(Diagnostic.Error("PL2201", "ostree printed no checksum", exit: ExitClass.WorkFailed));
    }

    private Task<ToolResult> RunAsync(string repo, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        tools.RunAsync(new("ostree", [$"--repo={repo}", .. arguments]) { MissingHint = "install the package 'ostree'" }, cancellationToken);
}
