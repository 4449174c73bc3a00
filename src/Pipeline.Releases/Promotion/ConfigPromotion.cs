using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Releases.Plans;

namespace Pipeline.Releases.Promotion;

/// <summary>What to promote.</summary>
/// <param name="From">Any commit-ish of the config repository.</param>
/// <param name="To">The branch that receives the content; it must be checked out and clean.</param>
/// <param name="Directory">The checkout.</param>
/// <param name="FetchRemote">Fetch <paramref name="From"/> from here first; <c>null</c> uses no network.</param>
internal sealed record BranchPromotion(string From, string To, string Directory, string? FetchRemote);

/// <summary>What a promotion did.</summary>
/// <param name="Source">The commit that was promoted.</param>
/// <param name="Commit">The new commit on the branch; <c>null</c> with <c>--dry-run</c> or when there was nothing to promote.</param>
/// <param name="Tree">The tree of the branch after the promotion.</param>
/// <param name="Changes">What changes on the branch, one line per file as <c>git diff --name-status</c> prints it.</param>
public sealed record PromotionResult(string Source, string? Commit, string Tree, IReadOnlyList<string> Changes);

/// <summary>
/// Moves a stream's content to the next stream: the branch becomes a copy of the source but for its own <c>manifest.yaml</c>, its
/// own STREAM and DESCRIPTION in <c>build-args.conf</c>, and <c>snooze:</c> and <c>warn:</c> of the denylist, which are switched
/// off. The commit is made in the object store alone; the checkout follows in the last step, so a failure leaves it as it was.
/// </summary>
/// <param name="tools">Runs git.</param>
internal sealed partial class ConfigPromotion(IToolRunner tools)
{
    private const string Denylist = "kola-denylist.yaml";
    private const string BuildArgs = "build-args.conf";
    private const string Manifest = "manifest.yaml";

    /// <summary>Makes the tree and gives the plan to <paramref name="sink"/>.</summary>
    /// <exception cref="PipelineException">
    /// The checkout is not clean or not on the branch, or the source is unknown (class 2); git failed (class 1).
    /// </exception>
    public async Task<PromotionResult> RunAsync(BranchPromotion request, IPlanSink sink, CancellationToken cancellationToken)
    {
        var git = new Git(tools, request.Directory);
        await CheckAsync(git, request, cancellationToken);
        var source = await SourceAsync(git, request, cancellationToken);
        var head = (await git.TextAsync(["rev-parse", "HEAD"], cancellationToken)).Trim();
        var tree = await TreeAsync(git, source, cancellationToken);
        var changes = (await git.TextAsync(["diff", "--name-status", "--no-renames", head, tree], cancellationToken)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
        if (changes.Length == 0)
        {
            return new(source, null, tree, changes);
        }

        var message = $"tree: promote changes from {request.From} at {source}\n";
        var steps = new List<PlanStep> { new AdvanceBranch(request.Directory, head, tree, message) };
        if (request.FetchRemote is not null)
        {
            steps.Add(new UpdateSubmodules(request.Directory));
        }

        var outcome = await sink.RunAsync(Plan.Of("promote", steps), cancellationToken);
        var commit = outcome.Applied ? (await git.TextAsync(["rev-parse", "HEAD"], cancellationToken)).Trim() : null;
        return new(source, commit, tree, changes);
    }

    private static async Task CheckAsync(Git git, BranchPromotion request, CancellationToken cancellationToken)
    {
        var branch = await git.TryAsync(["symbolic-ref", "--quiet", "--short", "HEAD"], cancellationToken);
        if (branch?.Trim() != request.To)
        {
            throw new PipelineException(PromotionDiagnostics.WrongBranch(request.Directory, branch?.Trim(), request.To));
        }

        var dirty = (await git.TextAsync(["status", "--porcelain", "--untracked-files=all"], cancellationToken)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
        if (dirty.Length > 0)
        {
            throw new PipelineException(PromotionDiagnostics.Dirty(request.Directory, dirty));
        }
    }

    private static async Task<string> SourceAsync(Git git, BranchPromotion request, CancellationToken cancellationToken)
    {
        var name = request.From;
        if (request.FetchRemote is { } remote)
        {
            if (await git.TryFetchAsync(remote, request.From, cancellationToken) is { } why)
            {
                throw new PipelineException(PromotionDiagnostics.CannotFetch(remote, request.From, why));
            }

            name = "FETCH_HEAD";
        }

        return (
                await git.TryAsync(["rev-parse", "--quiet", "--verify", "--end-of-options", $"{name}^{{commit}}"], cancellationToken)
            )?.Trim() ?? throw new PipelineException(PromotionDiagnostics.UnknownSource(request.From));
    }

    /// <summary>The source's tree with what the branch keeps or changes, written through an index of its own.</summary>
    private static async Task<string> TreeAsync(Git git, string source, CancellationToken cancellationToken)
    {
        using var directory = new Host.Files.TemporaryDirectory();
        var staged = git.WithIndex(directory.File("index"));
        await staged.TextAsync(["read-tree", source], cancellationToken);
        await KeepAsync(staged, Manifest, cancellationToken);
        await RewriteAsync(
            staged,
            source,
            Denylist,
            text => SnoozeOrWarn().Replace(text, "$1# $2 (disabled on promotion)"),
            cancellationToken
        );
        if (await git.TryAsync(["show", $"HEAD:{BuildArgs}"], cancellationToken) is { } own)
        {
            await RewriteAsync(staged, source, BuildArgs, text => KeepOwnLines(text, own), cancellationToken);
        }

        return (await staged.TextAsync(["write-tree"], cancellationToken)).Trim();
    }

    /// <summary>The branch's own file stays, also when the source has none.</summary>
    private static async Task KeepAsync(Git git, string path, CancellationToken cancellationToken)
    {
        var entry = (await git.TextAsync(["ls-tree", "HEAD", "--", path], cancellationToken)).Trim();
        if (entry.Length == 0)
        {
            throw new PipelineException(PromotionDiagnostics.NoManifest(path));
        }

        var parts = entry.Split([' ', '\t'], 4);
        await git.TextAsync(["update-index", "--add", "--cacheinfo", $"{parts[0]},{parts[2]},{path}"], cancellationToken);
    }

    private static async Task RewriteAsync(
        Git git,
        string source,
        string path,
        Func<string, string> change,
        CancellationToken cancellationToken
    )
    {
        var entry = (await git.TextAsync(["ls-tree", source, "--", path], cancellationToken)).Trim();
        if (entry.Length == 0 || entry.StartsWith("120000", StringComparison.Ordinal))
        {
            return;
        }

        // Latin 1 maps every byte to one character and back, so nothing but the wanted lines changes.
        var before = Encoding.Latin1.GetString(await git.BytesAsync(["show", $"{source}:{path}"], cancellationToken));
        var after = change(before);
        if (after != before)
        {
            var blob = (await git.TextAsync(["hash-object", "-w", "--stdin"], cancellationToken, Encoding.Latin1.GetBytes(after))).Trim();
            await git.TextAsync(["update-index", "--cacheinfo", $"{entry.Split(' ')[0]},{blob},{path}"], cancellationToken);
        }
    }

    /// <summary>The source's lines, with the branch's own STREAM and DESCRIPTION in their places.</summary>
    private static string KeepOwnLines(string source, string own)
    {
        foreach (var key in new[] { "STREAM=", "DESCRIPTION=" })
        {
            if (own.Split('\n').FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) is { } line)
            {
                source = string.Join('\n', source.Split('\n').Select(l => l.StartsWith(key, StringComparison.Ordinal) ? line : l));
            }
        }

        return source;
    }

    [GeneratedRegex(@"^([ \t\v\f\r]+)((?:snooze:|warn:)[ \t\v\f\r]+[^\n]*)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex SnoozeOrWarn();
}
