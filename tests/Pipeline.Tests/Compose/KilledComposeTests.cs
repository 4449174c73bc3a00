using System.Collections.Concurrent;
using System.Security.Cryptography;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary><c>kill -9</c> at every boundary between two steps of a compose and in the middle of each.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All)]
public sealed class KilledComposeTests
{
    private const int Patience = 300_000;
    private const string Bulky = "bulky";
    private readonly ToolRunner _tools = new();
    private ComposeBench _bench = null!;
    private Composed _undisturbed = null!;

    private static IEnumerable<Moment> Moments => Moment.All;

    /// <summary>Packages with a script that takes its time, and with enough bytes that every step can be met at work.</summary>
    internal static async Task<ComposeBench> BenchAsync()
    {
        var bench = await ComposeBench.WithAsync(
            TinyRepository.Package(
                "slow",
                files: [new("usr/share/slow/here", "x")],
                postinst: "#!/bin/sh\necho x > /usr/share/slow/configuring\nsleep 1\n"
            ),
            new TinyPackage(Bulky) { Compressed = false, Files = [new("usr/share/bulk", "") { Bytes = Noise(40 << 20) }] }
        );
        bench.Manifest(["slow", Bulky], "postprocess:\n  - |\n    #!/bin/sh\n    echo x > /usr/share/slow/finishing\n    sleep 1\n");
        return bench;
    }

    [OneTimeSetUp]
    public async Task Compose()
    {
        _bench = await BenchAsync();
        _undisturbed = await _bench.ComposeAsync("undisturbed", CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task Clean() => await _bench.DisposeAsync();

    [Test, CancelAfter(Patience), TestCaseSource(nameof(Moments))]
    public async Task A_killed_run_leaves_no_process_and_the_next_one_makes_the_same_commit(
        object moment,
        CancellationToken cancellationToken
    )
    {
        var at = (Moment)moment;
        var name = at.Name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal);
        var work = _bench.Work(name);
        await using var own = at == Moment.Fetching ? Stalling() : null;
        var progress = new ConcurrentQueue<string>();
        var command = _bench.Command(name) with { OnErrorLine = progress.Enqueue };
        await using (
            var running = _tools.Start(
                own is null ? command : command with { Arguments = [.. command.Arguments, "--mirror", $"tiny={own.Url}"] }
            )
        )
        {
            while (!at.Reached(work, progress))
            {
                Assert.That(
                    running.Completion.IsCompleted,
                    Is.False,
                    () => $"it was over before it was seen {at}: {string.Join('\n', progress)}"
                );
                await Task.Delay(2, cancellationToken);
            }

            await _tools.RunAsync(new("kill", ["-KILL", $"{running.Id}"]), cancellationToken);
            Assert.That((await running.Completion).ExitCode, Is.EqualTo(128 + 9));
        }

        await ComposeBench.NoProcessesAsync(work.Root, cancellationToken);
        var next = await _bench.ComposeAsync(name, cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((next.Id, next.Commit), Is.EqualTo((_undisturbed.Id, _undisturbed.Commit)));
            Assert.That(Archive(next), Is.EqualTo(Archive(_undisturbed)));
            Assert.That(new FileInfo(Path.Combine(work.Builds, "latest")).LinkTarget, Is.EqualTo(next.Id));
            Assert.That(ComposeBench.Leftovers(work), Is.Empty);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_run_killed_while_it_replaces_a_build_leaves_the_old_one_or_the_new_one(CancellationToken cancellationToken)
    {
        var first = await _bench.ComposeAsync("replace", cancellationToken);
        var progress = new ConcurrentQueue<string>();
        await using (var running = _tools.Start(_bench.Command("replace", "", "--force") with { OnErrorLine = progress.Enqueue }))
        {
            while (!progress.Any(l => l.StartsWith("write the build", StringComparison.Ordinal)))
            {
                await Task.Delay(1, cancellationToken);
            }

            await _tools.RunAsync(new("kill", ["-KILL", $"{running.Id}"]), cancellationToken);
            await running.Completion;
        }

        await ComposeBench.NoProcessesAsync(_bench.Work("replace").Root, cancellationToken);
        Assert.That(Archive(first), Is.EqualTo(Archive(_undisturbed)), "whichever of the two it is");
        Assert.That(
            (await _bench.ComposeAsync("replace", cancellationToken)) with
            {
                Progress = "",
            },
            Is.EqualTo(first with { Progress = "", Unchanged = true })
        );
    }

    /// <summary>Another server with the same packages that falls silent in the middle of the large one.</summary>
    private FaultyServer Stalling()
    {
        var server = new FaultyServer();
        foreach (var path in _bench.Repository.Server.Paths)
        {
            server.Put(path, _bench.Repository.Server.Get(path));
        }

        server.Break($"{Bulky}_1.0_all.deb", Fault.Stall);
        return server;
    }

    private static string Archive(Composed build) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Directory.GetFiles(build.Directory, "*-ostree.*.tar").Single())));

    /// <summary>Bytes that no compressor makes fewer, the same in every run.</summary>
    internal static byte[] Noise(int length)
    {
        var noise = new byte[length];
        var state = 88172645463325252UL;
        for (var i = 0; i < length; i += 8)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            BitConverter.TryWriteBytes(noise.AsSpan(i), state);
        }

        return noise;
    }
}
