using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Tests.Compose.Rpm;

/// <summary>Whole composes of tiny RPM trees, whose rpm and shell are this machine's.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self)]
public sealed class RpmComposeTests
{
    private const int Patience = 300_000;

    [Test, CancelAfter(Patience)]
    public async Task Same_inputs_give_the_same_bytes_under_other_surroundings(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(
                new("app")
                {
                    Depends = "lib",
                    Files = [new("usr/share/app/data", "data"), new("etc/app.conf", "setting=1\n")],
                    Scripts = new Dictionary<string, string>
                    {
                        ["preinst"] = "echo pre $1 >> /usr/share/order",
                        ["postinst"] = "echo post $1 >> /usr/share/order; umask > /usr/share/umask",
                        ["posttrans"] = "echo posttrans >> /usr/share/order",
                    },
                }
            ),
            new TinyRpm(
                new("lib")
                {
                    Files = [new("usr/lib/lib.so", "lib")],
                    Scripts = new Dictionary<string, string> { ["postinst"] = "echo lib >> /usr/share/order" },
                }
            )
        );

        var first = await bench.ComposeAsync("one", cancellationToken);
        var second = await bench.ComposeAsync(
            "two",
            cancellationToken,
            "umask 077; export TZ=Asia/Tokyo LC_ALL=C LANG=tr_TR.UTF-8 HOME=/nowhere; cd /"
        );
        var third = await bench.ComposeAsync("one", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Unchanged, Is.False);
            Assert.That(second.Commit, Is.EqualTo(first.Commit));
            Assert.That(Archive(second), Is.EqualTo(Archive(first)));
            Assert.That(third, Is.EqualTo(first with { Unchanged = true, Progress = third.Progress }));
            Assert.That(await bench.CatAsync(first, "/usr/etc/app.conf", cancellationToken), Is.EqualTo("setting=1\n"));
            Assert.That(await bench.CatAsync(first, "/usr/share/umask", cancellationToken), Is.EqualTo("0022\n"));
            Assert.That(await bench.CatAsync(first, "/usr/share/order", cancellationToken), Is.EqualTo("pre 1\nlib\npost 1\nposttrans\n"));
            Assert.That(await bench.CatAsync(first, "/usr/lib/rpm/macros.d/macros.sysimage", cancellationToken), Does.Contain("_dbpath"));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task The_tree_has_a_database_that_knows_every_package_and_finds_every_file_as_it_is(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(new("app") { Files = [new("usr/share/app/data", "data"), new("usr/share/app/manual", "how to")] })
            {
                Flags = new Dictionary<string, int> { ["usr/share/app/manual"] = 2 },
            },
            new TinyRpm(new("lib") { Files = [TinyFile.Directory("usr/share/lib", 0b111_101_000), new("usr/share/lib/x", "x")] })
        );
        bench.Manifest(
            ["app", "lib"],
            "documentation: false\npostprocess:\n  - |\n    #!/bin/sh\n    rpm -qa > /usr/share/all\n"
                + "    rpm -V --nomtime app lib > /usr/share/changed"
                + "\n    echo $? >> /usr/share/changed\n"
        );

        var build = await bench.ComposeAsync("work", cancellationToken);

        var all = (await bench.CatAsync(build, "/usr/share/all", cancellationToken)).Split('\n').Order(StringComparer.Ordinal);
        var place = await bench.ListAsync(build, "/usr/lib/sysimage/rpm", cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all, Is.EqualTo(["", "app-1.0-1.noarch", "host-1.0-1.noarch", "lib-1.0-1.noarch"]));
            Assert.That(
                await bench.CatAsync(build, "/usr/share/changed", cancellationToken),
                Is.EqualTo("missing   d /usr/share/app/manual\n1\n")
            );
            Assert.That(place.TrimEnd().Split('\n').Select(l => Path.GetFileName(l)), Is.EqualTo(["rpm", "rpmdb.sqlite"]));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Files_belong_to_the_users_that_an_early_script_made_and_keep_mode_and_capabilities(
        CancellationToken cancellationToken
    )
    {
        const string user = "echo games:x:77:78:::/bin/sh >> /etc/passwd; echo games:x:78: >> /etc/group";
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(
                new("app")
                {
                    Files =
                    [
                        TinyFile.Directory("usr/share/app", 0b010_111_101_000),
                        new("usr/share/app/suid", "s", 0b100_111_101_101),
                        new("usr/share/app/capable", "c", 0b111_101_101),
                        TinyFile.Link("usr/share/app/link", "suid"),
                    ],
                    Scripts = new Dictionary<string, string> { ["preinst"] = user },
                }
            )
            {
                Owner = "games",
                Capabilities = new Dictionary<string, string> { ["usr/share/app/capable"] = "cap_net_raw=ep" },
            }
        );

        var build = await bench.ComposeAsync("work", cancellationToken);

        var listed = await bench.ListAsync(build, "/usr/share/app", cancellationToken);
        var lines = listed.TrimEnd().Split('\n').Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..3]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Is.EqualTo(["d02750 77 78", "-00755 77 78", "l00777 77 78", "-04755 77 78"]), listed);
            Assert.That(listed.Split('\n')[1], Does.Contain("security.capability"));
            Assert.That(listed.Split('\n')[3], Does.Not.Contain("security.capability"));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Owners_that_nobody_made_are_named(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(new("app") { Files = [new("usr/share/app", "x")] }) { Owner = "nobody-made-this" }
        );

        var result = await bench.RunAsync("work", cancellationToken);

        Assert.That(result.ExitCode, Is.EqualTo(5), result.ErrorTail);
        Assert.That(result.ErrorTail, Does.Contain("PL2131").And.Contain("user 'nobody-made-this'").And.Contain("'/usr/share/app'"));
    }

    private static IEnumerable<TestCaseData> FailingScripts()
    {
        yield return Case("%prein of 'broken-1.0-1.noarch'", "preinst", "/bin/sh", "echo these are my last words >&2; exit 7");
        yield return Case("%post of 'broken-1.0-1.noarch' (exit status 7)", "postinst", "/bin/sh", "echo these are my last words; exit 7");
        yield return Case("%posttrans of 'broken-1.0-1.noarch'", "posttrans", "<lua>", "print('these are my last words') error('no')");
        yield return Case("%post of 'broken-1.0-1.noarch' (signal 9)", "postinst", "/bin/sh", "echo these are my last words; kill -9 $$");

        static TestCaseData Case(string who, string script, string program, string text) =>
            new TestCaseData(who, script, program, text).SetArgDisplayNames(who);
    }

    [Test, CancelAfter(Patience), TestCaseSource(nameof(FailingScripts))]
    public async Task A_failing_script_is_told_by_name_with_its_words(
        string who,
        string script,
        string program,
        string text,
        CancellationToken cancellationToken
    )
    {
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(new("broken") { Scripts = new Dictionary<string, string> { [script] = text } }) { Interpreter = program }
        );

        var result = await bench.RunAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.ExitCode, Is.EqualTo(1), result.ErrorTail);
            Assert.That(result.ErrorTail, Does.Contain("PL2102").And.Contain(who).And.Contain("these are my last words"));
            Assert.That(ComposeBench.Leftovers(bench.Work()), Is.Empty);
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task Scripts_that_are_not_run_are_in_the_record_of_the_build_also_when_the_tree_was_cached(
        CancellationToken cancellationToken
    )
    {
        await using var bench = await ComposeBench.WithRpmAsync(
            new TinyRpm(
                new("kernel-core")
                {
                    Scripts = new Dictionary<string, string> { ["posttrans"] = "exit 1", ["preinst"] = "echo pre > /usr/pre" },
                }
            )
        );

        var build = await bench.ComposeAsync("work", cancellationToken);
        bench.Manifest(["kernel-core"], "postprocess:\n  - |\n    #!/bin/sh\n    echo one > /usr/text\n");
        var again = await bench.ComposeAsync("work", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Progress, Does.Contain("configure packages: cached"));
            foreach (var directory in (string[])[build.Directory, again.Directory])
            {
                using var record = JsonDocument.Parse(
                    await File.ReadAllBytesAsync(Path.Combine(directory, "steps/configure.json"), cancellationToken)
                );
                var skipped = record.RootElement.GetProperty("skipped").EnumerateArray().Single();
                Assert.That(skipped.GetProperty("package").GetString(), Is.EqualTo("kernel-core-1.0-1.noarch"));
                Assert.That(skipped.GetProperty("script").GetString(), Is.EqualTo("%posttrans"));
                Assert.That(skipped.GetProperty("reason").GetString(), Does.Contain("initramfs"));
            }
        }
    }

    private static string Archive(Composed build) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Directory.GetFiles(build.Directory, "*-ostree.*.tar").Single())));
}
