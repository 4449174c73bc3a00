using Pipeline.Releases.Documents;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Contracts;

/// <summary>A document in the place of one of another kind: the message says what it is, not what it lacks.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class WrongKindTests
{
    public static IEnumerable<TestCaseData> Pairs() =>
        from document in ContractFiles.All
        where document.File.EndsWith(".json", StringComparison.Ordinal)
        from kind in ContractKind.All
        where kind.Name != document.Kind
        select new TestCaseData(document.Kind, document.File, kind.Name);

    [TestCaseSource(nameof(Pairs))]
    public async Task A_document_checked_as_another_kind_is_named(string kind, string file, string asked)
    {
        var run = await CliRun.Of(["contract", "check", asked, file], ContractFiles.Root);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
        Assert.That(
            run.Error,
            Does.StartWith($"{file}:1:1: error PL5026: this is {Named(kind)} document, not {Named(asked)} document"),
            run.Error
        );
    }

    [TestCase("graph build --arch x86_64 --index updates.json --updates releases.json", "updates", "releases")]
    [TestCase("release index new.json --url https://a.example --add stream.json", "stream", "release")]
    [TestCase("release metadata release.json --base-url https://a.example", "release", "meta")]
    [TestCase("stream diff releases.json stream.json", "releases", "stream")]
    public async Task Every_verb_names_a_document_of_another_kind(string line, string kind, string expected)
    {
        var run = await CliRun.Of(line.Split(' '), ContractFiles.Root);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
        Assert.That(run.Error, Does.Contain($"this is {Named(kind)} document, not {Named(expected)} document"));
        Assert.That(File.Exists(Path.Combine(ContractFiles.Root, "new.json")), Is.False);
    }

    [Test]
    public async Task A_document_of_no_kind_shows_what_is_wrong_with_it()
    {
        var run = await CliRun.Of(["contract", "check", "release", "-"], ContractFiles.Root);
        var other = await CliRun.Of(["contract", "check", "stream", "kola-denylist.yaml"], ContractFiles.Root);

        Assert.That((run.ExitCode, other.ExitCode), Is.EqualTo((2, 2)));
        Assert.That(run.Error + other.Error, Does.Not.Contain("this is a"));
    }

    private static string Named(string kind) => kind is "updates" or "overrides" ? $"an {kind}" : $"a {kind}";
}
