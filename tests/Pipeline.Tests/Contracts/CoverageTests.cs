using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Releases.Documents;
using Pipeline.TestKit;
using Pipeline.Tests.Compose;
using Pipeline.Tests.Provisioning;

namespace Pipeline.Tests.Contracts;

/// <summary>The documents of the test data hold every member of every record and every layout that a publisher uses.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class CoverageTests
{
    public static IEnumerable<string> Kinds() => ContractKind.All.Select(k => k.Name);

    public static IEnumerable<string> Metas() => ContractFiles.All.Where(f => f.Kind == "meta").Select(f => f.File);

    [TestCaseSource(nameof(Kinds))]
    public void Every_member_of_a_record_is_in_some_document_and_every_document_is_valid(string kind)
    {
        var check = new JsonSchemaCheck(ContractKind.Of(kind).Schema(), closed: false);

        using (Assert.EnterMultipleScope())
        {
            foreach (var (_, file) in ContractFiles.All.Where(f => f.Kind == kind))
            {
                Assert.That(check.Problems(Json(file)), Is.Empty, file);
            }

            Assert.That(check.Members.Except(check.Seen, StringComparer.Ordinal), Is.Empty, "add the member to a document");
        }
    }

    [TestCaseSource(nameof(Metas))]
    public void Only_the_early_meta_has_a_member_that_its_schema_does_not_know(string file) =>
        Assert.That(
            MetaSchema.Ours(ContractFiles.Read(file)),
            file == "meta-early.json" ? Has.Some.Contains("'x-unknown' is not allowed") : Is.Empty
        );

    [Test]
    public void A_wrong_meta_is_refused_by_its_schema()
    {
        var text = Encoding.UTF8.GetString(ContractFiles.Read("meta-full.json"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Problems("\"buildid\"", "\"build-id\""), Is.EqualTo([": 'buildid' is missing", ": 'build-id' is not allowed"]));
            Assert.That(Problems("\"coreos-assembler.image-genver\": 3", "\"coreos-assembler.image-genver\": \"3\""), Has.Count.EqualTo(1));
            Assert.That(Problems("\"branch\"", "\"brunch\""), Has.Count.EqualTo(3));
            Assert.That(Problems("\"ostree-commit\": \"", "\"ostree-commit\": \"x"), Has.Some.Contains("/ostree-commit: does not match"));
        }

        IReadOnlyList<string> Problems(string before, string after) =>
            MetaSchema.Ours(Encoding.UTF8.GetBytes(text.Replace(before, after, StringComparison.Ordinal)));
    }

    [Test]
    public void Every_layout_of_a_publisher_is_in_some_document()
    {
        var layouts = ContractFiles
            .All.Where(f => f.File.EndsWith(".json", StringComparison.Ordinal))
            .Select(f => JsonStyles.Detect(ContractFiles.Read(f.File)))
            .Select(s => (s.Indent, s.FinalNewline, s.SpaceAfterColon))
            .Distinct();

        // Stream, updates and lock, index and graph, release, builds and meta.
        Assert.That(
            layouts,
            Is.EquivalentTo(
                new (string?, bool, bool)[]
                {
                    ("    ", true, false),
                    ("  ", true, false),
                    (null, false, false),
                    (null, false, true),
                    ("    ", false, false),
                }
            )
        );
    }

    [TestCase("stream.json", "\\u003cnext \\u0026 testing\\u003e")]
    [TestCase("updates.json", "\\u00dcn\\u00efted <keys> & \\\"rings\\\"")]
    [TestCase("release.json", "\\u00e9")]
    [TestCase("notes.json", "<b> é")]
    public void The_escapes_of_each_publisher_are_in_its_document(string file, string escaped) =>
        Assert.That(Encoding.UTF8.GetString(ContractFiles.Read(file)), Does.Contain(escaped));

    [Test]
    public void The_readme_names_every_file_and_no_other()
    {
        var root = SourceTree.Path("tests/Pipeline.Tests/TestData");
        var examples = TestFiles.Examples.Keys.Select(e => $"Provisioning/{e}").ToHashSet(StringComparer.Ordinal);
        var named = File.ReadLines(Path.Combine(root, "README.md"))
            .Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Split('`')[1]);
        var files = Directory
            .EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f))
            .Where(f => f != "README.md" && !examples.Contains(f));

        Assert.That(named, Is.EquivalentTo(files));
        Assert.That(
            ContractFiles.All.Select(f => f.File),
            Is.EquivalentTo(Directory.EnumerateFiles(ContractFiles.Root).Select(Path.GetFileName))
        );
    }

    private static string Json(string file)
    {
        var text = Encoding.UTF8.GetString(ContractFiles.Read(file));
        if (file.EndsWith(".json", StringComparison.Ordinal))
        {
            return text;
        }

        var problems = new DiagnosticBag();
        return JsonTextWriter.Write(YamlAsJson.Convert(YamlText.Parse(file, text, problems)!), JsonStyle.Compact);
    }
}
