using Pipeline.Compose.Commits;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Commits;

/// <summary>A tree on disk, and its commit by us and by ostree.</summary>
internal sealed class CommitBench : IDisposable
{
    public static readonly CommitRequest Request = new(
        "os/x86_64/test",
        "43.1",
        "6.12-test",
        DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)
    );

    private readonly TemporaryDirectory _directory = new("/var/tmp");
    private readonly ToolRunner _tools = new();
    private int _archives;

    public CommitBench()
    {
        UnixFile.MakeDirectory(Root, 0x1ED);
        Tree = TreeHandle.Open(Root);
    }

    public IStep Step { get; } = new TestReporter().Step("commit");

    public string Root => _directory.File("tree");

    public TreeHandle Tree { get; }

    public string Repository => _directory.File("repo");

    public string Directory => _directory.Path;

    public string NewArchive() => _directory.File($"{_archives++}.tar");

    public async Task<(TreeCommit Commit, string Archive)> CommitAsync(
        CommitRequest request,
        CancellationToken cancellationToken,
        DeflatedLayers? ahead = null
    )
    {
        var archive = NewArchive();
        return (await CommitWriter.WriteAsync(Tree, request, archive, ahead, Step, TimeProvider.System, cancellationToken), archive);
    }

    /// <summary>What ostree makes of a tree of this machine.</summary>
    public async Task<(string Commit, string Content)> OstreeAsync(
        string tree,
        CommitRequest request,
        int? level,
        CancellationToken cancellationToken,
        string? policy = null
    )
    {
        UnixFile.DeleteTree(Repository);
        UnixFile.MakeDirectory(Repository, 0x1ED);
        var ostree = new Ostree(_tools);
        await ostree.InitAsync(Repository, level, cancellationToken);
        var options = new OstreeCommitOptions
        {
            Tree = $"dir={tree}",
            Branch = request.Ref,
            Time = request.Time,
            Metadata = request.Kernel is { } kernel
                ? [new("version", request.Version), new("ostree.linux", kernel)]
                : [new("version", request.Version)],
            Bootable = request.Kernel is not null,
            Policy = policy,
        };
        var commit = await ostree.CommitAsync(Repository, options, cancellationToken);
        return (commit, Ostree.Field(await ostree.ShowAsync(Repository, commit, cancellationToken), "ContentChecksum")!);
    }

    /// <summary>ostree accepts an archive: every object of it, and pulls it into another repository.</summary>
    public async Task RequireSoundAsync(string archive, TreeCommit commit, CancellationToken cancellationToken)
    {
        var (from, into) = (_directory.File($"{Guid.NewGuid():n}"), _directory.File($"{Guid.NewGuid():n}"));
        System.IO.Directory.CreateDirectory(from);
        System.IO.Directory.CreateDirectory(into);
        await RunAsync("tar", cancellationToken, "-xf", archive, "-C", from);
        await RunAsync("ostree", cancellationToken, $"--repo={from}", "fsck");
        Assert.That((await RunAsync("ostree", cancellationToken, $"--repo={from}", "refs")).Trim(), Is.EqualTo(commit.Ref));
        await RunAsync("ostree", cancellationToken, $"--repo={into}", "init", "--mode=archive");
        await RunAsync("ostree", cancellationToken, $"--repo={into}", "pull-local", "--untrusted", from, commit.Ref);
        await RunAsync("ostree", cancellationToken, $"--repo={into}", "fsck");
    }

    public async Task<string> RunAsync(string program, CancellationToken cancellationToken, params string[] arguments) =>
        (await _tools.RunAsync(new(program, [.. arguments]), cancellationToken)).Text;

    public void Dispose()
    {
        Step.Dispose();
        Tree.Dispose();
        _directory.Dispose();
    }
}
