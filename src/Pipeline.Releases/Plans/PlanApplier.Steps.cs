using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Plans;

internal sealed partial class PlanApplier
{
    private async Task ExpectAsync(ExpectObject expected, CancellationToken cancellationToken)
    {
        var head = await Store.HeadAsync(expected.Key, cancellationToken);
        if (head?.Tag != expected.Tag)
        {
            throw new PipelineException(PlanDiagnostics.Changed($"{Store.Address}: '{expected.Key}'"));
        }
    }

    private async Task<TransferStep> UploadAsync(UploadObject upload, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var outcome = await new ObjectTransfer(Store, on.Transfer, on.Time).UploadAsync(
            upload.Key,
            upload.File,
            Digest.Parse(upload.Sha256),
            ObjectHeaders.Immutable,
            onBytes,
            cancellationToken
        );
        return new(outcome == UploadOutcome.Uploaded ? "upload" : "keep", upload.Key, upload.Size);
    }

    private Task DownloadAsync(DownloadObject download, Action<long> onBytes, CancellationToken cancellationToken) =>
        new ObjectTransfer(Store, on.Transfer, on.Time).DownloadAsync(
            download.Key,
            download.File,
            download.Sha256 is { } hex ? Digest.Parse(hex) : null,
            download.Length,
            onBytes,
            cancellationToken
        );

    /// <summary>Writes by compare-and-swap.</summary>
    /// <returns>Whether this call wrote.</returns>
    private async Task<bool> WriteAsync(WriteObject write, CancellationToken cancellationToken)
    {
        if (write.Merge is { } merge)
        {
            return await Store.UpdateAsync(write.Key, write.Headers, merge.Apply, on.Time, cancellationToken);
        }

        var condition = write.Tag is { } tag ? WriteCondition.IfTag(tag) : WriteCondition.IfAbsent;
        if (await Store.WriteAsync(write.Key, write.Content, write.Headers, condition, cancellationToken) is not null)
        {
            return true;
        }

        // A lost answer of ours, or somebody else's write.
        var there = await Store.ReadAsync(write.Key, ObjectDocuments.Limit, cancellationToken);
        return there is not null && there.Bytes.Span.SequenceEqual(write.Content.Span)
            ? true
            : throw new PipelineException(PlanDiagnostics.Changed($"{Store.Address}: '{write.Key}'"));
    }

    private static async Task WriteAsync(WriteFile write, CancellationToken cancellationToken)
    {
        var there = await Sha256Async(write.File, cancellationToken);
        if (there == Digest.Of(write.Content.Span).Hex)
        {
            return;
        }

        if (there != write.Before)
        {
            throw new PipelineException(PlanDiagnostics.Changed($"'{write.File}'"));
        }

        await AtomicFile.WriteAsync(write.File, write.Content, cancellationToken);
    }

    private async Task PublishAsync(PublishBuild build, CancellationToken cancellationToken)
    {
        if (IsPublished(build, await Builds.ReadIndexAsync(cancellationToken)) && !Directory.Exists(build.Staging))
        {
            return;
        }

        await AtomicFile.WriteAsync(Path.Combine(build.Staging, "meta.json"), build.Meta, cancellationToken);
        await Builds.AdoptAsync(
            build.Staging,
            build.Id,
            ArchitectureOf(build),
            holder => on.Reporter.Note($"waiting for {holder}"),
            cancellationToken
        );
    }

    private static Architecture ArchitectureOf(PublishBuild build) =>
        Architecture.TryParse(build.Architecture, out var architecture)
            ? architecture
            : throw new ArgumentException($"'{build.Architecture}' is not an architecture", nameof(build));

    private static bool IsPublished(PublishBuild build, BuildIndex index) =>
        index.Builds.Any(b => b.Id == build.Id && b.Architectures.Contains(build.Architecture));

    private async Task ForgetAsync(ForgetBuilds forget, CancellationToken cancellationToken)
    {
        await AtomicFile.WriteAsync(PruneNote.File(Builds), PruneNote.Text(forget.Going), cancellationToken);
        await Builds.ForgetAsync(forget.Ids, cancellationToken);
    }

    /// <summary>Whether it is gone; not when something reads it: a test run or a push that began since the plan was made.</summary>
    private bool Remove(RemoveBuild build)
    {
        var directory = new DirectoryInfo(Path.Combine(Builds.Root, build.Id));
        var going = PruneNote.Going(Builds, build.Id);
        if (Directory.Exists(going))
        {
            UnixFile.DeleteTree(going);
        }

        if (!directory.Exists || directory.LinkTarget is not null)
        {
            return true;
        }

        DirectoryLock?[] alone =
        [
            .. directory.EnumerateDirectories().Where(d => d.LinkTarget is null).Select(d => DirectoryLock.TryAcquire(d.FullName)),
        ];
        try
        {
            if (alone.Contains(null))
            {
                on.Reporter.Note($"{build.Id} is being read; the next prune removes it");
                return false;
            }

            // Out of sight in one step: nobody opens a build by its name and finds half of it.
            directory.MoveTo(going);
        }
        finally
        {
            foreach (var held in alone)
            {
                held?.Dispose();
            }
        }

        UnixFile.DeleteTree(going);
        return true;
    }

    /// <summary>What was left because something reads it stays noted.</summary>
    private async Task EndPruneAsync(CancellationToken cancellationToken)
    {
        var left = (await PruneNote.ReadAsync(Builds, cancellationToken))
            .Where(id => Directory.Exists(Path.Combine(Builds.Root, id)))
            .ToArray();
        if (left.Length == 0)
        {
            File.Delete(PruneNote.File(Builds));
        }
        else
        {
            await AtomicFile.WriteAsync(PruneNote.File(Builds), PruneNote.Text(left), cancellationToken);
        }
    }

    private async Task AdvanceAsync(AdvanceBranch branch, CancellationToken cancellationToken)
    {
        var git = GitIn(branch.Directory);
        var head = (await git.TextAsync(["rev-parse", "HEAD"], cancellationToken)).Trim();
        if (head != branch.Head)
        {
            var there = await git.TryAsync(["rev-parse", "HEAD^", "HEAD^{tree}"], cancellationToken);
            if (
                there?.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [var parent, var tree]
                && (parent, tree) == (branch.Head, branch.Tree)
            )
            {
                return;
            }

            throw new PipelineException(PlanDiagnostics.Changed($"the branch of '{branch.Directory}'"));
        }

        var commit = (
            await git.TextAsync(
                ["commit-tree", branch.Tree, "-p", head, "-F", "-"],
                cancellationToken,
                Encoding.UTF8.GetBytes(branch.Message)
            )
        ).Trim();
        await git.TextAsync(["merge", "--ff-only", "--quiet", commit], cancellationToken);
    }

    private Git GitIn(string directory) => new(on.Tools ?? throw new InvalidOperationException("the plan needs git"), directory);
}

/// <summary><c>builds/.pruned</c>: which builds are going.</summary>
internal static class PruneNote
{
    /// <summary>The note's path.</summary>
    public static string File(BuildStore builds) => Path.Combine(builds.Root, ".pruned");

    /// <summary>Where a build is moved before it is deleted.</summary>
    public static string Going(BuildStore builds, string id) => Path.Combine(builds.Root, $".going-{id}");

    /// <summary>The note's text: one id per line.</summary>
    public static string Text(IEnumerable<string> ids) => string.Concat(ids.Select(i => i + "\n"));

    /// <summary>The ids of the note; none without one.</summary>
    public static async Task<string[]> ReadAsync(BuildStore builds, CancellationToken cancellationToken) =>
        System.IO.File.Exists(File(builds))
            ? [.. (await RegularFile.ReadTextAsync(File(builds), cancellationToken)).Split('\n').Where(BuildStore.IsId)]
            : [];
}
