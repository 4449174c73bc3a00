using System.Security.Cryptography;
using Pipeline.Compose.Commits;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Commits;

[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DeflatedLayersTests : IDisposable
{
    private const int Patience = 300_000;
    private static readonly Digest Package = Digest.Of("package");
    private readonly CommitBench _bench = new();

    private string Root => Path.Combine(_bench.Directory, "deflated");

    private string Kept => Path.Combine(Root, Package.Hex);

    [TearDown]
    public void Dispose() => _bench.Dispose();

    [Test, CancelAfter(Patience)]
    public async Task What_was_deflated_ahead_changes_no_byte_of_a_commit(CancellationToken cancellationToken)
    {
        new RandomTree(31, _bench.Tree).Grow();
        var (expected, _) = await _bench.CommitAsync(CommitBench.Request, cancellationToken);
        using var ahead = Filled();

        var (commit, archive) = await _bench.CommitAsync(CommitBench.Request, cancellationToken, ahead);

        Assert.That(commit, Is.EqualTo(expected));
        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_file_that_a_script_changed_is_committed_as_it_is(CancellationToken cancellationToken)
    {
        _bench.Tree.CreateFile("same", "the same"u8, 0x1A4);
        _bench.Tree.CreateFile("changed", "before"u8, 0x1A4);
        _bench.Tree.CreateFile("mode", "mode"u8, 0x1A4);
        using var ahead = Filled();
        _bench.Tree.ReplaceFile("changed", "after", 0x1A4);
        _bench.Tree.SetMode("mode", 0x1ED);

        var (commit, archive) = await _bench.CommitAsync(CommitBench.Request, cancellationToken, ahead);
        var expected = await _bench.OstreeAsync(_bench.Root, CommitBench.Request, 1, cancellationToken);

        Assert.That((commit.Checksum, commit.ContentChecksum), Is.EqualTo(expected));
        await _bench.RequireSoundAsync(archive, commit, cancellationToken);
    }

    [Test]
    public void What_is_kept_is_found_again_and_the_rest_is_gone()
    {
        _bench.Tree.CreateFile("file", "content"u8, 0x1A4);
        Filled().Dispose();
        Assert.That(Directory.EnumerateFiles(Root), Is.Empty, "never kept");

        using (var ahead = Filled())
        {
            ahead.Keep();
            ahead.Keep();
        }

        File.WriteAllText(Path.Combine(Root, Digest.Of("killed").Hex + ".new"), "half");
        using var next = new DeflatedLayers(Root, [Package, Digest.Of("other")]);
        using var other = new DeflatedLayers(Root, []);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Inflated(next.Find(ChecksumOf("file"))!.Value), Is.EqualTo("content"));
            Assert.That(next.Find(SHA256.HashData("nothing"u8)), Is.Null);
            Assert.That(other.Find(ChecksumOf("file")), Is.Null);
            Assert.That(Directory.EnumerateFiles(Root), Is.EqualTo([Kept]));
        }
    }

    [TestCase(0), TestCase(1), TestCase(20), TestCase(40), TestCase(60), TestCase(-1), TestCase(-9), TestCase(-20), TestCase(-41)]
    public void A_damaged_file_is_removed_and_made_again(int length)
    {
        _bench.Tree.CreateFile("file", "some content that takes a few bytes more"u8, 0x1A4);
        using (var ahead = Filled())
        {
            ahead.Keep();
        }

        var bytes = File.ReadAllBytes(Kept);
        File.WriteAllBytes(Kept, bytes[..(length < 0 ? bytes.Length + length : length)]);

        using var next = Filled();

        Assert.That(Inflated(next.Find(ChecksumOf("file"))!.Value), Does.StartWith("some content"));
    }

    [Test]
    public void Once_it_is_told_to_stop_it_deflates_nothing_more()
    {
        _bench.Tree.CreateFile("file", "content"u8, 0x1A4);
        using var ahead = new DeflatedLayers(Root, [Package]);

        ahead.Fill(_bench.Tree, [new(Package, "package", ["file"])], _bench.Step, TimeProvider.System, new(canceled: true));

        Assert.That(ahead.Find(ChecksumOf("file")), Is.Null);
    }

    private DeflatedLayers Filled()
    {
        var ahead = new DeflatedLayers(Root, [Package]);
        var files = _bench
            .Tree.Walk(TreePath.Root, TreeOrder.ParentsFirst)
            .Where(e => e.Kind == UnixKind.File)
            .Select(e => e.Path)
            .ToArray();
        ahead.Fill(_bench.Tree, [new(Package, "package", files)], _bench.Step, TimeProvider.System, CancellationToken.None);
        return ahead;
    }

    private byte[] ChecksumOf(TreePath path)
    {
        var metadata = CommitTree.MetadataOf(_bench.Tree, path, _bench.Tree.Status(path)!.Value);
        return SHA256.HashData([.. ObjectFormat.FileHeader(metadata, []), .. _bench.Tree.ReadBytes(path, 1 << 20)]);
    }

    private static string Inflated(FileSlice slice)
    {
        var bytes = new byte[slice.Length];
        RandomAccess.Read(slice.File, bytes, slice.Offset);
        using var inflate = new System.IO.Compression.DeflateStream(
            new MemoryStream(bytes),
            System.IO.Compression.CompressionMode.Decompress
        );
        using var reader = new StreamReader(inflate);
        return reader.ReadToEnd();
    }
}
