using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>What every store promises; each kind of store runs all of it.</summary>
public abstract partial class ObjectStoreContract
{
    private static readonly ObjectHeaders Headers = ObjectHeaders.BuildDocument;
    private TemporaryDirectory _directory = null!;

    /// <summary>Part size of the tests: as small as the store takes.</summary>
    protected abstract ByteSize PartSize { get; }

    /// <summary>A fresh, empty store that never retries.</summary>
    protected abstract Task<IObjectStore> OpenAsync();

    [SetUp]
    public void MakeDirectory() => _directory = new();

    [TearDown]
    public void DropDirectory() => _directory.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task What_is_written_is_read_back_with_its_headers(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var tag = await store.WriteAsync(
            "streams/stable.json",
            Bytes("{}"),
            ObjectHeaders.StreamDocument,
            WriteCondition.IfAbsent,
            cancellationToken
        );

        var content = await store.ReadAsync("streams/stable.json", 100, cancellationToken);
        var head = await store.HeadAsync("streams/stable.json", cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Text(content!), Is.EqualTo("{}"));
            Assert.That(content!.Tag, Is.EqualTo(tag));
            Assert.That(
                head,
                Is.EqualTo(new ObjectHead("streams/stable.json", 2, tag!, Digest.Of("{}"), "application/json", "max-age=60"))
            );
            Assert.That(await store.ReadAsync("streams/testing.json", 100, cancellationToken), Is.Null);
            Assert.That(await store.HeadAsync("streams/testing.json", cancellationToken), Is.Null);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_write_if_absent_never_replaces(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        await store.WriteAsync("a", Bytes("first"), Headers, WriteCondition.IfAbsent, cancellationToken);

        Assert.That(await store.WriteAsync("a", Bytes("second"), Headers, WriteCondition.IfAbsent, cancellationToken), Is.Null);
        Assert.That(Text((await store.ReadAsync("a", 100, cancellationToken))!), Is.EqualTo("first"));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_write_if_tag_needs_the_current_tag(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var first = await store.WriteAsync("a", Bytes("1"), Headers, WriteCondition.Always, cancellationToken);
        var second = await store.WriteAsync("a", Bytes("2"), Headers, WriteCondition.IfTag(first!), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.Not.Null.And.Not.EqualTo(first));
            Assert.That(await store.WriteAsync("a", Bytes("3"), Headers, WriteCondition.IfTag(first!), cancellationToken), Is.Null);
            Assert.That(await store.WriteAsync("none", Bytes("3"), Headers, WriteCondition.IfTag(first!), cancellationToken), Is.Null);
            Assert.That(Text((await store.ReadAsync("a", 100, cancellationToken))!), Is.EqualTo("2"));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task No_update_of_many_writers_is_lost(CancellationToken cancellationToken)
    {
        // Servers under contention answer 500 now and then, after or before the write took effect.
        using var store = Reliable(await OpenAsync());
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 8),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (writer, c) =>
            {
                for (var i = 0; i < 4; i++)
                {
                    var line = $"{writer}.{i}\n";
                    await store.UpdateAsync("builds.json", Headers, old => Bytes(With(old, line)), TimeProvider.System, c);
                }
            }
        );

        var lines = Text((await store.ReadAsync("builds.json", 10_000, cancellationToken))!)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Is.EquivalentTo(from w in Enumerable.Range(0, 8) from i in Enumerable.Range(0, 4) select $"{w}.{i}"));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_name_is_taken_by_exactly_one(CancellationToken cancellationToken)
    {
        using var store = Reliable(await OpenAsync());
        var taken = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i => store.TryTakeAsync("versions/43.20260101.3.0", Bytes($"taker {i}"), ObjectHeaders.Private, cancellationToken))
        );

        Assert.That(taken.Count(t => t), Is.EqualTo(1));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_document_that_does_not_change_is_not_written(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        await store.WriteAsync("a", Bytes("same"), Headers, WriteCondition.Always, cancellationToken);

        Assert.That(await store.UpdateAsync("a", Headers, old => old, TimeProvider.System, cancellationToken), Is.False);
    }

    [TestCase(0), TestCase(1), TestCase(1000)]
    [CancelAfter(120_000)]
    public async Task A_small_file_goes_up_and_comes_down(int size, CancellationToken cancellationToken) =>
        await RoundTrip(size, cancellationToken);

    [Test, CancelAfter(120_000)]
    public async Task A_file_of_several_parts_goes_up_and_comes_down(CancellationToken cancellationToken) =>
        await RoundTrip(checked((int)(PartSize.Bytes * 3) + 17), cancellationToken);

    [Test, CancelAfter(120_000)]
    public async Task A_file_of_exactly_two_parts_goes_up_and_comes_down(CancellationToken cancellationToken) =>
        await RoundTrip(checked((int)PartSize.Bytes * 2), cancellationToken);

    [TestCase(false), TestCase(true)]
    [CancelAfter(120_000)]
    public async Task Other_bytes_under_a_published_name_are_refused(bool large, CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var size = large ? checked((int)PartSize.Bytes + 5) : 100;
        var (first, firstDigest) = MakeFile("first", size, 1);
        var (second, secondDigest) = MakeFile("second", size, 2);
        var transfer = Transfer(store);
        await transfer.UploadAsync("os.raw", first, firstDigest, ObjectHeaders.Immutable, null, cancellationToken);

        var refused = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                transfer.UploadAsync("os.raw", second, secondDigest, ObjectHeaders.Immutable, null, cancellationToken)
            )
        )!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Exit, Is.EqualTo(ExitClass.Refused));
            Assert.That(refused.Diagnostics[0].Code, Is.EqualTo("PL6003"));
            Assert.That(
                await transfer.UploadAsync("os.raw", first, firstDigest, ObjectHeaders.Immutable, null, cancellationToken),
                Is.EqualTo(UploadOutcome.AlreadyThere)
            );
            Assert.That(
                await transfer.DigestOfAsync(
                    (await store.HeadAsync("os.raw", cancellationToken))! with
                    {
                        Digest = null,
                    },
                    cancellationToken
                ),
                Is.EqualTo(firstDigest)
            );
        }
    }

    [TestCase(false), TestCase(true)]
    [CancelAfter(120_000)]
    public async Task A_file_that_is_not_what_was_promised_is_not_published(bool large, CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var (path, _) = MakeFile("f", large ? checked((int)PartSize.Bytes + 5) : 10, 1);

        var refused = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                Transfer(store).UploadAsync("os.raw", path, Digest.Of("else"), ObjectHeaders.Immutable, null, cancellationToken)
            )
        )!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Diagnostics[0].Code, Is.EqualTo("PL6009"));
            Assert.That(await store.HeadAsync("os.raw", cancellationToken), Is.Null);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_download_that_is_not_what_was_promised_leaves_nothing(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        await store.WriteAsync("os.raw", Bytes("evil"), ObjectHeaders.Immutable, WriteCondition.IfAbsent, cancellationToken);
        var into = _directory.File("into");

        var digest = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                Transfer(store).DownloadAsync("os.raw", Path.Combine(into, "os.raw"), Digest.Of("good"), null, null, cancellationToken)
            )
        )!;
        var size = (
            await Assert.ThrowsAsync<PipelineException>(() =>
                Transfer(store).DownloadAsync("os.raw", Path.Combine(into, "os.raw"), Digest.Of("good"), 5, null, cancellationToken)
            )
        )!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(digest.Diagnostics[0].Code, Is.EqualTo("PL6009"));
            Assert.That(size.Diagnostics[0].Code, Is.EqualTo("PL6010"));
            Assert.That(Directory.EnumerateFileSystemEntries(into), Is.Empty);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_download_resumes_where_the_stream_broke(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var (path, digest) = MakeFile("f", 300_000, 1);
        await Transfer(store).UploadAsync("os.raw", path, digest, ObjectHeaders.Immutable, null, cancellationToken);
        var breaking = new FaultyObjectStore(store, faultAt: 2, StoreFault.Truncates);
        long told = 0;

        await new ObjectTransfer(breaking, Options, TimeProvider.System).DownloadAsync(
            "os.raw",
            _directory.File("back"),
            digest,
            300_000,
            n => told += n,
            cancellationToken
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(_directory.File("back")), Is.EqualTo(File.ReadAllBytes(path)));
            Assert.That(told, Is.EqualTo(300_000), "no byte was fetched twice");
            Assert.That(breaking.Requests, Is.EqualTo(3));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_listing_is_ordered_and_holds_only_the_prefix(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        foreach (var key in (string[])["b/2", "b/10", "b/1/x", "b.txt", "c", "bb/1"])
        {
            await store.WriteAsync(key, Bytes(key), Headers, WriteCondition.Always, cancellationToken);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Keys(store, "b/", cancellationToken), Is.EqualTo(["b/1/x", "b/10", "b/2"]));
            Assert.That(await Keys(store, "b", cancellationToken), Is.EqualTo(["b.txt", "b/1/x", "b/10", "b/2", "bb/1"]));
            Assert.That(await Keys(store, "", cancellationToken), Has.Count.EqualTo(6));
            Assert.That(await Keys(store, "none/", cancellationToken), Is.Empty);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_delete_with_a_tag_spares_what_changed(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var first = await store.WriteAsync("d/a", Bytes("1"), Headers, WriteCondition.Always, cancellationToken);
        var second = await store.WriteAsync("d/a", Bytes("2"), Headers, WriteCondition.Always, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await store.DeleteAsync("d/a", first, cancellationToken), Is.False);
            Assert.That(await store.DeleteAsync("d/a", second, cancellationToken), Is.True);
            Assert.That(await store.HeadAsync("d/a", cancellationToken), Is.Null);
            Assert.That(await Keys(store, "", cancellationToken), Is.Empty);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_document_larger_than_the_limit_is_not_read(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        await store.WriteAsync("big", new byte[2000], Headers, WriteCondition.Always, cancellationToken);

        Assert.That(
            (await Assert.ThrowsAsync<PipelineException>(() => store.ReadAsync("big", 1999, cancellationToken)))!.Diagnostics[0].Code,
            Is.EqualTo("PL6004")
        );
    }

    [
        TestCase("../escape"),
        TestCase("/abs"),
        TestCase("a//b"),
        TestCase("a/./b"),
        TestCase(""),
        TestCase("a\0b"),
        TestCase("a\\b"),
        TestCase(".store/lock"),
        TestCase("a/")
    ]
    public async Task A_hostile_key_is_refused_before_any_use(string key)
    {
        using var store = await OpenAsync();

        Assert.That(
            (await Assert.ThrowsAsync<PipelineException>(() => store.ReadAsync(key, 10, CancellationToken.None)))!.Exit,
            Is.EqualTo(ExitClass.Refused)
        );
        Assert.That(
            (
                await Assert.ThrowsAsync<PipelineException>(() =>
                    store.WriteAsync(key, Bytes(""), Headers, WriteCondition.Always, CancellationToken.None)
                )
            )!.Exit,
            Is.EqualTo(ExitClass.Refused)
        );
    }

    protected static async Task<List<string>> Keys(IObjectStore store, string prefix, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var entry in store.ListAsync(prefix, cancellationToken))
        {
            keys.Add(entry.Key);
        }

        return keys;
    }

    protected (string Path, Digest Digest) MakeFile(string name, int size, int seed)
    {
        var bytes = new byte[size];
        var state = (ulong)seed + 88172645463325252;
        for (var i = 0; i < bytes.Length; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes[i] = (byte)(state & 0xff);
        }

        var path = _directory.File(name);
        File.WriteAllBytes(path, bytes);
        return (path, Digest.Of(bytes));
    }

    private TransferOptions Options =>
        TransferOptions.Default with
        {
            PartSize = PartSize,
            StallLimit = TimeSpan.FromSeconds(20),
            Retry = new Retry(3, TimeSpan.FromMilliseconds(1)),
        };

    private ObjectTransfer Transfer(IObjectStore store) => new(store, Options, TimeProvider.System);

    private async Task RoundTrip(int size, CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var (path, digest) = MakeFile("f", size, 1);
        long sent = 0;
        var outcome = await Transfer(store)
            .UploadAsync("x/os.raw", path, digest, ObjectHeaders.Immutable, n => Interlocked.Add(ref sent, n), cancellationToken);
        await Transfer(store).DownloadAsync("x/os.raw", _directory.File("back"), null, size, null, cancellationToken);
        var head = await store.HeadAsync("x/os.raw", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome, Is.EqualTo(UploadOutcome.Uploaded));
            Assert.That(sent, Is.EqualTo(size));
            Assert.That(File.ReadAllBytes(_directory.File("back")), Is.EqualTo(File.ReadAllBytes(path)));
            Assert.That(
                (head!.Size, head.Digest, head.CacheControl, head.ContentType),
                Is.EqualTo(((long)size, (Digest?)digest, "max-age=31536000", "application/octet-stream"))
            );
        }
    }

    private static ReliableObjectStore Reliable(IObjectStore store) =>
        new(store, new Retry(5, TimeSpan.FromMilliseconds(20)), TimeSpan.FromSeconds(30), TimeProvider.System);

    private static string With(ReadOnlyMemory<byte>? old, string line)
    {
        var text = old is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "";
        return text.Contains(line, StringComparison.Ordinal) ? text : text + line;
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ObjectContent content) => Encoding.UTF8.GetString(content.Bytes.Span);
}
