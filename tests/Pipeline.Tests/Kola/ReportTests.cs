using System.Text;
using Pipeline.Host.Files;
using Pipeline.Kola;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Reports;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ReportTests
{
    /// <summary>A report with every outcome.</summary>
    internal static TestReport Report { get; } =
        new()
        {
            Version = "13.20260901.0.0",
            Platform = "qemu",
            Directory = "/out",
            Tests =
            [
                new()
                {
                    Name = "ext.p.good",
                    Outcome = TestOutcome.Pass,
                    Duration = TimeSpan.FromMilliseconds(1234.5),
                    Output = "fine\n",
                    Machine = "shared",
                    Directory = "/out/shared-0",
                },
                new()
                {
                    Name = "ext.p.bad",
                    Outcome = TestOutcome.Fail,
                    Duration = TimeSpan.FromSeconds(65),
                    Reason = "kernel panic: # <boom>",
                    Output = "a\e[0m\0<b>&",
                    Machine = "boot",
                    Directory = "/out/ext.p.bad",
                    Again = "pipeline -C /w kola run --force --build 13.1 'ext.p.bad'",
                },
                new()
                {
                    Name = "ext.p.known",
                    Outcome = TestOutcome.Warn,
                    Duration = TimeSpan.FromSeconds(1),
                    Reason = "x (denylist 'ext.p.k*')",
                    Machine = "fork",
                    Directory = "/out/ext.p.known",
                },
                new()
                {
                    Name = "ext.p.not",
                    Outcome = TestOutcome.Skip,
                    Duration = TimeSpan.Zero,
                    Reason = "not for x86_64",
                },
            ],
        };

    [Test]
    public void The_JSON_report_has_kolas_shape() => Golden.Check("Kola/report.json", ReportWriter.Json(Report));

    [Test]
    public void The_TAP_report_is_pinned() => Golden.Check("Kola/report.tap", ReportWriter.Tap(Report));

    [Test]
    public void The_table_is_pinned() => Golden.Check("Kola/table.txt", KolaRunner.Table(Report));

    [Test]
    public void A_report_is_read_back()
    {
        var read = ReportWriter.Parse("r", Encoding.UTF8.GetBytes(ReportWriter.Json(Report)))!;

        Assert.That(read.Tests, Is.EqualTo(Report.Tests.Select(t => t with { Output = "", Directory = null })));
    }

    [TestCase("Pass Warn", TestOutcome.Warn)]
    [TestCase("Pass Fail Warn", TestOutcome.Fail)]
    [TestCase("Skip Skip", TestOutcome.Skip)]
    [TestCase("Skip Pass", TestOutcome.Pass)]
    public void The_worst_outcome_is_the_reports(string outcomes, TestOutcome expected) =>
        Assert.That(
            (
                Report with
                {
                    Tests = [.. outcomes.Split(' ').Select(o => Report.Tests[0] with { Outcome = Enum.Parse<TestOutcome>(o) })],
                }
            ).Outcome,
            Is.EqualTo(expected)
        );

    [Test]
    public async Task Only_a_pass_of_the_very_same_inputs_is_remembered()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("kola.json");
        var image = directory.File("image");
        await File.WriteAllTextAsync(image, "one");
        var request = new KolaRequest
        {
            Boot = new() { WorkDirectory = new(directory.Path), Image = image },
        };
        var good = Report with { Tests = [Report.Tests[0]] };
        var inputs = await InputsAsync();

        await PassRecord.SaveAsync(file, inputs, good, CancellationToken.None);
        Assert.That(PassRecord.Find(file, inputs.Digest), Is.Not.Null.And.Property("Unchanged").True);

        await File.WriteAllTextAsync(image, "two!");
        Assert.That(PassRecord.Find(file, (await InputsAsync()).Digest), Is.Null);

        await PassRecord.SaveAsync(file, inputs, Report, CancellationToken.None);
        Assert.That(PassRecord.Find(file, inputs.Digest), Is.Null);

        async Task<Pipeline.Host.Builds.StepInputs> InputsAsync() =>
            PassRecord.Inputs(
                await BuildUnderTest.FindAsync(request.Boot, TimeProvider.System, CancellationToken.None),
                [new(SelectionTests.Test("ext.p.good"), Denial.None, "")],
                request,
                []
            );
    }
}
