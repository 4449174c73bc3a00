using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Commits;

/// <summary>A commit in the scratch repository.</summary>
/// <param name="Checksum">Its identity: 64 hexadecimal digits.</param>
/// <param name="ContentChecksum">Digest of its content without metadata.</param>
/// <param name="Ref">The ref it was made for.</param>
internal sealed record TreeCommit(string Checksum, string ContentChecksum, string Ref);

/// <summary>Commits a finished tree with ostree; the same tree, ref, version and time always give the same checksum.</summary>
/// <param name="tools">Starts ostree.</param>
/// <param name="repository">The scratch repository: may be deleted at any time between composes.</param>
internal sealed class CommitWriter(IToolRunner tools, string repository)
{
    /// <summary>Commits.</summary>
    /// <param name="root">The finished tree.</param>
    /// <param name="reference">Name of the branch; bound into the commit, as clients check.</param>
    /// <param name="version">Becomes the metadata <c>version</c>.</param>
    /// <param name="kernel">Kernel version, or <c>null</c> for a tree that does not boot.</param>
    /// <param name="time">The commit's time.</param>
    /// <param name="cancellationToken">Stops ostree.</param>
    public async Task<TreeCommit> WriteAsync(string root, string reference, string version, string? kernel, DateTimeOffset time, CancellationToken cancellationToken)
    {
        await InitAsync(repository, "bare", cancellationToken);
        List<string> arguments =
        [
            "commit", $"--tree=dir={root}", $"--branch={reference}", "--parent=none", "--subject=",
            $"--timestamp=@{time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}", $"--add-metadata-string=version={version}",
        ];
        if (kernel is not null)
        {
            arguments.AddRange([$"--add-metadata-string=ostree.linux={kernel}", "--add-metadata=ostree.bootable=true"]);
        }

        var checksum = (await RunAsync(repository, arguments, cancellationToken)).Text.Trim();
        var shown = (await RunAsync(repository, ["show", checksum], cancellationToken)).Text;
        var content = shown.Split('\n').FirstOrDefault(l => l.StartsWith("ContentChecksum:", StringComparison.Ordinal))?["ContentChecksum:".Length..].Trim() ?? "";
        return Digest.TryParse(checksum, out _) && Digest.TryParse(content, out _)
            ? new(checksum, content, reference)
            : throw new PipelineException(Diagnostic.Error("PL2201", "ostree printed no checksum", exit: ExitClass.WorkFailed));
    }

    /// <summary>Makes an archive-mode repository that holds one commit and its ref, nothing else.</summary>
    public async Task ExportAsync(TreeCommit commit, string directory, CancellationToken cancellationToken)
    {
        await InitAsync(directory, "archive", cancellationToken);
        await RunAsync(directory, ["config", "set", "archive.zlib-level", "2"], cancellationToken);
        await RunAsync(directory, ["pull-local", "--disable-fsync", repository, commit.Checksum], cancellationToken);
        await RunAsync(directory, ["refs", $"--create={commit.Ref}", commit.Checksum], cancellationToken);
    }

    /// <summary>Drops every commit but this one from the scratch repository, so that it does not grow without end.</summary>
    public Task PruneAsync(CancellationToken cancellationToken) => RunAsync(repository, ["prune", "--refs-only", "--depth=0"], cancellationToken);

    private async Task InitAsync(string directory, string mode, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await RunAsync(directory, ["init", $"--mode={mode}"], cancellationToken);
        await RunAsync(directory, ["config", "set", "core.fsync", "false"], cancellationToken);
    }

    private Task<ToolResult> RunAsync(string repo, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        tools.RunAsync(new("ostree", [$"--repo={repo}", .. arguments]) { MissingHint = "install the package 'ostree'" }, cancellationToken);
}
