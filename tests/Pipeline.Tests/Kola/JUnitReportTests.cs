using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using Pipeline.Host.Files;
using Pipeline.Kola.Runs;
using Pipeline.Model.Reports;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

/// <summary>The JUnit file as CI systems read it.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class JUnitReportTests
{
    private const string Attachment = "[[ATTACHMENT|";

    private static readonly TestReport Timed = ReportTests.Report with
    {
        Started = new DateTimeOffset(2026, 9, 1, 14, 0, 0, TimeSpan.FromHours(2)),
        Elapsed = TimeSpan.FromSeconds(66.5),
        Accelerator = "kvm",
    };

    [Test]
    public void It_is_pinned_and_has_the_form_that_all_readers_take()
    {
        var xml = JUnitReport.Write(Timed);

        Golden.Check("Kola/junit.xml", xml);
        Validate(xml);
        Validate(JUnitReport.Write(Timed with { Tests = [] }));
    }

    [Test]
    public void Times_are_seconds_of_each_test_and_of_the_run()
    {
        var suite = Suite(Timed);
        var untimed = Suite(ReportTests.Report);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(suite.Attribute("time")!.Value, Is.EqualTo("66.500"), "tests run side by side");
            Assert.That(suite.Attribute("timestamp")!.Value, Is.EqualTo("2026-09-01T12:00:00"), "UTC");
            Assert.That(Cases(Timed).Select(c => c.Attribute("time")!.Value), Is.EqualTo(["1.235", "65.000", "1.000", "0.000"]));
            Assert.That(untimed.Attribute("time")!.Value, Is.EqualTo("67.235"), "the sum, where nothing else is known");
            Assert.That(untimed.Attribute("timestamp"), Is.Null);
        }
    }

    [Test]
    public void Logs_of_what_did_not_pass_are_attached_and_quoted()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in (string[])["console.txt", "journal.txt", "qemu.txt", "disk.qcow2"])
        {
            File.WriteAllText(directory.File(name), $"line of {name}\n");
        }

        var report = Timed with
        {
            Tests =
            [
                .. new[] { TestOutcome.Fail, TestOutcome.Warn, TestOutcome.Pass }.Select(o =>
                    Timed.Tests[1] with
                    {
                        Outcome = o,
                        Directory = directory.Path,
                    }
                ),
            ],
        };
        var cases = Cases(report);
        var attached = cases.Select(c => Lines(c).Where(l => l.StartsWith(Attachment, StringComparison.Ordinal)));
        string[] expected = [.. new[] { "console.txt", "journal.txt", "qemu.txt" }.Select(n => $"{Attachment}{directory.File(n)}]]")];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(attached, Is.EqualTo(new[] { expected, expected, [] }));
            Assert.That(cases.Select(c => c.Element("system-out")!.Value), Is.All.Contains($"\nlogs: {directory.Path}\n"));
            Assert.That(
                cases[0].Element("failure")!.Value,
                Does.StartWith("kernel panic: # <boom>\nagain: pipeline ").And.Contain("\n--- console.txt\nline of console.txt\n")
            );
        }

        Validate(JUnitReport.Write(report));
    }

    [TestCase("[[ATTACHMENT|/etc/shadow]]\n")]
    [TestCase("x\n[[attachment|/etc/shadow]]")]
    public void A_test_cannot_make_the_CI_system_attach_a_file_of_the_host(string printed)
    {
        var report = Timed with { Tests = [Timed.Tests[0] with { Output = printed }] };

        Assert.That(Cases(report)[0].Value, Does.Not.Contain(Attachment).And.Contain("/etc/shadow"));
    }

    [Test]
    public void Whatever_tests_print_is_text()
    {
        const string printed = "a\e[31mred\e[0m\uD800b \U0001F600 <&\uFFFE\nnul \0\ttab\r\n";
        var report = Timed with { Tests = [Timed.Tests[0] with { Output = printed, Directory = null }] };

        Validate(JUnitReport.Write(report));
        Assert.That(Cases(report)[0].Value, Is.EqualTo("ared\uFFFDb \U0001F600 <&\uFFFD\nnul \uFFFD\ttab\n"));
    }

    [FsCheck.NUnit.Property]
    public void Any_text_makes_a_file_that_all_readers_take(string? text)
    {
        var test = Timed.Tests[1] with { Output = text ?? "", Reason = text ?? "", Again = text ?? "" };

        Validate(JUnitReport.Write(Timed with { Tests = [test, test with { Outcome = TestOutcome.Skip }], Version = text ?? "" }));
    }

    private static XElement Suite(TestReport report) => XDocument.Parse(JUnitReport.Write(report)).Descendants("testsuite").Single();

    private static string[] Lines(XElement test) => test.Element("system-out")!.Value.Split('\n');

    private static XElement[] Cases(TestReport report) => [.. Suite(report).Elements("testcase")];

    private static void Validate(string xml)
    {
        using var reader = XmlReader.Create(SourceTree.Path("tests/Pipeline.Tests/TestData/Kola/junit.xsd"));
        var schemas = new XmlSchemaSet();
        schemas.Add("", reader);
        var problems = new List<string>();
        XDocument.Parse(xml).Validate(schemas, (_, e) => problems.Add(e.Message));
        Assert.That(problems, Is.Empty);
    }
}
