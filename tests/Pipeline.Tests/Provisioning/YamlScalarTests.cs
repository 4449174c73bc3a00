using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning.Butane;
using Pipeline.Provisioning.Tree;
using Pipeline.TestKit;

namespace Pipeline.Tests.Provisioning;

/// <summary>
/// Scalars in every position and for every type, as the YAML library of Butane reads them: <c>TestData/Yaml/scalars.tsv</c> was written by
/// that library (<c>generate.go</c> beside it).
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class YamlScalarTests
{
    private const string Head = "variant: fcos\nversion: 1.6.0\n";
    private const string User = "passwd:\n  users:\n    - ";
    private const string File = "storage:\n  files:\n    - ";

    // The column of the table, the document around the scalar and where the value is found.
    private static readonly (string Before, string After, string[] Path)[] Positions =
    [
        (User + "gecos: ", "", ["passwd", "users", "gecos"]),
        (User + "system: ", "", ["passwd", "users", "system"]),
        (User + "uid: ", "", ["passwd", "users", "uid"]),
        (File + "contents: ", "", ["storage", "files", "contents"]),
        (User + "groups: ", "", ["passwd", "users", "groups"]),
        (File + "append: ", "", ["storage", "files", "append"]),
        (User + "groups:\n        - a\n        - ", "        - b\n", ["passwd", "users", "groups"]),
        (File + "append:\n        - source: a\n        - ", "        - source: b\n", ["storage", "files", "append"]),
    ];

    // A fraction is cut off there, and what is too small becomes the smallest number; here both are errors.
    private static readonly HashSet<string> NotIntegers = ["1.5", "-1.5", ".5", "1e-1", "!!float 1.5", "-.inf", "-9223372036854775809"];

    // Bytes that are no text are written as replacement characters there; here only 'inline' takes them.
    private static readonly HashSet<string> NotTexts = ["!!binary /w=="];

    public static IEnumerable<TestCaseData> Rows() =>
        System
            .IO.File.ReadLines(SourceTree.Path("tests/Pipeline.Tests/TestData/Yaml/scalars.tsv"))
            .Where(l => !l.StartsWith('#'))
            .Select(l => l.Split('\t'))
            .Select(r => new TestCaseData(Unquote(r[0]), r[1..]).SetArgDisplayNames(r[0]));

    [TestCaseSource(nameof(Rows))]
    public void A_scalar_is_read_as_the_library_of_butane_reads_it(string form, string[] expected)
    {
        using (Assert.EnterMultipleScope())
        {
            for (var i = 0; i < Positions.Length; i++)
            {
                var (before, after, path) = Positions[i];
                var document = $"{Head}{before}{form}\n{after}";
                var refused = (i == 2 && NotIntegers.Contains(form)) || (NotTexts.Contains(form) && expected[i] != "-");

                Assert.That(Read(document, path), Is.EqualTo(refused ? "error" : expected[i]), document);
            }
        }
    }

    [Test]
    public void The_table_holds_what_the_field_writes() => Assert.That(Rows().Count(), Is.GreaterThan(150));

    [Test]
    public void Binary_contents_are_embedded_as_they_are()
    {
        var problems = new DiagnosticBag();
        var config = Pipeline.Provisioning.Provisioner.Transpile(
            "c.bu",
            Head + File + "path: /a\n      contents:\n        inline: !!binary /wD+\n",
            new(),
            problems
        );

        Assert.That(problems.Items, Is.Empty);
        Assert.That(config!.Storage.Files.Single().Contents!.Embedded(10), Is.EqualTo(new byte[] { 0xff, 0x00, 0xfe }));
    }

    [TestCase(File + "path: /a\n      mode: \"0644\"\n", "8:13", "expected an integer, found '0644'", "write 0644 without them")]
    [TestCase(File + "path: /a\n      mode: '420'\n", "8:13", "expected an integer, found '420'", "write 420 without them")]
    [TestCase(File + "path: /a\n      mode: !!str 0644\n", "8:13", "expected an integer, found '0644'", "write 0644 without it")]
    [TestCase(File + "path: /a\n      overwrite: \"false\"\n", "8:18", "expected true or false, found 'false'", "write false without them")]
    public void A_number_or_boolean_in_quotes_is_named_as_a_text(string text, string place, string message, string hint)
    {
        var problems = new DiagnosticBag();
        ButaneReader.Read("c.bu", "# a comment\n" + Head + "\n" + text, problems);

        Assert.That(problems.Items.Single().ToString(), Does.StartWith($"c.bu:{place}: error PL7001: {message}").And.Contain($"{hint}"));
    }

    private static string Read(string document, string[] path)
    {
        var problems = new DiagnosticBag();
        var read = ButaneReader.Read("c.bu", document, problems);
        if (problems.HasErrors)
        {
            return "error";
        }

        SpecNode? value = read!.Value.Root.Object(path[0])!.Objects(path[1]).Single()[path[2]];
        return Show(value);
    }

    private static string Show(SpecNode? value) =>
        value switch
        {
            null => "-",
            SpecText t => Quote(t.Value),
            SpecFlag f => f.Value ? "true" : "false",
            SpecNumber n => $"{n.Value}",
            SpecList l => $"[{string.Join(',', l.Items.Select(Show))}]",
            SpecObject o => o["source"] is { } source ? $"{{{Show(source)}}}" : "{}",
            _ => "?",
        };

    private static string Quote(string text)
    {
        var made = new StringBuilder(JsonTextWriter.Write(new JsonTextString(text), JsonStyle.Compact));
        return made.ToString();
    }

    private static string Unquote(string json) => ((JsonTextString)JsonText.Parse("row", json, new())!).Value;
}
