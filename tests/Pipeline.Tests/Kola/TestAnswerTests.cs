using Pipeline.Cli;
using Pipeline.Host.Files;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

/// <summary>What a run of tests says to people and to CI systems.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TestAnswerTests
{
    [Test]
    public async Task GitHub_marks_the_scripts_of_tests_that_failed_and_shows_the_table()
    {
        using var directory = new TemporaryDirectory();
        var (output, error) = await RunAsync(
            new()
            {
                ["GITHUB_ACTIONS"] = "true",
                ["GITHUB_WORKSPACE"] = "/repo",
                ["GITHUB_STEP_SUMMARY"] = directory.File("summary"),
            }
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                error.Split('\n'),
                Is.EqualTo([
                    "::error file=kola-tests/bad,line=1,col=1,title=PL4018::/repo/kola-tests/bad:1:1: error PL4018: "
                        + "test 'ext.p.bad' failed: kernel panic: # <boom>%0A"
                        + "  hint: again: pipeline -C /w kola run --force --build 13.1 'ext.p.bad'",
                    "::warning title=PL4019::warning PL4019: test 'ext.p.known' failed, which only warns: x (denylist 'ext.p.k*')%0A"
                        + "  hint: mend it before its entry in the denylist expires",
                    "",
                ])
            );
            Assert.That(await File.ReadAllTextAsync(directory.File("summary")), Is.EqualTo($"```\n{output}```\n"));
        }
    }

    [Test]
    public async Task Elsewhere_the_table_says_it()
    {
        var (output, error) = await RunAsync([]);

        Assert.That((output.Split('\n')[0], error), Is.EqualTo(("PASS  ext.p.good      1.2 s  shared", "")));
    }

    private static async Task<(string Output, string Error)> RunAsync(Dictionary<string, string> environment)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var services = new Services
        {
            Tools = new RecordingToolRunner(),
            Reporter = new TestReporter(),
            ShowProgress = _ => { },
            Time = TimeProvider.System,
            Output = output,
            Error = error,
            Input = () => Stream.Null,
            CurrentDirectory = "/",
            Environment = environment.GetValueOrDefault,
        };
        var tests = ReportTests.Report.Tests.Select(t => t.Name == "ext.p.bad" ? t with { Source = "/repo/kola-tests/bad" } : t);
        await TestAnswer.WriteAsync(services, ReportTests.Report with { Tests = [.. tests] }, json: false);
        return (output.ToString(), error.ToString());
    }
}
