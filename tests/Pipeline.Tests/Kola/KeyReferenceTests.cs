using System.Text;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

/// <summary>The reference of header keys for people is made from their table.</summary>
[TestFixture]
public sealed class KeyReferenceTests
{
    [Test]
    public void The_page_has_every_key_with_what_counts_when_it_is_not_written()
    {
        var rows = HeaderKeys.All.Select(k =>
        {
            var value = k.Show(new TestHeader());
            var meaning = k.Meaning.Replace("|", "\\|", StringComparison.Ordinal);
            var example = k.Example;
            return $"| `{k.Name}` | {Kind(value)} | {meaning} | {Default(value)} | `{k.Name}: {example}` | {k.Since} |\n";
        });
        Golden.Check(
            "../../../docs/kola-keys.md",
            "# Keys of a kola test\n\nGenerated from the table of header keys; a test compares, and reads every example. "
                + "*otherwise*: what counts when a key is not written; *since*: the version of this program that knew it first. "
                + "They stand in a comment at the start of the test:\n\n"
                + "```bash\n#!/bin/bash\n## kola:\n##   description: the motd is ours\n##   exclusive: false\n```\n\n"
                + "| key | value | what it does | otherwise | example | since |\n|---|---|---|---|---|---|\n"
                + string.Concat(rows)
        );
    }

    [TestCaseSource(nameof(Names))]
    public void The_example_of_a_key_is_read_and_changes_the_header(string name)
    {
        var problems = new DiagnosticBag();
        var text = $"#!/bin/sh\n## kola:\n##   {name}: {HeaderKeys.All.Single(k => k.Name == name).Example}\n";
        var key = HeaderKeys.All.Single(k => k.Name == name);

        var header = TestHeaderReader.Read("t", Encoding.UTF8.GetBytes(text), new(), problems);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problems.Items, Is.Empty);
            Assert.That(key.Show(header), Is.Not.EqualTo(key.Show(new TestHeader())));
            Assert.That(new Version(key.Since), Is.LessThanOrEqualTo(typeof(HeaderKey).Assembly.GetName().Version!));
        }
    }

    private static Pipeline.Model.Values.ValueList<string> Names() => HeaderKeys.Names;

    private static string Kind(JsonTextNode value) =>
        value switch
        {
            JsonTextArray => "words or list",
            JsonTextBool => "true or false",
            JsonTextNumber => "number",
            _ => "text or number",
        };

    private static string Default(JsonTextNode value) =>
        value switch
        {
            JsonTextNull or JsonTextArray { Items.Count: 0 } or JsonTextString { Value.Length: 0 } => "",
            _ => $"`{JsonTextWriter.Write(value, JsonStyle.Compact).Trim()}`",
        };
}
