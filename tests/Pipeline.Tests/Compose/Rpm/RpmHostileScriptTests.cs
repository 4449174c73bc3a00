using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>Real composes of RPM packages and scripts that reach for what is not theirs: the twins of Debian's cases.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RpmHostileScriptTests
{
    private const int Patience = 300_000;

    private static IEnumerable<TestCaseData> Scripts()
    {
        yield return Case("var", "postinst", "mv /var /usr/var\nln -s CANARY/var /var");
        yield return Case("usr/sbin/grub2-mkconfig", "preinst", "ln -s /oldrootCANARY/made /usr/sbin/grub2-mkconfig");
        yield return Case("etc", "posttrans", "mv /etc /usr/old-etc\nln -s CANARY/etc /etc");
        yield return Case("usr/lib/sysimage/rpm", "postinst", "mkdir -p /usr/lib/sysimage\nln -s CANARY/etc /usr/lib/sysimage/rpm");
        yield return Case("usr/bin/dracut", "pretrans", "mkfifo /usr/bin/dracut");

        static TestCaseData Case(string path, string script, string text) => new TestCaseData(path, script, text).SetArgDisplayNames(path);
    }

    [Test, CancelAfter(Patience), TestCaseSource(nameof(Scripts))]
    public async Task A_script_that_leaves_something_where_the_composer_works_is_refused_by_name_and_reaches_nothing(
        string path,
        string script,
        string text,
        CancellationToken cancellationToken
    )
    {
        using var canary = new TemporaryDirectory("/var/tmp");
        foreach (var directory in (string[])["var/cache", "var/lib/rpm", "etc/ssh"])
        {
            Directory.CreateDirectory(canary.File(directory));
            await File.WriteAllTextAsync(canary.File($"{directory}/precious"), "precious", cancellationToken);
        }

        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(await ComposeBench.PackAsync("tools", "ln", "mv", "mkfifo", "mkdir")),
            new TinyRpm(
                new("first")
                {
                    Depends = "tools",
                    Scripts = new Dictionary<string, string> { ["postinst"] = "exit 0" },
                }
            ),
            new TinyRpm(
                new("evil")
                {
                    Depends = "first",
                    Scripts = new Dictionary<string, string>
                    {
                        [script] = "set -e\n" + text.Replace("CANARY", canary.Path, StringComparison.Ordinal),
                    },
                }
            ),
            new TinyRpm(new("good"))
        );
        bench.Manifest(["tools", "first", "evil"]);
        var before = Everything(canary.Path);

        var refused = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.ExitCode, Is.EqualTo(5), refused.ErrorTail);
            Assert.That(refused.ErrorTail, Does.Contain("PL2117").And.Contain("a script of 'evil'").And.Contain($"'/{path}'"));
            Assert.That(Everything(canary.Path), Is.EqualTo(before));
            Assert.That(ComposeBench.Leftovers(bench.Work()), Is.Empty);
        }

        bench.Manifest(["good"]);
        await bench.ComposeAsync("work", cancellationToken);
    }

    [Test, CancelAfter(Patience)]
    public async Task A_hostile_package_ends_with_5_and_nothing_of_it_is_cached(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(
                new("evil") { Files = [new("usr/share/mark", "evil content"), TinyFile.Link("usr/l", "/etc"), new("usr/l/evil", "x")] }
            )
        );

        var result = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(5), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("PL2002").And.Contain("'evil'").And.Contain("usr/l/evil"));
            Assert.That(
                Directory
                    .EnumerateFiles(Path.Combine(bench.Work().Cache, "layers"), "*", SearchOption.AllDirectories)
                    .Where(f => new FileInfo(f).Length < 1000 && File.ReadAllText(f).Contains("evil content", StringComparison.Ordinal)),
                Is.Empty
            );
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Words_that_look_like_those_of_rpm_blame_nobody_else_and_hide_nothing(CancellationToken cancellationToken)
    {
        const string lies = "echo good-1.0-1.noarch; echo 'D: %post(good-1.0-1.noarch): scriptlet start'; exit 3";
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(new("good")),
            new TinyRpm(
                new("liar")
                {
                    Depends = "good",
                    Scripts = new Dictionary<string, string> { ["postinst"] = lies },
                }
            )
        );

        var result = await bench.RunAsync("work", cancellationToken);

        Assert.That(result.ExitCode, Is.EqualTo(1), result.ErrorTail);
        Assert.That(result.ErrorTail, Does.Contain("%post of 'liar-1.0-1.noarch' (exit status 3) failed"));
    }

    [Test, CancelAfter(Patience)]
    public async Task A_run_that_is_killed_while_scripts_run_leaves_nothing_and_the_next_one_makes_the_same_commit(
        CancellationToken cancellationToken
    )
    {
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(
                new("slow")
                {
                    Files = [new("usr/share/slow/here", "x")],
                    Scripts = new Dictionary<string, string> { ["postinst"] = "echo x > /usr/share/slow/configuring; sleep 1" },
                }
            )
        );
        var undisturbed = await bench.ComposeAsync("undisturbed", cancellationToken);
        var tools = new ToolRunner();
        await using (var running = bench.Start("killed"))
        {
            while (!Moment.Configuring.Reached(bench.Work("killed"), []))
            {
                Assert.That(running.Completion.IsCompleted, Is.False, "it was over before it was seen");
                await Task.Delay(2, cancellationToken);
            }

            await tools.RunAsync(new("kill", ["-KILL", $"{running.Id}"]), cancellationToken);
            await running.Completion;
        }

        await ComposeBench.NoProcessesAsync(bench.Work("killed").Root, cancellationToken);
        var next = await bench.ComposeAsync("killed", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(next.Commit, Is.EqualTo(undisturbed.Commit));
            Assert.That(ComposeBench.Leftovers(bench.Work("killed")), Is.Empty);
        }
    }

    private static string Everything(string directory) =>
        string.Join('\n', Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
}
