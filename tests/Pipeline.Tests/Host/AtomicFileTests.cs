using Pipeline.Host.Files;

namespace Pipeline.Tests.Host;

/// <summary>Documents are replaced whole, and nothing is left of writers that were killed.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task What_a_killed_writer_left_goes_with_the_next_write_and_nothing_else_does()
    {
        var target = _directory.File("meta.json");
        var left = _directory.File($".meta.json.{Guid.NewGuid():n}.tmp");
        string[] others =
        [
            _directory.File($".other.json.{Guid.NewGuid():n}.tmp"),
            _directory.File(".meta.json.mine.tmp"),
            _directory.File($".meta.json.{new string('z', 32)}.tmp"),
        ];
        foreach (var file in others.Append(left))
        {
            await File.WriteAllTextAsync(file, "half");
        }

        await AtomicFile.WriteAsync(target, "whole", CancellationToken.None);

        Assert.That(await File.ReadAllTextAsync(target), Is.EqualTo("whole"));
        Assert.That(Directory.GetFiles(_directory.Path), Is.EquivalentTo(others.Append(target)));
    }

    [Test]
    public async Task A_file_that_somebody_writes_stays()
    {
        var path = _directory.File($".meta.json.{Guid.NewGuid():n}.tmp");
        await using var open = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);

        await AtomicFile.WriteAsync(_directory.File("meta.json"), "whole", CancellationToken.None);

        Assert.That(path, Does.Exist);
    }

    [Test, CancelAfter(60_000)]
    public async Task Writers_of_one_target_do_not_take_each_other_for_killed(CancellationToken cancellationToken)
    {
        var target = _directory.File("meta.json");
        var texts = Enumerable.Range(0, 4).Select(i => new string((char)('a' + i), 5000)).ToArray();

        await Task.WhenAll(
            texts.Select(t =>
                Task.Run(
                    async () =>
                    {
                        for (var i = 0; i < 25; i++)
                        {
                            await AtomicFile.WriteAsync(target, t, cancellationToken);
                        }
                    },
                    cancellationToken
                )
            )
        );

        Assert.That(texts, Does.Contain(await File.ReadAllTextAsync(target, cancellationToken)));
        Assert.That(Directory.GetFiles(_directory.Path), Is.EqualTo([target]));
    }
}
