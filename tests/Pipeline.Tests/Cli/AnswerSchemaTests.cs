using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Cli.Answers;
using Pipeline.Host.Files;
using Pipeline.TestKit;
using Pipeline.Tests.Contracts;

namespace Pipeline.Tests.Cli;

/// <summary>
/// Answers under <c>--json</c> have keys of one style, and a schema in <c>docs/schemas/</c> that is made from their records. Every answer
/// that any test of the command line gets is checked against it (<see cref="AnswerCheck"/>).
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class AnswerSchemaTests
{
    public static IEnumerable<string> Verbs() => AnswerSchemas.Own.Keys;

    [Test]
    public void Every_verb_that_answers_in_json_has_a_schema_or_says_whose_document_it_prints()
    {
        var verbs = HelpTests.Shown().Where(v => v.Command.Options.Any(o => o.Name == "--json")).Select(v => v.Path);
        Assert.That(AnswerSchemas.Own.Keys.Concat(AnswerSchemas.Foreign.Keys).Order(), Is.EqualTo(verbs.Order()));
    }

    [TestCaseSource(nameof(Verbs))]
    public void The_schema_is_in_the_documentation(string verb) =>
        Golden.Check($"../../../docs/schemas/{verb.Replace(' ', '-')}.json", AnswerSchemas.Of(verb));

    [TestCaseSource(nameof(Verbs))]
    public void Keys_are_kebab_case(string verb)
    {
        using var schema = JsonDocument.Parse(AnswerSchemas.Of(verb));
        Assert.That(Keys(schema.RootElement).Where(k => !KebabCase().IsMatch(k)), Is.Empty);
    }

    [TestCase("compose-table.json", "compose")]
    [TestCase("package-inspect-deb.json", "package inspect")]
    [TestCase("package-inspect-rpm.json", "package inspect")]
    [TestCase("iso-inspect.json", "iso inspect")]
    public void Pinned_answers_fit(string golden, string verb)
    {
        var answer = File.ReadAllText(Path.Combine(Golden.Root, "Cli", golden));
        Assert.That(new JsonSchemaCheck(AnswerSchemas.Of(verb), closed: true).Problems(answer), Is.Empty);
    }

    [TestCase("graph simulate --index releases.json --updates updates.json --arch x86_64")]
    [TestCase("graph simulate --index releases.json --before updates.json --after updates.json --arch x86_64")]
    [TestCase("graph simulate --index releases.json --updates updates.json --arch x86_64 --fleet 10")]
    [TestCase("rollout print updates.json")]
    [TestCase("rollout report updates.json --index releases.json")]
    [TestCase("stream diff stream.json stream.json")]
    [TestCase("contract check stream stream.json")]
    [TestCase("version compare 43.20260101.3.0 43.20260101.3.1")]
    [TestCase("cache show")]
    [TestCase("cache prune --dry-run")]
    [TestCase("builds list")]
    public async Task An_answer_fits_its_schema_and_has_no_other_keys(string call)
    {
        using var directory = new TemporaryDirectory();
        foreach (var file in Directory.EnumerateFiles(ContractFiles.Root))
        {
            var text = await File.ReadAllTextAsync(file);
            text = text.Replace("\"stream\": \"testing\"", "\"stream\": \"stable\"", StringComparison.Ordinal);
            await File.WriteAllTextAsync(directory.File(Path.GetFileName(file)), text);
        }

        string[] args = ["-C", ".", .. call.Split(' '), "--json"];
        var run = await CliRun.Of(args, directory.Path);

        Assert.That(run.Output, Is.Not.Empty, run.Error);
        Assert.That(AnswerCheck.Problems(args, run.Output), Is.Empty);
        if (run.Output.Contains("\":", StringComparison.Ordinal))
        {
            Assert.That(AnswerCheck.Problems(args, run.Output.Replace("\":", "_x\":", StringComparison.Ordinal)), Is.Not.Empty);
        }
    }

    [TestCase("builds show nothing", 2)]
    [TestCase("builds lst", 2)]
    [TestCase("cache prune --budget 3X", 2)]
    [TestCase("manifest show missing.yaml", 2)]
    public async Task Problems_are_json_under_json(string call, int exit)
    {
        using var directory = new TemporaryDirectory();
        var run = await CliRun.Of(["-C", ".", .. call.Split(' '), "--json"], directory.Path);
        var schema = new JsonSchemaCheck(AnswerSchemas.Problem, closed: true);

        Assert.That(run.ExitCode, Is.EqualTo(exit));
        Assert.That(run.Error, Is.Not.Empty);
        Assert.That(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(schema.Problems), Is.Empty, run.Error);
    }

    [Test]
    public async Task Problems_are_text_when_the_way_of_progress_was_chosen()
    {
        using var directory = new TemporaryDirectory();
        var run = await CliRun.Of(["-C", ".", "--progress=plain", "builds", "show", "nothing", "--json"], directory.Path);
        Assert.That(run.Error, Does.StartWith("error PL"));
    }

    [Test]
    public async Task Progress_as_json_has_kebab_case_keys()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("m.yaml"), "schema: compose/v1\nmetadata: {name: 1}\nnope: 1\n");
        var run = await CliRun.Of(["--progress=json", "manifest", "show", "m.yaml"], directory.Path);
        var keys = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => Members(JsonDocument.Parse(l).RootElement));
        Assert.That(keys.Where(k => !KebabCase().IsMatch(k)), Is.Empty, run.Error);
    }

    private static IEnumerable<string> Members(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().SelectMany(m => Members(m.Value).Prepend(m.Name)) : [];

    private static IEnumerable<string> Keys(JsonElement schema) =>
        schema.ValueKind switch
        {
            JsonValueKind.Object => schema
                .EnumerateObject()
                .SelectMany(m =>
                    m.Name == "properties" ? m.Value.EnumerateObject().SelectMany(p => Keys(p.Value).Prepend(p.Name)) : Keys(m.Value)
                ),
            JsonValueKind.Array => schema.EnumerateArray().SelectMany(Keys),
            _ => [],
        };

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex KebabCase();
}
