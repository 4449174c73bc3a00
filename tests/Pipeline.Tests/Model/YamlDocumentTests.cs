using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit;

namespace Pipeline.Tests.Model;

/// <summary>
/// Documents as the YAML library of Butane reads them, with the place of every node: <c>TestData/Yaml/documents.tsv</c> was written by that
/// library (<c>generate.go</c> beside it).
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class YamlDocumentTests
{
    private const string Core = "tag:yaml.org,2002:";

    // YAML 1.2, which the library does not know; and text behind the end of the document, which it silently drops.
    private static readonly HashSet<string> Accepted = ["%YAML 1.2\n---\na: b\n", "a: \"\\/\\e\\0\\N\\_\\L\\P\\'\"\n"];
    private static readonly HashSet<string> Refused = [" a: b\nc: d\n", "|\na\n"];

    public static IEnumerable<TestCaseData> Rows() =>
        File.ReadLines(SourceTree.Path("tests/Pipeline.Tests/TestData/Yaml/documents.tsv"))
            .Where(l => !l.StartsWith('#'))
            .Select(l => l.Split('\t'))
            .Select(r => new TestCaseData(Unquote(r[0]), r[1]).SetArgDisplayNames(r[0].Length > 80 ? r[0][..80] : r[0]));

    [TestCaseSource(nameof(Rows))]
    public void A_document_is_read_as_the_library_of_butane_reads_it(string document, string expected)
    {
        var problems = new DiagnosticBag();
        var root = YamlText.Parse("d.yaml", document, problems);
        var codes = problems.Items.Select(d => d.Code).Distinct().ToArray();
        if (Accepted.Contains(document))
        {
            Assert.That((expected, codes.Length), Is.EqualTo(("error", 0)));
            return;
        }

        if (expected == "error" || Refused.Contains(document))
        {
            Assert.That(codes, Has.Length.EqualTo(1).And.All.AnyOf("PL0011", "PL0017", "PL0018"), string.Join('\n', problems.Items));
            return;
        }

        // Refused here on purpose: more than one document, collections as keys, and keys given twice.
        if (codes.Length > 0)
        {
            Assert.That(codes, Has.All.AnyOf("PL0012", "PL0015", "PL0016"), string.Join('\n', problems.Items));
            return;
        }

        if (root is null)
        {
            Assert.That(expected == "-" || IsNull(expected), Is.True, expected);
            return;
        }

        var table = JsonTextWriter.Write(JsonText.Parse("row", expected, problems)!, JsonStyle.Compact);
        Assert.That(JsonTextWriter.Write(Dump(root), JsonStyle.Compact), Is.EqualTo(table));
    }

    // The line where the tab stands, not where the collection around it starts.
    [TestCase("variant: fcos\nversion: 1.6.0\nstorage:\n  files:\n\t- path: /etc/a\n", "5:1")]
    [TestCase("a:\n  - b\n\t- c\n", "3:1")]
    [TestCase("a: b\n\t\n", "2:1")]
    [TestCase("a:\n  \tb: c\n", "2:3")]
    [TestCase("a: |\n\tb\n", "2:1")]
    [TestCase("a:\n  b\n\tc\n", "3:1")]
    public void A_tab_is_reported_where_it_stands(string document, string place)
    {
        var problems = new DiagnosticBag();
        YamlText.Parse("d.yaml", document, problems);

        Assert.That(
            problems.Items.Single().ToString(),
            Does.StartWith($"d.yaml:{place}: error PL0011: not valid YAML: a tab stands where indentation is expected")
        );
    }

    [TestCase("a: b: c\n", "1:5", "a key with its value cannot stand here", "put the text in quotes")]
    [TestCase("a: b\nc\n", "2:1", "a ':' is missing behind this key", "write 'key: value'")]
    [TestCase("a: \"b\nc: d\n", "3:1", "the text ends inside of a quoted text", "the \" at line 1, column 4 is not closed")]
    [TestCase("a: [b,\n  c\nd: e\n", "3:2", "the '[' at line 1 is not closed", "check the indentation")]
    [TestCase("a: {b: c\n", "2:1", "the '{' at line 1 is not closed", "check the indentation")]
    [TestCase("a: @b\n", "1:4", "a value cannot start with '@'", "put the text in quotes")]
    [TestCase("a: \"\\d\"\n", "1:5", "'\\d' is not an escape of YAML", "use single quotes")]
    [TestCase("a:\n  - b\n  c: d\n", "3:3", "a list is open here", "check the indentation")]
    [TestCase("a: *\n", "1:5", "'*' must be followed by the name of an anchor", "put the text in quotes")]
    [TestCase("a: !x!y z\n", "1:8", "the tag handle '!x!' is not declared", "leave the tag out")]
    public void What_is_not_yaml_is_said_in_words_and_at_its_place(string document, string place, string message, string hint)
    {
        var problems = new DiagnosticBag();
        YamlText.Parse("d.yaml", document, problems);

        Assert.That(
            problems.Items.Single().ToString(),
            Does.StartWith($"d.yaml:{place}: error PL0011: not valid YAML: {message}").And.Contain(hint)
        );
    }

    [TestCase("a: b\u0007\n", "1:5", "U+0007")]
    [TestCase("a: b\nc: \0\n", "2:4", "U+0000")]
    public void A_control_character_is_named_with_its_place(string document, string place, string character)
    {
        var problems = new DiagnosticBag();
        YamlText.Parse("d.yaml", document, problems);

        Assert.That(problems.Items.Single().ToString(), Does.StartWith($"d.yaml:{place}: error PL0018").And.Contain(character));
    }

    [TestCase("a: b\n---\n", 0)]
    [TestCase("a: b\n---\n# the end\n", 0)]
    [TestCase("a: b\n...\n---\n---\n", 0)]
    [TestCase("a: b\n---\nc: d\n", 1)]
    [TestCase("a: b\n---\n---\nc: d\n", 1)]
    public void Marks_with_nothing_behind_them_are_no_second_document(string document, int errors)
    {
        var problems = new DiagnosticBag();
        var root = YamlText.Parse("d.yaml", document, problems);

        Assert.That(root, Is.InstanceOf<YamlMapping>());
        Assert.That(problems.Items.Select(d => d.Code), Is.EqualTo(Enumerable.Repeat("PL0012", errors)));
    }

    [Test]
    public void The_table_holds_every_form() => Assert.That(Rows().Count(), Is.GreaterThan(300));

    private static bool IsNull(string expected) =>
        expected.StartsWith("[\"plain\"", StringComparison.Ordinal) && expected.EndsWith(",\"\",\"\"]", StringComparison.Ordinal);

    private static JsonTextNode Dump(YamlNode node)
    {
        JsonTextNode[] parts = node switch
        {
            YamlScalar s => [Text(s.Text)],
            YamlSequence s => [.. s.Items.Select(Dump)],
            YamlMapping m => [.. m.Entries.SelectMany(e => new[] { Dump(e.Key), Dump(e.Value) })],
            _ => [],
        };
        var kind = node switch
        {
            YamlScalar { Style: YamlScalarStyle.Plain } => "plain",
            YamlScalar { Style: YamlScalarStyle.SingleQuoted } => "single",
            YamlScalar { Style: YamlScalarStyle.DoubleQuoted } => "double",
            YamlScalar { Style: YamlScalarStyle.Literal } => "literal",
            YamlScalar => "folded",
            YamlSequence => "list",
            _ => "mapping",
        };
        var tag = node.Tag is { } t && t.StartsWith(Core, StringComparison.Ordinal) ? "!!" + t[Core.Length..] : node.Tag ?? "";
        return new JsonTextArray(
            ((JsonTextNode[])[Text(kind), Text($"{node.Span.Line}:{node.Span.Column}"), Text(tag), .. parts]).ToValueList()
        );
    }

    private static JsonTextString Text(string text) => new(text);

    private static string Unquote(string json) => ((JsonTextString)JsonText.Parse("row", json, new())!).Value;
}
