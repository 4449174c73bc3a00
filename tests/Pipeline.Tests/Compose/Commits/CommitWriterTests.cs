using System.Formats.Tar;
using System.Text;
using Pipeline.Compose.Commits;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Commits;

/// <summary>ostree is the judge of what our own writer makes of any tree.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CommitWriterTests : IDisposable
{
    private const int Patience = 300_000;
    private readonly CommitBench _bench = new();

    /// <summary>Trees of this machine with many links, names that are not ASCII, large and set-user-id files.</summary>
    private static IEnumerable<string> Places =>
        ((string[])["/etc/ssl/certs", "/usr/share/zoneinfo", "/usr/sbin", "/usr/share/ca-certificates"]).Where(Directory.Exists);

    [TearDown]
    public void Dispose() => _bench.Dispose();

    [TestCase(1), TestCase(2), TestCase(3), TestCase(4), TestCase(5), TestCase(6), TestCase(7), TestCase(8)]
    [CancelAfter(Patience)]
    public async Task Any_tree_has_the_checksum_that_ostree_gives_it(int seed, CancellationToken cancellationToken)
    {
        new RandomTree(seed, _bench.Tree).Grow();
        var request = seed % 2 == 0 ? CommitBench.Request : CommitBench.Request with { Kernel = null };

        var (commit, archive) = await _bench.CommitAsync(request, cancellationToken);
        var expected = await _bench.OstreeAsync(_bench.Root, request, 1, cancellationToken);

        Assert.That((commit.Checksum, commit.ContentChecksum), Is.EqualTo(expected));
        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
    }

    [TestCaseSource(nameof(Places)), CancelAfter(Patience)]
    public async Task A_tree_of_this_machine_has_the_checksum_that_ostree_gives_it(string place, CancellationToken cancellationToken)
    {
        using var tree = TreeHandle.Open(place);
        var archive = _bench.NewArchive();

        var commit = await CommitWriter.WriteAsync(
            tree,
            CommitBench.Request,
            archive,
            null,
            _bench.Step,
            TimeProvider.System,
            cancellationToken
        );
        var expected = await _bench.OstreeAsync(place, CommitBench.Request, 1, cancellationToken);

        Assert.That((commit.Checksum, commit.ContentChecksum), Is.EqualTo(expected));
        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
        Assert.That(InArchive(archive), Is.LessThanOrEqualTo(1.02 * InRepository(_bench.Repository)));
    }

    [Test, CancelAfter(Patience)]
    public async Task The_archive_says_what_its_digest_says_and_leaves_nothing_beside_it(CancellationToken cancellationToken)
    {
        new RandomTree(20, _bench.Tree).Grow();

        var (first, archive) = await _bench.CommitAsync(CommitBench.Request, cancellationToken);
        var (second, _) = await _bench.CommitAsync(CommitBench.Request, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.EqualTo(first), "threads finish in another order each time");
            Assert.That(await FileDigest.OfAsync(archive, cancellationToken), Is.EqualTo(first.Archive.Digest));
            Assert.That(new FileInfo(archive).Length, Is.EqualTo(first.Archive.Size));
            Assert.That(Directory.EnumerateFiles(_bench.Directory), Has.Exactly(2).Items);
        }
    }

    [TestCase(0), TestCase(1), TestCase((64 << 20) + 1)]
    [CancelAfter(Patience)]
    public async Task A_file_that_is_larger_than_memory_should_hold_is_like_any_other(int size, CancellationToken cancellationToken)
    {
        _bench.Tree.CreateFile("file", Content(size), 0x1A4);

        var (commit, archive) = await _bench.CommitAsync(CommitBench.Request, cancellationToken);
        var expected = await _bench.OstreeAsync(_bench.Root, CommitBench.Request, 1, cancellationToken);

        Assert.That((commit.Checksum, commit.ContentChecksum), Is.EqualTo(expected));
        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_ref_may_be_longer_than_an_old_tar_can_name(CancellationToken cancellationToken)
    {
        var request = CommitBench.Request with { Ref = string.Join('/', Enumerable.Repeat("a-long-part", 12)) };

        var (commit, archive) = await _bench.CommitAsync(request, cancellationToken);

        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
    }

    [TestCase("-a"), TestCase("a//b"), TestCase("a b"), TestCase("a/../b"), TestCase("a\n"), TestCase("a+b"), TestCase("")]
    public async Task A_ref_that_ostree_refuses_is_refused(string reference)
    {
        var refused = await Assert.ThrowsAsync<PipelineException>(() =>
            _bench.CommitAsync(CommitBench.Request with { Ref = reference }, CancellationToken.None)
        );

        Assert.That(refused!.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([("PL2144", ExitClass.BadInput)]));
    }

    [Test, CancelAfter(Patience)]
    public async Task What_no_commit_can_hold_is_refused_with_its_place(CancellationToken cancellationToken)
    {
        await _bench.RunAsync("mkfifo", cancellationToken, $"{_bench.Root}/fifo");
        await RequireRefusedAsync("PL2141", "fifo");
        _bench.Tree.Delete("fifo");

        _bench.Tree.CreateFile(TreePath.FromBytes([0x61, 0xff]), [], 0x1A4);
        await RequireRefusedAsync("PL2141", "a\\xff");
        _bench.Tree.Delete(TreePath.FromBytes([0x61, 0xff]));

        _bench.Tree.Symlink("link", [0xfe, 0x62]);
        await RequireRefusedAsync("PL2142", "/link");
    }

    private async Task RequireRefusedAsync(string code, string place)
    {
        var refused = await Assert.ThrowsAsync<PipelineException>(() => _bench.CommitAsync(CommitBench.Request, CancellationToken.None));

        Assert.That(refused!.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([(code, ExitClass.Refused)]));
        Assert.That(refused.Message, Does.Contain(place));
        Assert.That(Directory.EnumerateFiles(_bench.Directory), Is.Empty, "no half-written archive");
    }

    private static byte[] Content(int size)
    {
        var line = Encoding.ASCII.GetBytes("one line of many that are nearly the same\n");
        var content = new byte[size];
        for (var i = 0; i < size; i++)
        {
            content[i] = (byte)(line[i % line.Length] ^ (i / 100_000 & 1));
        }

        return content;
    }

    /// <summary>Bytes of the objects of files in an archive.</summary>
    private static long InArchive(string archive)
    {
        using var stream = File.OpenRead(archive);
        using var tar = new TarReader(stream);
        long bytes = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            bytes += entry.Name.EndsWith(".filez", StringComparison.Ordinal) ? entry.Length : 0;
        }

        return bytes;
    }

    private static long InRepository(string repository) =>
        new DirectoryInfo(repository).EnumerateFiles("*.filez", SearchOption.AllDirectories).Sum(f => f.Length);
}
