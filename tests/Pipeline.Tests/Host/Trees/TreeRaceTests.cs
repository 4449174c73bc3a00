using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Host.Trees;

/// <summary>
/// Another thread exchanges a directory and a link that leads out, in a loop, while the tree is written, deleted and walked.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TreeRaceTests : TreeFixture
{
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(700);

    private static readonly Dictionary<string, Action<TreeHandle, int>> Operations = new()
    {
        ["create"] = (t, i) => t.CreateFile($"swapped/new{i}", "x"u8, FileModes.Plain),
        ["replace"] = (t, _) => t.ReplaceFile("swapped/file", "x", FileModes.Plain),
        ["make"] = (t, i) => t.MakeDirectories($"swapped/d{i}/e"),
        ["mode"] = (t, _) => t.SetMode("swapped/file", FileModes.Permissions),
        ["delete"] = (t, i) =>
        {
            t.MakeDirectories($"swapped/gone{i}/x");
            t.Delete("swapped");
        },
        ["clear"] = (t, _) => t.Clear("swapped"),
        ["copy"] = (t, i) => TreeCopy.Copy(t, "swapped", t, $"copy{i}"),
        ["read"] = (t, _) => Assert.That(t.ReadText("swapped/file", 100), Is.Not.EqualTo(Secret)),
        ["walk"] = (t, _) =>
            Assert.That(
                t.Walk("swapped", TreeOrder.ChildrenFirst).Where(e => e.Kind == UnixKind.File).Select(e => e.Status().Size),
                Has.None.EqualTo(Secret.Length)
            ),
    };

    [TestCaseSource(nameof(Names))]
    [CancelAfter(120_000)]
    public void Nothing_outside_changes_or_is_read(string operation, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        File.CreateSymbolicLink(At("link"), Outside);
        Remake();
        var before = Beyond();
        var swaps = 0;
        var swapper = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    swaps += UnixFile.TryExchange(At("swapped"), At("link")) ? 1 : 0;
                }
                catch (IOException)
                {
                    TryRemake(); // deleted meanwhile
                }
            }
        });
        swapper.Start();
        var done = 0;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; watch.Elapsed < Long || (done < 20 && watch.Elapsed < 20 * Long); i++)
        {
            try
            {
                Operations[operation](Tree, i);
                done++;
            }
            catch (PipelineException)
            {
                // The swapper came between: refused is right.
            }
        }

        stop.Cancel();
        swapper.Join();

        Assert.That(Beyond(), Is.EqualTo(before));
        Assert.That(done, Is.GreaterThan(0));
        Assert.That(swaps, Is.GreaterThan(0));
        Assert.That(
            Tree.Walk(TreePath.Root, TreeOrder.ParentsFirst).Where(e => e.Kind == UnixKind.File).Select(e => Tree.ReadText(e.Path, 100)),
            Has.None.EqualTo(Secret)
        );
    }

    private static string[] Names() => [.. Operations.Keys];

    /// <summary>The operation under test may delete it again at any moment; the next turn tries again.</summary>
    private void TryRemake()
    {
        try
        {
            Remake();
        }
        catch (IOException)
        {
            // Deleted meanwhile.
        }
    }

    private void Remake()
    {
        foreach (var path in (string[])["swapped", "link"])
        {
            if (UnixFile.Status(At(path)) is null)
            {
                Directory.CreateDirectory(At(path));
                File.WriteAllText(At($"{path}/file"), "mine");
            }
        }

        if (!((string[])["swapped", "link"]).Any(p => UnixFile.Status(At(p)) is { Kind: UnixKind.Symlink }))
        {
            UnixFile.DeleteTree(At("link"));
            File.CreateSymbolicLink(At("link"), Outside);
        }
    }
}
