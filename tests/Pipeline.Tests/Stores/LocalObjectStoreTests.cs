using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Stores;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LocalObjectStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryDirectory _root = new();

    protected override ByteSize PartSize => ByteSize.FromKiB(64);

    public void Dispose() => _root.Dispose();

    protected override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(new LocalObjectStore(_root.File("store")));

    [Test]
    public async Task A_file_that_another_program_changed_takes_part_in_compare_and_swap()
    {
        using var store = await OpenAsync();
        var tag = await store.WriteAsync("doc", Bytes("ours"), ObjectHeaders.BuildDocument, WriteCondition.Always, CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(_root.File("store"), "doc"), "edit");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                await store.WriteAsync(
                    "doc",
                    Bytes("more"),
                    ObjectHeaders.BuildDocument,
                    WriteCondition.IfTag(tag!),
                    CancellationToken.None
                ),
                Is.Null
            );
            Assert.That((await store.HeadAsync("doc", CancellationToken.None))!.Digest, Is.EqualTo(Digest.Of("edit")));
        }
    }

    [Test]
    public async Task A_link_is_listed_by_no_one()
    {
        using var store = await OpenAsync();
        await store.WriteAsync(
            "builds/1/meta.json",
            Bytes("{}"),
            ObjectHeaders.BuildDocument,
            WriteCondition.Always,
            CancellationToken.None
        );
        Directory.CreateSymbolicLink(Path.Combine(_root.File("store"), "builds", "latest"), "1");

        Assert.That(await Keys(store, "", CancellationToken.None), Is.EqualTo(["builds/1/meta.json"]));
    }

    [Test]
    public async Task A_reader_never_sees_half_a_document()
    {
        using var store = await OpenAsync();
        var (a, b) = (Bytes(new string('a', 100_000)), Bytes(new string('b', 100_000)));
        await store.WriteAsync("doc", a, ObjectHeaders.BuildDocument, WriteCondition.Always, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++)
            {
                await store.WriteAsync(
                    "doc",
                    i % 2 == 0 ? b : a,
                    ObjectHeaders.BuildDocument,
                    WriteCondition.Always,
                    CancellationToken.None
                );
            }

            await stop.CancelAsync();
        });
        var torn = 0;
        while (!stop.IsCancellationRequested)
        {
            var read = (await store.ReadAsync("doc", 200_000, CancellationToken.None))!;
            torn +=
                read.Bytes.Length == 100_000
                && read.Bytes.Span.IndexOfAnyExcept(read.Bytes.Span[0]) < 0
                && read.Tag == Digest.Of(read.Bytes.Span).Hex
                    ? 0
                    : 1;
            var head = (await store.HeadAsync("doc", CancellationToken.None))!;
            torn += head.Tag == Digest.Of(a.Span).Hex || head.Tag == Digest.Of(b.Span).Hex ? 0 : 1;
        }

        await writer;
        Assert.That(torn, Is.Zero);
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
