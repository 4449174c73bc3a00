using System.Globalization;
using System.Text;
using Pipeline.Host.Net;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>Writers at once, interruptions and faults.</summary>
public abstract partial class ObjectStoreContract
{
    [Test, CancelAfter(180_000)]
    public async Task Of_two_writers_of_other_bytes_at_once_exactly_one_wins(CancellationToken cancellationToken)
    {
        using var store = Reliable(await OpenAsync());
        var size = checked((int)PartSize.Bytes + 5);
        var files = Enumerable.Range(0, 3).Select(i => MakeFile($"f{i}", size, i)).ToArray();
        var outcomes = await Task.WhenAll(
            files.Select(async f =>
            {
                try
                {
                    await Transfer(store).UploadAsync("os.raw", f.Path, f.Digest, ObjectHeaders.Immutable, null, cancellationToken);
                    return true;
                }
                catch (PipelineException e) when (e.Exit == ExitClass.Refused)
                {
                    return false;
                }
            })
        );

        Assert.That(outcomes.Count(o => o), Is.EqualTo(1));
        var head = (await store.HeadAsync("os.raw", cancellationToken))!;
        Assert.That(
            await Transfer(store).DigestOfAsync(head with { Digest = null }, cancellationToken),
            Is.EqualTo(files[Array.IndexOf(outcomes, true)].Digest)
        );
    }

    [Test, CancelAfter(180_000)]
    public async Task Two_writers_of_the_same_bytes_at_once_both_succeed(CancellationToken cancellationToken)
    {
        using var store = Reliable(await OpenAsync());
        var (path, digest) = MakeFile("f", checked((int)PartSize.Bytes + 5), 1);

        await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .Select(_ => Transfer(store).UploadAsync("os.raw", path, digest, ObjectHeaders.Immutable, null, cancellationToken))
        );

        Assert.That((await store.HeadAsync("os.raw", cancellationToken))!.Digest, Is.EqualTo(digest));
    }

    [Test, CancelAfter(180_000)]
    public async Task An_interrupted_upload_sends_only_the_missing_parts(CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var (path, digest) = MakeFile("f", checked((int)PartSize.Bytes * 4), 1);
        var dying = new FaultyObjectStore(store, faultAt: 7, StoreFault.Fails, forEver: true);
        await Assert.CatchAsync(() =>
            new ObjectTransfer(dying, Options with { Parallel = 1 }, TimeProvider.System).UploadAsync(
                "os.raw",
                path,
                digest,
                ObjectHeaders.Immutable,
                null,
                cancellationToken
            )
        );
        var counting = new FaultyObjectStore(store);

        await new ObjectTransfer(counting, Options, TimeProvider.System).UploadAsync(
            "os.raw",
            path,
            digest,
            ObjectHeaders.Immutable,
            null,
            cancellationToken
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(dying.PartsPut, Is.GreaterThan(0));
            Assert.That(dying.PartsPut + counting.PartsPut, Is.EqualTo(4));
            Assert.That(
                await Transfer(store)
                    .DigestOfAsync((await store.HeadAsync("os.raw", cancellationToken))! with { Digest = null }, cancellationToken),
                Is.EqualTo(digest)
            );
        }
    }

    [Test, CancelAfter(300_000)]
    public async Task Whatever_goes_wrong_once_heals_by_itself([Values] StoreFault fault, CancellationToken cancellationToken)
    {
        using var store = await OpenAsync();
        var size = checked((int)PartSize.Bytes + 5);
        var (path, digest) = MakeFile("f", size, 1);
        for (var n = 1; ; n++)
        {
            var faulty = new FaultyObjectStore(store, n, fault);
            using var reliable = new ReliableObjectStore(
                faulty,
                new Retry(3, TimeSpan.FromMilliseconds(1)),
                TimeSpan.FromSeconds(fault == StoreFault.Stalls ? 1.5 : 60),
                TimeProvider.System
            );
            var root = n.ToString(CultureInfo.InvariantCulture);
            await reliable.WriteAsync($"{root}/doc", Bytes("old"), Headers, WriteCondition.IfAbsent, cancellationToken);
            await reliable.UpdateAsync(
                $"{root}/doc",
                Headers,
                old => Bytes(Encoding.UTF8.GetString(old!.Value.Span) == "old" ? "new" : "twice"),
                TimeProvider.System,
                cancellationToken
            );
            Assert.That(await reliable.TryTakeAsync($"{root}/name", Bytes("me"), Headers, cancellationToken), Is.True, $"request {n}");
            await new ObjectTransfer(reliable, Options, TimeProvider.System).UploadAsync(
                $"{root}/os.raw",
                path,
                digest,
                ObjectHeaders.Immutable,
                null,
                cancellationToken
            );
            await new ObjectTransfer(reliable, Options, TimeProvider.System).DownloadAsync(
                $"{root}/os.raw",
                _directory.File("back"),
                digest,
                size,
                null,
                cancellationToken
            );

            Assert.That(Text((await store.ReadAsync($"{root}/doc", 100, cancellationToken))!), Is.EqualTo("new"), $"request {n}");
            if (faulty.Requests < n)
            {
                Assert.That(n, Is.GreaterThan(8), "the sequence was shorter than it can be");
                return;
            }
        }
    }
}
