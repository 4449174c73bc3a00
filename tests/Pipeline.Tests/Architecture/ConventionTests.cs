using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>House rules that a compiler cannot keep.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class ConventionTests
{
    [Test]
    public void No_source_file_is_longer_than_400_lines()
    {
        var tooLong = Sources()
            .Select(f => (File: f, Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > 400)
            .Select(f => $"{Path.GetRelativePath(SourceTree.Root, f.File)}: {f.Lines}");

        Assert.That(tooLong, Is.Empty);
    }

    [Test]
    public void Every_diagnostic_code_lives_in_one_file()
    {
        var shared =
            from file in Sources().Where(f => f.Contains("/src/", StringComparison.Ordinal))
            from Match code in Code().Matches(File.ReadAllText(file))
            group Path.GetRelativePath(SourceTree.Root, file) by code.Value into sites
            where sites.Distinct().Count() > 1
            orderby sites.Key
            select $"{sites.Key}: {string.Join(", ", sites.Distinct().Order(StringComparer.Ordinal))}";

        Assert.That(shared, Is.Empty);
    }

    /// <summary>Otherwise what sandboxes of a build use is nobody's time, and a limit of the job does not count it.</summary>
    [TestCase("src/Pipeline.Cli/Program.cs")]
    [TestCase("build/Program.cs")]
    public void Every_program_adopts_the_processes_below_it_first(string program)
    {
        var first = File.ReadLines(SourceTree.Path(program)).SkipWhile(l => l.Length > 0).First(l => l.Length > 0);

        Assert.That(first, Is.EqualTo("using var children = Children.Adopt();"));
    }

    [Test]
    public void Only_one_class_starts_ostree()
    {
        var others = SourceTree
            .CSharp("src", "build")
            .Where(f => OstreeCommand().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(SourceTree.Root, f));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(others, Is.Empty);
            Assert.That(OstreeCommand().IsMatch("tools.RunAsync(new(\"ostree\", [\"refs\"]))"), "the rule finds a command");
        }
    }

    [Test]
    public void Every_source_project_has_a_page()
    {
        var missing = Directory
            .EnumerateDirectories(SourceTree.Path("src"))
            .Where(d => !File.Exists(Path.Combine(d, "README.md")) || new FileInfo(Path.Combine(d, "README.md")).Length < 400)
            .Select(Path.GetFileName);

        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void No_line_is_longer_than_140_columns()
    {
        var tooLong =
            from file in Sources()
            from line in File.ReadLines(file).Select((text, n) => (Text: text, Number: n + 1))
            where line.Text.Length > 140
            select $"{Path.GetRelativePath(SourceTree.Root, file)}:{line.Number}: {line.Text.Length}";

        Assert.That(tooLong, Is.Empty);
    }

    private static IEnumerable<string> Sources() => SourceTree.CSharp("src", "tests", "build");

    [GeneratedRegex(@"\b(new|ToolCommand)\(\s*""ostree"",\s*(\[|\w+[,)])")]
    private static partial Regex OstreeCommand();

    [GeneratedRegex("\"PL[0-9]{4}\"")]
    private static partial Regex Code();
}
