using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Tests.Provisioning;

namespace Pipeline.Tests.Model;

/// <summary>A text that is not JSON is explained in words of JSON, at the place that is wrong.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class JsonFaultTests
{
    [TestCase("{\n  \"a\": 1,\n}", "2:9", "a comma must not stand before '}'", "remove the comma")]
    [TestCase("[1,]", "1:3", "a comma must not stand before ']'", "remove the comma")]
    [TestCase("[1,,2]", "1:4", "a comma follows a comma", "remove one of them")]
    [TestCase("[,1]", "1:2", "a value is missing before ','", "comma")]
    [TestCase("{\"a\":1 \"b\":2}", "1:8", "a comma is missing before '\"'", "comma")]
    [TestCase("[1 2]", "1:4", "a comma is missing before '2'", "comma")]
    [TestCase("{\"a\" 1}", "1:6", "a colon is missing after \"a\"", "write \"name\": value")]
    [TestCase("{\"a\"}", "1:5", "a colon is missing after \"a\"", "write \"name\": value")]
    [TestCase("{a: 1}", "1:2", "a name in double quotes is expected, found 'a'", "write names as \"name\"")]
    [TestCase("{'a': 1}", "1:2", "a name in double quotes is expected, found '''", "write names as \"name\"")]
    [TestCase("{\"a\": 'b'}", "1:7", "a text stands in single quotes", "double quotes")]
    [TestCase("{\"a\": }", "1:7", "a value is missing before '}'", "comma")]
    [TestCase("{\"a\":", "1:6", "the document ends where a value is expected", "comma")]
    [TestCase("{\"a\":1", "1:7", "the object that starts at line 1 is not closed", "add '}'")]
    [TestCase("\n[1\n", "3:1", "the list that starts at line 2 is not closed", "add ']'")]
    [TestCase("[1}", "1:3", "'}' where ']' is expected", "line 1 opened with '['")]
    [TestCase("{\"a\":[1}}", "1:8", "'}' where ']' is expected", "line 1 opened with '['")]
    [TestCase("[1] x", "1:5", "text stands behind the end of the document", "remove it")]
    [TestCase("[1]]", "1:4", "']' closes nothing", "remove it")]
    [TestCase("{} {}", "1:4", "text stands behind the end of the document", "remove it")]
    [TestCase("// a\n{}", "1:1", "JSON has no comments", "remove the comment")]
    [TestCase("{ /* a */ }", "1:3", "JSON has no comments", "remove the comment")]
    [TestCase("[1] # a", "1:5", "JSON has no comments", "remove the comment")]
    [TestCase("[True]", "1:2", "'True' is not a value of JSON", "lower case")]
    [TestCase("[None]", "1:2", "'None' is not a value of JSON", "double quotes")]
    [TestCase("[NaN]", "1:2", "'NaN' is not a number of JSON", "finite")]
    [TestCase("[truee]", "1:2", "'truee' is not a value of JSON", "double quotes")]
    [TestCase("[0644]", "1:2", "a number must not start with 0", "0644 is 420")]
    [TestCase("[+1]", "1:2", "a number must not start with '+'", "remove the '+'")]
    [TestCase("[.5]", "1:2", "a number must not start with '.'", "write a digit before it")]
    [TestCase("[5.]", "1:2", "a digit is missing behind the '.'", "complete the number")]
    [TestCase("[5e]", "1:2", "a digit is missing in the exponent", "complete the number")]
    [TestCase("[-]", "1:2", "'-' must be followed by a digit", "double quotes")]
    [TestCase("[0x1A]", "1:2", "not a number of JSON", "decimal")]
    [TestCase("[1_000]", "1:2", "not a number of JSON", "decimal")]
    [TestCase("[\"a]", "1:2", "the text in quotes is not closed", "add a '\"'")]
    [TestCase("[\"a\nb\"]", "1:4", "a line ends inside of a text in quotes", "\\n")]
    [TestCase("[\"a\tb\"]", "1:4", "a text holds a control character", "\\t")]
    [TestCase("[\"\\d\"]", "1:3", "'\\d' is not an escape of JSON", "\\\\")]
    [TestCase("[\"\\u12g4\"]", "1:3", "'\\u' must be followed by four hexadecimal digits", "\\\\")]
    [TestCase("", "1:1", "the document is empty", "empty")]
    [TestCase(" \n", "1:1", "the document is empty", "empty")]
    [TestCase("variant: fcos\n", "1:1", "'variant' is not a value of JSON", "double quotes")]
    public void What_is_not_json_is_said_in_words_and_at_its_place(string text, string place, string message, string hint)
    {
        var problems = new DiagnosticBag();
        JsonText.Parse("d.json", text, problems);

        Assert.That(
            problems.Items.Single().ToString(),
            Does.StartWith($"d.json:{place}: error PL0021: not valid JSON: {message}").And.Contain(hint)
        );
    }

    [Test]
    public void Another_encoding_is_named()
    {
        var problems = new DiagnosticBag();
        JsonText.Parse("d.json", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("{}")).ToArray(), problems);

        Assert.That(problems.Items.Single().Message, Does.Contain("the text is UTF-16, not UTF-8"));
    }

    [Test]
    public void What_is_too_deep_is_named()
    {
        var problems = new DiagnosticBag();
        JsonText.Parse("d.json", new string('[', 1000), problems);

        Assert.That(problems.Items.Single().Message, Does.Contain("nested deeper than 64 levels"));
    }

    // Whatever is broken in a document, the fault has a name; the reader's own words, which speak to programmers, are never shown.
    [Test]
    public void Every_broken_document_has_a_named_fault()
    {
        const string document = """
            {"a": [1, -2.5e+3, true, null], "b": {"c": "d\u00e9\n", "e": [[], {}]}, "f": "é😀"}
            """;
        var random = new Dice(1);
        var bytes = Encoding.UTF8.GetBytes(document);
        var alphabet = "{}[],:\"'\\/#tfn0-+.eE \n\tu\u0001x"u8.ToArray();
        var broken = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var mutated = bytes.ToList();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var at = random.Next(mutated.Count);
                switch (random.Next(3))
                {
                    case 0:
                        mutated.RemoveAt(at);
                        break;
                    case 1:
                        mutated.Insert(at, alphabet[random.Next(alphabet.Length)]);
                        break;
                    default:
                        mutated[at] = alphabet[random.Next(alphabet.Length)];
                        break;
                }
            }

            var problems = new DiagnosticBag();
            JsonText.Parse("d.json", mutated.ToArray(), problems);
            foreach (var problem in problems.Items.Where(d => d.Code == "PL0021"))
            {
                broken++;
                Assert.That(
                    problem.Message,
                    Does.StartWith("not valid JSON: ").And.Not.Contain("LineNumber"),
                    Encoding.UTF8.GetString([.. mutated])
                );
                Assert.That(problem.Message, Does.Not.Contain("reader").And.Not.Contain("byte position").IgnoreCase);
            }
        }

        Assert.That(broken, Is.GreaterThan(5_000));
    }
}
