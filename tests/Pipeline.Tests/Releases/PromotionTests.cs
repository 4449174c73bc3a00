using Pipeline.Host.Files;
using Pipeline.Model.Values;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PromotionTests
{
    private const string Date = "2026-07-20T00:00:00Z";

    [Test, CancelAfter(60_000)]
    public async Task A_branch_becomes_the_source_but_for_what_it_keeps(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var git = await ConfigAsync(directory, cancellationToken);
        var source = (await git.RunAsync(cancellationToken, "rev-parse", "testing-devel")).Trim();

        var dry = await CliRun.Of(["promote", "testing-devel", "testing", "--config", directory.Path, "--dry-run"]);
        var head = await git.RunAsync(cancellationToken, "log", "--format=%s", "-1");
        var run = await CliRun.Of(["promote", "testing-devel", "testing", "--config", directory.Path]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((dry.ExitCode, run.ExitCode), Is.EqualTo((0, 0)), run.Error);
            Assert.That(
                dry.Output,
                Is.EqualTo(run.Output)
                    .And.EqualTo(
                        "M\tbuild-args.conf\nA\tkola-denylist.yaml\nM\tmanifest-lock.x86_64.json\nD\told.txt\nA\toverlay.d/new.txt\n"
                    )
            );
            Assert.That(head.Trim(), Is.EqualTo("set manifest.yaml"), "a dry run changes nothing");
            Assert.That(await File.ReadAllTextAsync(directory.File("manifest.yaml"), cancellationToken), Is.EqualTo("ref: testing\n"));
            Assert.That(
                await File.ReadAllTextAsync(directory.File("build-args.conf"), cancellationToken),
                Is.EqualTo("VERSION=44.dev\nSTREAM=testing\nNAME=fedora-coreos\nDESCRIPTION=\"Testing\"\n")
            );
            Assert.That(
                await File.ReadAllTextAsync(directory.File("kola-denylist.yaml"), cancellationToken),
                Is.EqualTo(
                    "- pattern: a\n  tracker: t\n  # snooze: 2026-08-01 (disabled on promotion)\n"
                        + "  # warn: true (disabled on promotion)\n- pattern: b\n  tracker: warn: not at the start\nsnooze: 1\n"
                )
            );
            Assert.That(File.Exists(directory.File("old.txt")), Is.False);
            Assert.That(
                (await git.RunAsync(cancellationToken, "log", "--format=%s%n%P", "-1")).Split('\n')[0],
                Is.EqualTo($"tree: promote changes from testing-devel at {source}")
            );
            Assert.That(await git.RunAsync(cancellationToken, "status", "--porcelain"), Is.Empty);
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Nothing_to_promote_makes_no_commit(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var git = await ConfigAsync(directory, cancellationToken);
        await CliRun.Of(["promote", "testing-devel", "testing", "--config", directory.Path]);
        var head = await git.RunAsync(cancellationToken, "rev-parse", "HEAD");

        var again = await CliRun.Of(["promote", "testing-devel", "testing", "--config", directory.Path]);

        Assert.That((again.ExitCode, again.Output, await git.RunAsync(cancellationToken, "rev-parse", "HEAD")), Is.EqualTo((0, "", head)));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_wrong_branch_a_dirty_tree_and_an_unknown_source_are_refused(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await ConfigAsync(directory, cancellationToken);

        var branch = await CliRun.Of(["promote", "testing-devel", "stable", "--config", directory.Path]);
        var source = await CliRun.Of(["promote", "--config", directory.Path, "--", "--output=x", "testing"]);
        await File.WriteAllTextAsync(directory.File("left"), "over", cancellationToken);
        var dirty = await CliRun.Of(["promote", "testing-devel", "testing", "--config", directory.Path]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{branch.ExitCode} {branch.Error}", Does.StartWith("2 ").And.Contain("PL5110"));
            Assert.That($"{source.ExitCode} {source.Error}", Does.StartWith("2 ").And.Contain("PL5112"));
            Assert.That($"{dirty.ExitCode} {dirty.Error}", Does.StartWith("2 ").And.Contain("PL5111"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_source_is_fetched_from_a_remote_only_when_asked(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        using var clone = new TemporaryDirectory();
        var upstream = await ConfigAsync(directory, cancellationToken);
        var git = new GitFixture(clone.Path);
        await git.RunAsync(cancellationToken, "clone", "--quiet", "--branch", "testing", directory.Path, clone.Path);
        await git.RunAsync(cancellationToken, "config", "user.name", "Test");
        await git.RunAsync(cancellationToken, "config", "user.email", "test@example.org");
        await upstream.RunAsync(cancellationToken, "checkout", "--quiet", "testing-devel");
        await upstream.CommitAsync("overlay.d/later.txt", "later\n", Date, cancellationToken);
        var source = (await upstream.RunAsync(cancellationToken, "rev-parse", "HEAD")).Trim();

        var stale = await CliRun.Of(["promote", "origin/testing-devel", "testing", "--config", clone.Path, "--dry-run"]);
        var unknown = await CliRun.Of(["promote", "testing-devel", "testing", "--config", clone.Path, "--fetch", "nowhere"]);
        var option = await CliRun.Of(["promote", "testing-devel", "testing", "--config", clone.Path, "--fetch=--upload-pack=touch"]);
        var run = await CliRun.Of(["promote", "testing-devel", "testing", "--config", clone.Path, "--fetch", "origin"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(stale.ExitCode, Is.Zero, stale.Error);
            Assert.That(stale.Output, Does.Not.Contain("later.txt"), "without --fetch nothing is asked");
            Assert.That(
                $"{unknown.ExitCode} {unknown.Error}",
                Does.StartWith("4 ").And.Contain("PL5118").And.Contain("'nowhere' does not appear")
            );
            Assert.That(
                $"{option.ExitCode} {option.Error}",
                Does.StartWith("4 ").And.Contain("PL5118"),
                "an option is a name like any other"
            );
            Assert.That(
                (run.ExitCode, run.Output),
                Is.EqualTo(
                    (
                        0,
                        "M\tbuild-args.conf\nA\tkola-denylist.yaml\nM\tmanifest-lock.x86_64.json\n"
                            + "D\told.txt\nA\toverlay.d/later.txt\nA\toverlay.d/new.txt\n"
                    )
                ),
                run.Error
            );
            Assert.That(
                (await git.RunAsync(cancellationToken, "log", "--format=%s", "-1")).Trim(),
                Is.EqualTo($"tree: promote changes from testing-devel at {source}")
            );
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Submodules_move_with_the_source(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var git = await ConfigAsync(directory, cancellationToken);
        await git.RunAsync(cancellationToken, "checkout", "--quiet", "testing-devel");
        var commit = (await git.RunAsync(cancellationToken, "rev-parse", "HEAD")).Trim();
        await git.RunAsync(cancellationToken, "update-index", "--add", "--cacheinfo", $"160000,{commit},vendor/sub");
        await git.RunAsync(cancellationToken, "commit", "--quiet", "-m", "submodule");
        await git.RunAsync(cancellationToken, "checkout", "--quiet", "testing");

        var run = await CliRun.Of(["promote", "testing-devel", "testing", "--config", directory.Path, "--json"]);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(await git.RunAsync(cancellationToken, "ls-tree", "HEAD", "vendor/sub"), Does.StartWith($"160000 commit {commit}"));
    }

    [Test]
    public async Task A_lock_between_streams_of_one_tree_is_copied_after_its_packages_were_hashed()
    {
        using var directory = new TemporaryDirectory();
        var digest = Digest.Of("package");
        var cached = directory.File($"cache/sha256/{digest.Hex[..2]}/{digest.Hex}");
        var text =
            $$$"""{"packages":{"bash":{"evra":"5-1.amd64","digest":"{{{digest}}}"}},"metadata":{"generated":"2026-07-20T00:00:00Z"}}""";
        foreach (var name in new[] { "streams/testing", "streams/stable", Path.GetDirectoryName(cached)! })
        {
            Directory.CreateDirectory(directory.File(name));
        }

        await File.WriteAllTextAsync(directory.File("streams/testing/manifest-lock.x86_64.json"), text);
        string[] arguments = ["-C", directory.Path, "promote", "testing", "stable", "--config", directory.File("streams")];
        var missing = await CliRun.Of(arguments);
        await File.WriteAllTextAsync(cached, "packagE");
        var wrong = await CliRun.Of(arguments);
        var untouched = File.Exists(directory.File("streams/stable/manifest-lock.x86_64.json"));
        await File.WriteAllTextAsync(cached, "package");
        var good = await CliRun.Of(arguments);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((missing.ExitCode, wrong.ExitCode, good.ExitCode), Is.EqualTo((2, 5, 0)), good.Error);
            Assert.That(untouched, Is.False);
            Assert.That(await File.ReadAllTextAsync(directory.File("streams/stable/manifest-lock.x86_64.json")), Is.EqualTo(text));
        }
    }

    private static async Task<GitFixture> ConfigAsync(TemporaryDirectory directory, CancellationToken cancellationToken)
    {
        var git = new GitFixture(directory.Path);
        await git.InitAsync("testing-devel", cancellationToken);
        await git.CommitAsync("manifest.yaml", "ref: testing-devel\n", Date, cancellationToken);
        await git.CommitAsync("build-args.conf", "VERSION=43.dev\nSTREAM=testing-devel\nDESCRIPTION=\"Devel\"\n", Date, cancellationToken);
        await git.CommitAsync("manifest-lock.x86_64.json", "{}\n", Date, cancellationToken);
        await git.CommitAsync("old.txt", "old\n", Date, cancellationToken);
        await git.RunAsync(cancellationToken, "checkout", "--quiet", "-b", "testing");
        await git.CommitAsync("build-args.conf", "VERSION=43.dev\nSTREAM=testing\nDESCRIPTION=\"Testing\"\n", Date, cancellationToken);
        await git.CommitAsync("manifest.yaml", "ref: testing\n", Date, cancellationToken);
        await git.RunAsync(cancellationToken, "checkout", "--quiet", "testing-devel");
        await git.RunAsync(cancellationToken, "rm", "--quiet", "old.txt");
        await git.CommitAsync("manifest-lock.x86_64.json", "{ }\n", Date, cancellationToken);
        await git.CommitAsync(
            "build-args.conf",
            "VERSION=44.dev\nSTREAM=testing-devel\nNAME=fedora-coreos\nDESCRIPTION=\"Devel\"\n",
            Date,
            cancellationToken
        );
        await git.CommitAsync("overlay.d/new.txt", "new\n", Date, cancellationToken);
        await git.CommitAsync(
            "kola-denylist.yaml",
            "- pattern: a\n  tracker: t\n  snooze: 2026-08-01\n  warn: true\n- pattern: b\n  tracker: warn: not at the start\nsnooze: 1\n",
            Date,
            cancellationToken
        );
        await git.RunAsync(cancellationToken, "checkout", "--quiet", "testing");
        return git;
    }
}
