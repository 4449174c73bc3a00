using Pipeline.Kola.Tests;
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
            return $"| `{k.Name}` | {Kind(value)} | {k.Meaning.Replace("|", "\\|", StringComparison.Ordinal)} | {Default(value)} |\n";
        });
        Golden.Check(
            "../../../docs/kola-keys.md",
            "# Keys of a kola test\n\nGenerated from the table of header keys; a test compares. "
                + "They stand in a comment at the start of the test:\n\n"
                + "```bash\n#!/bin/bash\n## kola:\n##   description: the motd is ours\n##   exclusive: false\n```\n\n"
                + "| key | value | what it does | when it is not written |\n|---|---|---|---|\n"
                + string.Concat(rows)
        );
    }

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
