using System.Formats.Tar;
using System.Text;
using Pipeline.Host.Archives;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Host;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CommitArchiveReaderTests : IDisposable
{
    private const string Checksum = "aa00000000000000000000000000000000000000000000000000000000000000";
    private static readonly string CommitPath = $"objects/aa/{Checksum[2..]}.commit";
    private readonly TemporaryDirectory _directory = new();
    private string? _expected;

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task A_commit_comes_out_with_its_ref_and_time()
    {
        var commit = await ExtractAsync(
            Regular("config", "[core]\nparent=/etc\n"),
            Regular(CommitPath, Commit(1_700_000_000)),
            Regular("refs/heads/debian/13/x86_64/test", Checksum + "\n")
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That((commit.Checksum, commit.Ref, commit.Epoch), Is.EqualTo((Checksum, "debian/13/x86_64/test", 1_700_000_000L)));
            Assert.That(
                await File.ReadAllTextAsync(Path.Combine(commit.Repository, "config")),
                Does.Not.Contain("parent"),
                "the archive's configuration is not taken"
            );
        }
    }

    [TestCase("../evil")]
    [TestCase("objects/../../evil")]
    [TestCase("/etc/evil")]
    [TestCase("objects/aa/../../../evil.filez")]
    [TestCase("refs/heads/../../../evil")]
    [TestCase("refs/heads/a/../../../../evil")]
    [TestCase("refs/heads/.hidden")]
    [TestCase("objects/zz/0000.filez")]
    [TestCase("hooks/post-pull")]
    public Task A_name_that_is_not_an_object_or_a_ref_is_refused(string name) =>
        RefusedAsync(Regular(name, "x"), Regular(CommitPath, Commit(1)), Regular("refs/heads/test", Checksum));

    [TestCase(TarEntryType.SymbolicLink)]
    [TestCase(TarEntryType.HardLink)]
    [TestCase(TarEntryType.CharacterDevice)]
    [TestCase(TarEntryType.Fifo)]
    public async Task Anything_but_files_and_folders_is_refused(TarEntryType type)
    {
        var entry = new PaxTarEntry(type, "refs/heads/link");
        if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
        {
            entry.LinkName = "/etc/passwd";
        }

        await RefusedAsync(entry, Regular(CommitPath, Commit(1)), Regular("refs/heads/test", Checksum));
    }

    [Test]
    public Task Two_commits_are_refused() =>
        RefusedAsync(
            Regular(CommitPath, Commit(1)),
            Regular(CommitPath.Replace("objects/aa/", "objects/bb/", StringComparison.Ordinal), Commit(1)),
            Regular("refs/heads/test", Checksum)
        );

    [Test]
    public Task A_ref_to_another_commit_is_refused() =>
        RefusedAsync(Regular(CommitPath, Commit(1)), Regular("refs/heads/test", Checksum.Replace('a', 'b')));

    [Test]
    public Task A_missing_ref_is_refused() => RefusedAsync(Regular(CommitPath, Commit(1)));

    [Test]
    public Task The_same_object_twice_is_refused() =>
        RefusedAsync(Regular(CommitPath, Commit(1)), Regular(CommitPath, Commit(2)), Regular("refs/heads/test", Checksum));

    [Test]
    public Task A_damaged_commit_object_is_refused() =>
        RefusedAsync(Regular(CommitPath, "not a commit"), Regular("refs/heads/test", Checksum));

    [Test]
    public void Damaged_bytes_never_do_worse_than_a_refusal()
    {
        var good = Tar(Regular(CommitPath, Commit(1_700_000_000)), Regular("refs/heads/test", Checksum));
        for (var seed = 0; seed < 400; seed++)
        {
            var bytes = good.ToArray();
            for (var i = 0; i < 4; i++)
            {
                var mixed = unchecked(((uint)seed * 2654435761u) ^ ((uint)i * 40503u * 65537u));
                bytes[mixed % 2600] = unchecked((byte)(mixed >> 13));
            }

            var directory = Directory.CreateDirectory(_directory.File($"fuzz{seed}")).FullName;
            var tar = Path.Combine(directory, "in.tar");
            File.WriteAllBytes(tar, bytes);
            try
            {
                CommitArchiveReader
                    .ExtractAsync(tar, Directory.CreateDirectory(Path.Combine(directory, "out")).FullName, null, CancellationToken.None)
                    .GetAwaiter()
                    .GetResult();
            }
            catch (PipelineException e)
            {
                Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused));
            }
        }

        Assert.That(Directory.EnumerateFileSystemEntries(_directory.Path), Has.Exactly(400).Items, "nothing was written outside");
    }

    [Test]
    public async Task The_commit_that_the_build_names_is_taken()
    {
        _expected = Checksum;

        var commit = await ExtractAsync(Regular(CommitPath, Commit(1)), Regular("refs/heads/test", Checksum));

        Assert.That(commit.Checksum, Is.EqualTo(Checksum));
    }

    [Test]
    public Task Another_commit_than_the_build_names_is_refused()
    {
        _expected = Checksum.Replace('a', 'b');

        return RefusedAsync("PL3012", Regular(CommitPath, Commit(1)), Regular("refs/heads/test", Checksum));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(13)]
    public void Too_few_bytes_are_no_commit(int length) => Assert.That(CommitObject.TimestampOf(new byte[length]), Is.Null);

    [TestCase(3)]
    [TestCase(200)]
    [TestCase(70_000)]
    public void The_time_is_found_behind_a_body_of_any_length(int body) =>
        Assert.That(CommitObject.TimestampOf(Commit(1_763_000_000, body)), Is.EqualTo(1_763_000_000));

    /// <summary>A commit without metadata as GVariant: empty list, no parent, no relations, subject, body, time, two checksums.</summary>
    internal static byte[] Commit(long seconds, int bodyLength = 0)
    {
        var bytes = new List<byte>();
        bytes.AddRange("test\0"u8.ToArray());
        var subjectEnd = bytes.Count;
        bytes.AddRange(Enumerable.Repeat((byte)'b', bodyLength));
        bytes.Add(0);
        var bodyEnd = bytes.Count;
        while (bytes.Count % 8 != 0)
        {
            bytes.Add(0);
        }

        bytes.AddRange(BitConverter.GetBytes(seconds).Reverse());
        bytes.AddRange(new byte[32]);
        var treeEnd = bytes.Count;
        bytes.AddRange(new byte[32]);
        int[] ends = [treeEnd, bodyEnd, subjectEnd, 0, 0, 0];
        var width =
            bytes.Count + 6 <= byte.MaxValue ? 1
            : bytes.Count + 12 <= ushort.MaxValue ? 2
            : 4;
        foreach (var end in ends)
        {
            bytes.AddRange(BitConverter.GetBytes(end)[..width]);
        }

        return [.. bytes];
    }

    private static PaxTarEntry Regular(string name, string text) => Regular(name, Encoding.UTF8.GetBytes(text));

    private static PaxTarEntry Regular(string name, byte[] bytes) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) };

    private static byte[] Tar(params TarEntry[] entries)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }

    private Task<ExtractedCommit> ExtractAsync(params TarEntry[] entries)
    {
        var tar = _directory.File("in.tar");
        File.WriteAllBytes(tar, Tar(entries));
        var target = Directory.CreateDirectory(_directory.File("out")).FullName;
        return CommitArchiveReader.ExtractAsync(tar, target, _expected, CancellationToken.None);
    }

    private Task RefusedAsync(params TarEntry[] entries) => RefusedAsync("PL3011", entries);

    private async Task RefusedAsync(string code, params TarEntry[] entries)
    {
        var e = (await Assert.ThrowsAsync<PipelineException>(() => ExtractAsync(entries)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Diagnostics.Single().Code, Is.EqualTo(code));
            Assert.That(e.Exit, Is.EqualTo(ExitClass.Refused));
            Assert.That(Directory.EnumerateFileSystemEntries(_directory.Path).Select(Path.GetFileName), Is.EquivalentTo(["in.tar", "out"]));
        }
    }
}
