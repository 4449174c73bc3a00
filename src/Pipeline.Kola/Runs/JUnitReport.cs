using System.Globalization;
using System.Text;
using System.Xml;
using Pipeline.Kola.Checks;
using Pipeline.Model.Reports;

namespace Pipeline.Kola.Runs;

/// <summary>
/// A report as JUnit's XML, in the form that Jenkins, GitLab and GitHub's actions take. Times are in seconds: of a test its own, of the
/// suite what the run took, as tests run side by side. Logs of what did not pass are named in the lines that Jenkins' plugin for
/// attachments looks for.
/// </summary>
internal static class JUnitReport
{
    private const int MostOutput = 64 * 1024;
    private const int MostExcerpt = 200;
    private const string Attachment = "[[ATTACHMENT|";

    /// <summary>Files of a test's folder that explain a failure, in the order they are read.</summary>
    private static readonly string[] Logs = ["console.txt", "journal.txt", "ignition.json", "qemu.txt"];

    /// <summary>The document.</summary>
    public static string Write(TestReport report)
    {
        var buffer = new StringBuilder();
        var settings = new XmlWriterSettings
        {
            Indent = true,
            OmitXmlDeclaration = true,
            NewLineChars = "\n",
            CheckCharacters = true,
        };
        using (var xml = XmlWriter.Create(buffer, settings))
        {
            xml.WriteStartElement("testsuites");
            Counts(xml, report);
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", $"kola.{report.Platform}");
            Counts(xml, report);
            xml.WriteAttributeString("skipped", Number(report.Tests.Count(t => t.Outcome is TestOutcome.Skip or TestOutcome.Warn)));
            if (report.Started is { } started)
            {
                xml.WriteAttributeString("timestamp", started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            }

            xml.WriteStartElement("properties");
            Property(xml, "version", report.Version);
            Property(xml, "machines", report.Accelerator);
            Property(xml, "logs", report.Directory);
            xml.WriteEndElement();
            foreach (var test in report.Tests)
            {
                Case(xml, test, report);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return buffer.Append('\n').ToString();
    }

    private static void Counts(XmlWriter xml, TestReport report)
    {
        xml.WriteAttributeString("tests", Number(report.Tests.Count));
        xml.WriteAttributeString("failures", Number(report.Tests.Count(t => t.Outcome == TestOutcome.Fail)));
        xml.WriteAttributeString("errors", "0");
        var spent = report.Elapsed ?? report.Tests.Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Duration);
        xml.WriteAttributeString("time", Seconds(spent));
    }

    private static void Property(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        xml.WriteAttributeString("name", name);
        xml.WriteAttributeString("value", Clean(value));
        xml.WriteEndElement();
    }

    private static void Case(XmlWriter xml, TestResult test, TestReport report)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", $"kola.{report.Platform}");
        xml.WriteAttributeString("name", Clean(test.Name));
        xml.WriteAttributeString("time", Seconds(test.Duration));
        if (test.Outcome is TestOutcome.Fail)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", Clean(test.Reason));
            xml.WriteAttributeString("type", "failed");
            xml.WriteString(Clean(Explanation(test)));
            xml.WriteEndElement();
        }
        else if (test.Outcome is TestOutcome.Skip or TestOutcome.Warn)
        {
            xml.WriteStartElement("skipped");
            xml.WriteAttributeString("message", Clean((test.Outcome == TestOutcome.Warn ? "warning: " : "") + test.Reason));
            xml.WriteEndElement();
        }

        if (Output(test) is { Length: > 0 } output)
        {
            xml.WriteElementString("system-out", Clean(output));
        }

        xml.WriteEndElement();
    }

    /// <summary>Why, how to run it again, and the lines of the logs that say more.</summary>
    private static string Explanation(TestResult test)
    {
        var text = new StringBuilder(test.Reason).Append('\n');
        if (test.Again.Length > 0)
        {
            text.Append("again: ").Append(test.Again).Append('\n');
        }

        foreach (var name in test.Directory is null ? [] : (string[])["console.txt", "journal.txt"])
        {
            var lines = LogExcerpt.Of(Path.Combine(test.Directory!, name));
            if (lines.Count > 0)
            {
                var shown = lines.TakeLast(MostExcerpt).Select(l => l.Text);
                text.Append("\n--- ").Append(name).Append('\n').AppendJoin('\n', shown).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>What it printed, then where its logs are. A line that the test made up names no attachment.</summary>
    private static string Output(TestResult test)
    {
        var printed = test.Output.Length > MostOutput ? test.Output[^MostOutput..] : test.Output;
        var text = new StringBuilder(printed.Replace(Attachment, "[[attachment|", StringComparison.OrdinalIgnoreCase));
        if (test.Directory is { } directory)
        {
            text.Append(text.Length > 0 && text[^1] != '\n' ? "\n" : "").Append("logs: ").Append(directory).Append('\n');
            foreach (var log in Logs.Where(_ => test.Outcome is TestOutcome.Fail or TestOutcome.Warn))
            {
                var file = Path.Combine(directory, log);
                text.Append(File.Exists(file) ? $"{Attachment}{file}]]\n" : "");
            }
        }

        return text.ToString();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Without escape sequences of terminals; what XML cannot hold becomes U+FFFD.</summary>
    private static string Clean(string text)
    {
        var lines = text.Split('\n').Select(l => l.Contains('\e', StringComparison.Ordinal) ? ConsoleFollower.Plain(l) : l);
        var plain = string.Join('\n', lines);
        var clean = new StringBuilder(plain.Length);
        for (var i = 0; i < plain.Length; i++)
        {
            if (i + 1 < plain.Length && char.IsSurrogatePair(plain[i], plain[i + 1]))
            {
                clean.Append(plain, i++, 2);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(plain[i]) ? plain[i] : '\uFFFD');
            }
        }

        return clean.ToString();
    }
}
