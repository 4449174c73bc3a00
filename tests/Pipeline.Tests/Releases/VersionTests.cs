using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Host.Files;
using Pipeline.Host.Net.Objects;
using Pipeline.Host.Tools;
using Pipeline.Model.Versions;
using Pipeline.Releases.Versions;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class VersionTests
{
    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public Property Versions_are_in_a_total_order() =>
        Prop.ForAll(
            Versions(),
            Versions(),
            Versions(),
            (a, b, c) =>
                Math.Sign(a.CompareTo(b)) == -Math.Sign(b.CompareTo(a))
                && (a.CompareTo(b) > 0 || b.CompareTo(c) > 0 || a.CompareTo(c) <= 0)
                && a.CompareTo(b) == 0 == a.Equals(b)
                && ReleaseVersion.Parse(a.Text).Equals(a)
        );

    [TestCase("30.20190716.1", "30.20190716.1.0", "<")]
    [TestCase("44.20260720.3.dev9", "44.20260720.3.0", "<")]
    [TestCase("44.20260720.3.9", "44.20260720.3.10", "<")]
    [TestCase("44.20260720.20.0", "44.20260720.3.0", ">")]
    [TestCase("43.20260720.3.0", "44.20250720.3.0", "<")]
    [TestCase("44.20260720.3.1", "44.20260720.3.1", "=")]
    public async Task Two_versions_compare(string a, string b, string sign)
    {
        var run = await CliRun.Of(["version", "compare", a, b]);

        Assert.That(run.Output.Trim(), Is.EqualTo($"{a} {sign} {b}"));
    }

    [TestCase("44.20260230.3.1")]
    [TestCase("4.20260220.3.1")]
    [TestCase("44.20260220.3.1.1")]
    [TestCase("44.20260220.03.1")]
    [TestCase("44.20260220.3.1\n")]
    [TestCase("44.20260220.3.99999999999999999999")]
    [TestCase("44.20260220.3.devA")]
    public async Task What_is_no_version_is_bad_input(string text)
    {
        var run = await CliRun.Of(["version", "compare", text, "x"]);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error.Split("PL5100"), Has.Length.EqualTo(3), "both problems are told at once");
    }

    [TestCase("--major 44 --stream stable --now 2026-07-20T23:59:59Z", "44.20260720.3.0")]
    [TestCase("--major 44 --stream stable --now 2026-07-20 --builds builds.json", "44.20260720.3.8")]
    [TestCase("--major 44 --stream stable --now 2026-07-20 --builds builds.json --dev", "44.20260720.3.dev2")]
    [TestCase("--major 44 --stream stable --lock lock.json --builds builds.json", "44.20260719.3.0")]
    [TestCase("--manifest manifest.yaml --lock lock.json", "43.20260719.20.0")]
    [TestCase("--build-args build-args.conf --lock lock.json --dev", "44.20260719.10.dev0")]
    public async Task A_version_is_computed(string arguments, string expected)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            directory.File("builds.json"),
            """
            {"schema-version":"1.0.0","builds":[{"id":"44.20260720.3.1","arches":[]},{"id":"44.20260720.3.7","arches":[]},
             {"id":"44.20260720.3.dev1","arches":[]},{"id":"44.20260721.3.9","arches":[]}],"timestamp":"t"}
            """
        );
        await File.WriteAllTextAsync(directory.File("lock.json"), """{"packages":{},"metadata":{"generated":"2026-07-19T00:00:00Z"}}""");
        await File.WriteAllTextAsync(directory.File("manifest.yaml"), "ref: fedora/x86_64/coreos/testing-devel\nreleasever: 43\n");
        await File.WriteAllTextAsync(directory.File("build-args.conf"), "# args\nVERSION=44.dev\nSTREAM=next-devel\n");

        var run = await CliRun.Of(["version", "compute", .. arguments.Split(' ')], directory.Path);

        Assert.That(run.Output.Trim(), Is.EqualTo(expected), run.Error);
    }

    [Test, CancelAfter(60_000)]
    public async Task Commits_since_the_day_are_counted_in_utc(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var git = new GitFixture(directory.Path);
        await git.InitAsync("main", cancellationToken);
        await git.CommitAsync("a", "1", "2026-07-19T23:59:59Z", cancellationToken);
        await git.CommitAsync("a", "2", "2026-07-20T00:00:01Z", cancellationToken);
        await git.CommitAsync("a", "3", "2026-07-21T03:00:00Z", cancellationToken);
        await File.WriteAllTextAsync(directory.File("build-args.conf"), "VERSION=44.dev\nSTREAM=stable\n", cancellationToken);

        var run = await CliRun.Of(
            ["version", "compute", "--build-args", "build-args.conf", "--config", ".", "--now", "2026-07-20"],
            directory.Path
        );

        Assert.That(run.Output.Trim(), Is.EqualTo("44.20260720.3.2"), run.Error);
    }

    [Test, CancelAfter(60_000)]
    public async Task Many_runs_at_once_never_get_the_same_version(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var inputs = new VersionInputs(44, 3, new(2026, 7, 20), IterationRule.Builds, Dev: false, null, null);

        var taken = await Task.WhenAll(
            Enumerable
                .Range(0, 24)
                .Select(i =>
                    Task.Run(
                        async () =>
                        {
                            using var store = new LocalObjectStore(directory.Path);
                            return (
                                await new VersionCalculator(new RecordingToolRunner()).ReserveAsync(
                                    inputs,
                                    store,
                                    i.ToString(CultureInfo.InvariantCulture),
                                    cancellationToken
                                )
                            ).Text;
                        },
                        cancellationToken
                    )
                )
        );

        Assert.That(taken, Is.EquivalentTo(Enumerable.Range(0, 24).Select(i => $"44.20260720.3.{i}")));
    }

    [Test]
    public async Task A_reserved_version_is_skipped_by_the_next_run()
    {
        using var directory = new TemporaryDirectory();
        string[] arguments = ["version", "reserve", "--store", "file:taken", "--major", "44", "--stream", "next", "--now", "@1784728800"];

        var first = await CliRun.Of(arguments, directory.Path);
        var second = await CliRun.Of(arguments, directory.Path);

        Assert.That((first.Output.Trim(), second.Output.Trim()), Is.EqualTo(("44.20260722.1.0", "44.20260722.1.1")), first.Error);
    }

    private static Arbitrary<ReleaseVersion> Versions() =>
        Gen.Choose(43, 44)
            .SelectMany(x =>
                Gen.Choose(1, 3)
                    .SelectMany(d =>
                        Gen.Choose(1, 3)
                            .SelectMany(z =>
                                Gen.Choose(-1, 3)
                                    .SelectMany(a =>
                                        Gen.Elements(true, false)
                                            .Select(dev =>
                                                ReleaseVersion.Parse(
                                                    a < 0 ? $"{x}.2026010{d}.{z}" : $"{x}.2026010{d}.{z}.{(dev ? "dev" : "")}{a}"
                                                )
                                            )
                                    )
                            )
                    )
            )
            .ToArbitrary();
}

/// <summary>A real git repository in a test's own directory.</summary>
internal sealed class GitFixture(string directory)
{
    private readonly ToolRunner _tools = new();

    public async Task InitAsync(string branch, CancellationToken cancellationToken)
    {
        await RunAsync(cancellationToken, "init", "--quiet", "--initial-branch", branch);
        await RunAsync(cancellationToken, "config", "user.name", "Test");
        await RunAsync(cancellationToken, "config", "user.email", "test@example.org");
        await RunAsync(cancellationToken, "config", "commit.gpgsign", "false");
    }

    public async Task CommitAsync(string file, string content, string date, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, content, cancellationToken);
        await RunAsync(cancellationToken, "add", "-A");
        await _tools.RunAsync(
            new("git", ["-C", directory, "commit", "--quiet", "-m", $"set {file}"])
            {
                Environment = new Dictionary<string, string> { ["GIT_AUTHOR_DATE"] = date, ["GIT_COMMITTER_DATE"] = date },
            },
            cancellationToken
        );
    }

    public async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        (await _tools.RunAsync(new("git", ["-C", directory, .. arguments]), cancellationToken)).Text;
}
