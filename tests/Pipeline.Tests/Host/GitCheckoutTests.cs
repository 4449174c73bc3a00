using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Host;

/// <summary>What meta.json says about the checkout of a config.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GitCheckoutTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Commit_branch_changes_and_origin_are_found_from_any_directory_of_it(CancellationToken cancellationToken)
    {
        await GitAsync(cancellationToken, "init", "-q", "-b", "testing-devel");
        Directory.CreateDirectory(_directory.File("manifests"));
        await File.WriteAllTextAsync(_directory.File("manifests/a.yaml"), "a\n", cancellationToken);
        await GitAsync(cancellationToken, "add", ".");
        await GitAsync(cancellationToken, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "one");
        await GitAsync(cancellationToken, "tag", "v1");
        var plain = (await FindAsync("manifests", cancellationToken))!;
        await GitAsync(cancellationToken, "remote", "add", "origin", "https://git.example.org/config");
        await File.WriteAllTextAsync(_directory.File("manifests/new.yaml"), "b\n", cancellationToken);
        var changed = (await FindAsync(".", cancellationToken))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.Commit, Does.Match("^[0-9a-f]{40}$"));
            Assert.That((plain.Revision, plain.Branch, plain.Dirty, plain.Origin), Is.EqualTo(("v1", "testing-devel", false, "")));
            Assert.That(changed, Is.EqualTo(plain with { Dirty = true, Origin = "https://git.example.org/config" }));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task A_checkout_cannot_name_a_program_to_run(CancellationToken cancellationToken)
    {
        await GitAsync(cancellationToken, "init", "-q");
        await GitAsync(cancellationToken, "-c", "user.name=a", "-c", "user.email=a@e", "commit", "-q", "--allow-empty", "-m", "one");
        var script = _directory.File("monitor");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\ntouch '{_directory.File("ran")}'\n", cancellationToken);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await GitAsync(cancellationToken, "config", "core.fsmonitor", script);

        await FindAsync(".", cancellationToken);

        Assert.That(File.Exists(_directory.File("ran")), Is.False);
    }

    [Test, CancelAfter(60_000)]
    public async Task Outside_of_a_checkout_and_before_its_first_commit_there_is_nothing_to_say(CancellationToken cancellationToken)
    {
        var outside = await FindAsync(".", cancellationToken);
        await GitAsync(cancellationToken, "init", "-q");

        Assert.That((outside, await FindAsync(".", cancellationToken)), Is.EqualTo(((GitState?)null, (GitState?)null)));
    }

    private Task<GitState?> FindAsync(string below, CancellationToken cancellationToken) =>
        new GitCheckout(new ToolRunner()).FindAsync(_directory.File(below), cancellationToken);

    private Task<ToolResult> GitAsync(CancellationToken cancellationToken, params string[] arguments) =>
        new ToolRunner().RunAsync(new("git", ["-C", _directory.Path, .. arguments]), cancellationToken);
}
