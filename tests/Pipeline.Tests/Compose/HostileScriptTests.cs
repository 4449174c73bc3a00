using Pipeline.Host.Files;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose;

/// <summary>Real composes of packages and scripts that put links, FIFOs and unusable names into the tree.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HostileScriptTests
{
    private const int Patience = 300_000;

    private static IEnumerable<TestCaseData> Scripts()
    {
        yield return Case("var", "postinst", "mv /var /usr/share/var\nln -s CANARY/var /var");
        yield return Case("usr/sbin/update-grub", "preinst", "ln -s /oldrootCANARY/made /usr/sbin/update-grub");
        yield return Case("usr/sbin", "preinst", "mv /usr/sbin /usr/share/sbin\nln -s /oldrootCANARY /usr/sbin");
        yield return Case("etc", "postinst", "mv /etc /usr/share/etc\nln -s CANARY/etc /etc");
        yield return Case("usr/bin/dracut", "postinst", "mkfifo /usr/bin/dracut");

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
        using var canary = Canary();
        await using var bench = await ComposeBench.WithAsync(
            await ComposeBench.PackAsync("tools", "ln", "mv", "mkfifo"),
            TinyRepository.Package("first", postinst: "#!/bin/sh\nexit 0\n"),
            Scripted("evil", script, text.Replace("CANARY", canary.Path, StringComparison.Ordinal)),
            TinyRepository.Package("good")
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
    public async Task A_package_that_ships_a_link_where_the_composer_works_is_refused_before_any_script_runs(
        CancellationToken cancellationToken
    )
    {
        await using var bench = await ComposeBench.WithAsync(
            new TinyPackage("evil")
            {
                Files = [TinyFile.Link("var/lib/dpkg/info", "/var/tmp")],
                Scripts = new Dictionary<string, string> { ["preinst"] = "#!/bin/sh\necho the script ran >&2\n" },
            }
        );

        var refused = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.ExitCode, Is.EqualTo(5), refused.ErrorTail);
            Assert.That(refused.ErrorTail, Does.Contain("package 'evil' put a link to '/var/tmp' at '/var/lib/dpkg/info'"));
            Assert.That(Directory.GetFiles(bench.Work().Temporary), Is.Empty, "no log of a script");
            Assert.That(ComposeBench.Leftovers(bench.Work()), Is.Empty);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task What_a_failing_script_leaves_is_gone_at_the_end_of_its_run_and_the_work_directory_is_used_again(
        CancellationToken cancellationToken
    )
    {
        const string script =
            "#!/bin/sh\nset -e\ncd /usr/share\n"
            + ": > \"$(printf 'latin\\377')\"\nmkdir \"$(printf 'control\\001\\n\\033[2J')\"\n"
            + "mkdir -p closed/inside\n: > closed/inside/file\nchmod 000 closed/inside closed\n"
            + "i=0; while [ $i -lt 3000 ]; do mkdir d; cd -P d; i=$((i+1)); done\nexit 1\n";
        await using var bench = await ComposeBench.WithAsync(
            await ComposeBench.PackAsync("tools", "mkdir", "chmod"),
            TinyRepository.Package("evil", postinst: script),
            TinyRepository.Package("good")
        );
        bench.Manifest(["tools", "evil"]);

        var failed = await bench.RunAsync("work", cancellationToken);
        var left = ComposeBench.Leftovers(bench.Work());
        bench.Manifest(["good"]);
        await bench.ComposeAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed.ExitCode, Is.EqualTo(1), failed.ErrorTail);
            Assert.That(failed.ErrorTail, Does.Contain("PL2102"));
            Assert.That(left, Is.Empty);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_name_that_no_commit_can_hold_is_refused_with_its_path(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("good"));
        bench.Manifest(["good"], "postprocess:\n  - |\n    #!/bin/sh\n    : > /usr/share/\"$(printf 'latin\\377')\"\n");

        var refused = await bench.RunAsync("work", cancellationToken);

        Assert.That(refused.ExitCode, Is.EqualTo(5), refused.ErrorTail);
        Assert.That(refused.ErrorTail, Does.Contain("PL2118").And.Contain(@"'/usr/share/latin\xff'"));
    }

    private static TinyPackage Scripted(string name, string script, string text) =>
        new(name)
        {
            Depends = "first",
            Scripts = new Dictionary<string, string> { [script] = $"#!/bin/sh\nset -e\n{text}\n" },
        };

    /// <summary>Directories of the machine that look like those the composer empties and fills.</summary>
    private static TemporaryDirectory Canary()
    {
        var canary = new TemporaryDirectory("/var/tmp");
        foreach (var directory in (string[])["var/cache", "var/log", "var/tmp", "var/lib/dpkg/info", "etc/ssh"])
        {
            Directory.CreateDirectory(canary.File(directory));
            File.WriteAllText(canary.File($"{directory}/ssh_host_precious"), "precious");
        }

        return canary;
    }

    private static string Everything(string directory) =>
        string.Join('\n', Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
}
