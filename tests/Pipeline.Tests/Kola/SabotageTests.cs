using Pipeline.Host.Files;
using Pipeline.Kola;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SabotageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Project => _directory.File("p");

    public void Dispose() => _directory.Dispose();

    [TestCase(TestOutcome.Fail, "ok: a\nfatal: x is 12\n", SabotageOutcome.Caught, "fatal: x is 12")]
    [TestCase(TestOutcome.Fail, "fatal: y\n", SabotageOutcome.OtherFailure, "exit-code")]
    [TestCase(TestOutcome.Pass, "fatal: x is 12\n", SabotageOutcome.Missed, "the test passed")]
    public void Only_a_failure_with_the_expected_line_counts(TestOutcome outcome, string output, SabotageOutcome expected, string line)
    {
        var sabotage = new Sabotage("area.x", SelectionTests.Test("ext.p.area.x"), "fatal: x is [0-9]+", "c", null);

        var judged = sabotage.Evaluate(
            new()
            {
                Name = "ext.p.area.x",
                Outcome = outcome,
                Duration = TimeSpan.Zero,
                Output = output,
                Reason = outcome == TestOutcome.Pass ? "" : "exit-code",
            }
        );

        Assert.That((judged.Outcome, judged.Line), Is.EqualTo((expected, line)));
    }

    [Test]
    public void Wrong_folders_are_refused_with_all_problems()
    {
        Write("good/expect", "fatal: x");
        Write("good/config.ign", "{}");
        Write("nothing/expect", "x");
        Write("both/expect", "x");
        Write("both/config.ign", "{}");
        Write("both/overlay/a", "");
        Write("regex/expect", "(");
        Write("regex/config.ign", "{}");
        var problems = new DiagnosticBag();
        string[] names = ["good", "both", "regex"];

        var found = Sabotage.Find(Project, [.. names.Select(n => SelectionTests.Test("ext.p." + n))], problems);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Select(s => s.Name), Is.EqualTo(["good"]));
            Assert.That(
                problems.Items.Select(p => p.Message),
                Is.EqualTo(
                    new[]
                    {
                        "either 'config.ign' or 'overlay/' breaks the subject",
                        "there is no test 'ext.p.nothing' to sabotage",
                        "'expect' must hold one regular expression",
                    }
                )
            );
        }
    }

    [Test]
    public void The_sabotages_of_this_repository_fit_its_tests()
    {
        var problems = new DiagnosticBag();
        var directory = SourceTree.Path("kola-tests");
        var tests = TestDiscovery.Find(directory, problems);

        var found = Sabotage.Find(directory, tests, problems);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Items, Is.Empty);
            Assert.That(tests.Select(t => t.Name).Except(found.Select(s => s.Test.Name)), Is.Empty, "every test has a sabotage");
            var configs = new TestConfigs(null)
                .Prepare([.. tests.Where(t => t.Config is not null).Select(t => new SelectedTest(t, Denial.None, ""))])
                .Select(t => t.Ignition);
            Assert.That(configs, Is.All.Not.Null.And.All.Not.Empty);
            Assert.That(found.Where(s => s.Config is not null).Select(s => new TestConfigs(null).OfUser(s.Config!)[0]), Is.All.Not.Empty);
        }
    }

    [Test]
    public void The_log_names_what_was_missed_and_what_nothing_proves() =>
        Golden.Check(
            "Kola/sabotage.log",
            Sabotage.Log(
                new(
                    [
                        new("area.x", SabotageOutcome.Caught, "fatal: x", "fatal: x is 12", Result(TestOutcome.Fail)),
                        new("area.yy", SabotageOutcome.Missed, "fatal: y", "the test passed", Result(TestOutcome.Pass)),
                        new("area.z", SabotageOutcome.OtherFailure, "fatal: z", "timed out", Result(TestOutcome.Fail)),
                    ],
                    ["ext.p.lonely"],
                    "/out"
                )
            )
        );

    private static TestResult Result(TestOutcome outcome) =>
        new()
        {
            Name = "n",
            Outcome = outcome,
            Duration = TimeSpan.FromSeconds(61.25),
            Directory = "/out/n",
        };

    private void Write(string name, string text)
    {
        var path = Path.Combine(Project, "sabotage", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
