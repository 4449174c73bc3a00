using FsCheck;
using FsCheck.Fluent;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Images.Disks;
using Pipeline.Images.Filesystems;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Images;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FilesystemTests : IDisposable
{
    private const long Epoch = 1_700_000_000;
    private const long Offset = 3 << 20;
    private readonly ToolRunner _tools = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void A_size_is_whole_mebibytes_and_covers_content_journal_and_reserve() =>
        Prop.ForAll(
                Gen.Choose(0, 5_000_000).ToArbitrary(),
                Gen.Choose(1, 1_000_000).ToArbitrary(),
                (blocks, inodes) =>
                {
                    var content = new TreeSize(blocks, inodes);
                    var (size, count) = ExtFileSystem.Plan(content, 64, ByteSize.FromMiB(512));

                    Assert.That(size.Bytes % (1 << 20), Is.Zero);
                    Assert.That(size.Bytes, Is.GreaterThan(content.Content.Bytes + (576L << 20) + (count * 256)));
                    Assert.That(count, Is.GreaterThanOrEqualTo(2L * inodes).And.LessThanOrEqualTo(size.Bytes / 4096));
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void Hard_links_count_once_and_holes_as_if_full()
    {
        File.WriteAllBytes(_directory.File("a"), new byte[5000]);
        Link("a", "b");
        SparseFile.SetLength(_directory.File("hole"), 40960);
        File.CreateSymbolicLink(_directory.File("short"), "a");
        File.CreateSymbolicLink(_directory.File("long"), new string('x', 100));

        var size = TreeSize.Of(_directory.Path, CancellationToken.None);

        Assert.That((size.Blocks, size.Inodes), Is.EqualTo((2 + 10 + 1 + 1L, 5L)));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_file_system_is_clean_keeps_its_reserve_and_is_the_same_twice(CancellationToken cancellationToken)
    {
        var reserve = ByteSize.FromMiB(64);
        var first = await MakeAsync("first", new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc), reserve, cancellationToken);
        var second = await MakeAsync("second", new(2021, 2, 2, 0, 0, 0, DateTimeKind.Utc), reserve, cancellationToken);

        await new ExtFileSystem(_tools).CheckAsync(first, Offset, cancellationToken);
        var header = (await _tools.RunAsync(new("dumpe2fs", ["-h", $"{first}?offset={Offset}"]), cancellationToken)).Text;
        var free = long.Parse(header.Split('\n').Single(l => l.StartsWith("Free blocks:", StringComparison.Ordinal)).Split(':')[1]) * 4096;
        var inodes = ExtInodes.Read(first, Offset);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                Digest.Of(await File.ReadAllBytesAsync(first, cancellationToken)),
                Is.EqualTo(Digest.Of(await File.ReadAllBytesAsync(second, cancellationToken)))
            );
            Assert.That(free, Is.InRange(reserve.Bytes, reserve.Bytes + (32 << 20)));
            Assert.That(inodes.Where(i => i.Number > 11), Has.Exactly(302).Items);
            Assert.That(
                inodes.Select(i => (i.Accessed, i.Changed, i.Created)).Distinct(),
                Is.EqualTo([((uint)Epoch, (uint)Epoch, (uint)Epoch)])
            );
            Assert.That(inodes.Count(i => i.Modified == 0), Is.EqualTo(1), "only the file whose own time was zero");
            Assert.That(inodes.Any(i => i.Fractions), Is.False);
            Assert.That(
                (await _tools.RunAsync(new("debugfs", ["-R", "stat /sealed", $"{first}?offset={Offset}"]), cancellationToken)).Text,
                Does.Contain("Flags: 0x80010")
            );
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_missing_directory_to_seal_is_an_error(CancellationToken cancellationToken)
    {
        var image = await MakeAsync("image", DateTime.UnixEpoch.AddYears(40), ByteSize.FromMiB(16), cancellationToken);

        var e = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                new ExtFileSystem(_tools).SettleAsync(image, Offset, Epoch, "/nowhere", null, _directory.Path, cancellationToken)
            )
        )!;

        Assert.That(e.Diagnostics.Single().Code, Is.EqualTo("PL3040"));
    }

    [Test]
    public void Bytes_that_are_no_file_system_are_told()
    {
        SparseFile.SetLength(_directory.File("zeros"), 1 << 20);

        Assert.That(
            Assert.Throws<PipelineException>(() => ExtInodes.Read(_directory.File("zeros"), 0))!.Diagnostics[0].Code,
            Is.EqualTo("PL3040")
        );
    }

    [Test]
    public void Only_times_that_differ_are_written() =>
        Assert.That(
            ExtFileSystem.Script([new(12, 1, 5, 5, 5, false), new(13, 5, 5, 0, 5, true)], 5, "/d"),
            Is.EqualTo(
                "sif <12> atime @5\nsif <13> atime_extra 0\nsif <13> ctime_extra 0\nsif <13> crtime_extra 0\n"
                    + "sif <13> mtime_extra 0\nsif /d flags 0x80010\n"
            )
        );

    [Test]
    public void A_sparse_copy_has_the_same_bytes_and_keeps_the_holes()
    {
        var source = _directory.File("source");
        SparseFile.SetLength(source, 64 << 20);
        SparseFile.Write(source, 5 << 20, "hello"u8);
        SparseFile.Write(source, (64 << 20) - 1, [1]);

        SparseFile.Copy(source, _directory.File("copy"), CancellationToken.None);

        using var copy = File.OpenHandle(_directory.File("copy"));
        Assert.That(Digest.Of(File.ReadAllBytes(_directory.File("copy"))), Is.EqualTo(Digest.Of(File.ReadAllBytes(source))));
        Assert.That(FileRanges.Stored(copy).Sum(r => r.End - r.Start), Is.LessThan(1 << 20));
    }

    [TestCase("max", ExpectedResult = 8_000_000L * 1024)]
    [TestCase("3000000000", ExpectedResult = 2_000_000_000)]
    [TestCase("500000000", ExpectedResult = 0)]
    [TestCase("999999999999999", ExpectedResult = 8_000_000L * 1024)]
    public long Free_memory_respects_the_control_group(string limit)
    {
        File.WriteAllText(
            _directory.File("meminfo"),
            "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n"
        );
        File.WriteAllText(_directory.File("max"), limit + "\n");
        File.WriteAllText(_directory.File("current"), "1000000000\n");

        return Scratch.Memory(_directory.File("meminfo"), _directory.File("max"), _directory.File("current"));
    }

    private async Task<string> MakeAsync(string name, DateTime times, ByteSize reserve, CancellationToken cancellationToken)
    {
        var source = Directory.CreateDirectory(_directory.File($"{name}.d")).FullName;
        for (var i = 299; i >= 0; i--)
        {
            File.WriteAllText(Path.Combine(source, $"file{(name == "first" ? i : 299 - i)}"), "content");
        }

        var old = Path.Combine(source, "old");
        File.WriteAllText(old, "old");
        File.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);
        Directory.CreateDirectory(Path.Combine(source, "sealed"));
        foreach (var path in Directory.EnumerateFiles(source, "file*"))
        {
            File.SetLastWriteTimeUtc(path, times);
        }

        var (size, inodes) = ExtFileSystem.Plan(TreeSize.Of(source, cancellationToken), 8, reserve);
        var image = _directory.File(name);
        SparseFile.SetLength(image, Offset + size.Bytes);
        var ext = new ExtFileSystem(_tools);
        var id = new Guid("910678ff-f77e-4a7d-8d53-86f2ac47a823");
        await ext.MakeAsync(
            image,
            Offset,
            source,
            new()
            {
                Label = "root",
                Id = id,
                Size = size,
                Inodes = inodes,
                JournalMiB = 8,
                Epoch = Epoch,
            },
            cancellationToken
        );
        await ext.SettleAsync(image, Offset, Epoch, "/sealed", null, _directory.Path, cancellationToken);
        return image;
    }

    private void Link(string from, string to) =>
        _tools.RunAsync(new("ln", [_directory.File(from), _directory.File(to)]), CancellationToken.None).GetAwaiter().GetResult();
}
