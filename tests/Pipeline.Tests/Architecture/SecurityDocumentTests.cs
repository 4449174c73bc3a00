using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary><c>docs/security.md</c> names tests that exist, in every row.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class SecurityDocumentTests
{
    [Test]
    public void Every_row_names_a_test_that_exists()
    {
        var known = Tests().ToHashSet(StringComparer.Ordinal);
        var wrong =
            from row in Rows(File.ReadAllText(SourceTree.Path("docs/security.md")))
            let names = Quoted().Matches(row.Split('|')[^2]).Select(m => m.Groups[1].Value).ToArray()
            from name in names.Length == 0 ? [$"no test in: {row}"] : names.Where(n => !known.Contains(n))
            select name;

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Rows_are_found_and_headings_are_none() =>
        Assert.That(Rows("text\n\n| what | how | test |\n|---|---|---|\n| a | b | `T.M` |\n"), Is.EqualTo(["| a | b | `T.M` |"]));

    private static IEnumerable<string> Rows(string document) =>
        document
            .Split('\n')
            .Where(l =>
                l.StartsWith('|') && !l.StartsWith("|-", StringComparison.Ordinal) && !l.StartsWith("| what", StringComparison.Ordinal)
            );

    /// <summary>Every fixture, and every test as <c>Fixture.Test</c>, in the sources of all test projects.</summary>
    private static IEnumerable<string> Tests()
    {
        foreach (var file in Directory.EnumerateFiles(SourceTree.Path("tests"), "*.cs", SearchOption.AllDirectories))
        {
            var fixture = "";
            foreach (var line in File.ReadLines(file))
            {
                if (Fixture().Match(line) is { Success: true } type)
                {
                    fixture = type.Groups[1].Value;
                    yield return fixture;
                }
                else if (Method().Match(line) is { Success: true } method)
                {
                    yield return $"{fixture}.{method.Groups[1].Value}";
                }
            }
        }
    }

    [GeneratedRegex("`([A-Za-z0-9_.]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^(?:public|internal) .*\bclass (\w+)")]
    private static partial Regex Fixture();

    [GeneratedRegex(@"^    public .*?\b([A-Z]\w*)\(")]
    private static partial Regex Method();
}
