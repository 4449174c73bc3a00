using System.Text;
using Pipeline.Host.Files;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class YearTests
{
    [Test, CancelAfter(300_000)]
    public async Task A_year_of_a_stream_has_the_same_documents_at_every_step(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        var failures = new List<string>();
        foreach (var (name, run) in new YearOfAStream(directory.Path).Steps())
        {
            await run();
            foreach (var (kind, file) in new[] { ("releases", "releases.json"), ("updates", "updates.json"), ("stream", "stream.json") })
            {
                var check = await CliRun.Of(["contract", "check", kind, file], directory.Path);
                Assert.That((check.ExitCode, check.Output), Is.EqualTo((0, "")), name);
            }

            try
            {
                Golden.Check($"Releases/Year/{name}.txt", await StateAsync(directory.Path, cancellationToken));
            }
            catch (AssertionException e)
            {
                failures.Add(e.Message);
            }
        }

        Assert.That(failures, Is.Empty);
    }

    [Test, CancelAfter(300_000)]
    public async Task At_the_end_of_the_year_every_machine_reaches_the_head(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        foreach (var (_, run) in new YearOfAStream(directory.Path).Steps())
        {
            cancellationToken.ThrowIfCancellationRequested();
            await run();
        }

        foreach (var arch in new[] { "x86_64", "aarch64", "ppc64le", "s390x" })
        {
            foreach (var scheme in new[] { Array.Empty<string>(), ["--oci"] })
            {
                string[] arguments =
                [
                    "graph",
                    "simulate",
                    "--index",
                    "releases.json",
                    "--updates",
                    "updates.json",
                    "--arch",
                    arch,
                    .. scheme,
                ];
                var paths = await CliRun.Of(arguments, directory.Path);
                var fleet = await CliRun.Of(
                    [.. arguments, "--fleet", "1000", "--from", "2027-01-01", "--until", "2027-01-02"],
                    directory.Path
                );

                Assert.That(paths.ExitCode, Is.Zero, paths.Output);
                Assert.That(paths.Output, Does.Not.Contain("stuck").And.Not.Contain("dead end"));
                Assert.That(fleet.Output, Does.Contain("1000 of 1000 machines at 44.20261124.3.0"), $"{arch} {string.Join(' ', scheme)}");
            }
        }
    }

    private static async Task<string> StateAsync(string directory, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var file in new[] { "releases.json", "updates.json", "stream.json" })
        {
            text.Append("=== ")
                .Append(file)
                .Append('\n')
                .Append((await File.ReadAllTextAsync(Path.Combine(directory, file), cancellationToken)).TrimEnd('\n'))
                .Append('\n');
        }

        foreach (var scope in new[] { "x86_64", "s390x", "x86_64 --oci" })
        {
            var graph = await CliRun.Of(
                ["graph", "build", "--index", "releases.json", "--updates", "updates.json", "--arch", .. scope.Split(' ')],
                directory
            );
            text.Append("=== graph ")
                .Append(scope)
                .Append('\n')
                .Append(graph.Output.Replace("},{", "},\n{", StringComparison.Ordinal))
                .Append('\n');
        }

        return text.ToString();
    }
}
