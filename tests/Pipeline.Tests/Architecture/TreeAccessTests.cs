using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>
/// Paths of packages never reach ordinary file calls, and each C function is declared once. See the README of
/// Pipeline.Host.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class TreeAccessTests
{
    /// <summary>Folders whose code handles paths inside trees; so does every file that opens one.</summary>
    private static readonly string[] Rooms =
    [
        "src/Pipeline.Compose/Commits",
        "src/Pipeline.Compose/Trees",
        "src/Pipeline.Host/Files/Trees",
    ];

    /// <summary>Names of files of those that also handle paths of our own, with the reason.</summary>
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["CommitArchive.cs"] = "Compose writes the tar into the staging directory of the build",
        ["CommitWriter.cs"] = "makes the directory of the scratch repository",
        ["ComposeRun.cs"] = "writes documents and logs into the staging directory of the build",
        ["TreeHandle.cs"] = "makes the root directory of a tree of ours",
    };

    [Test]
    public void Rooms_that_handle_trees_make_no_ordinary_file_calls()
    {
        var calls =
            from file in Sources().Where(f => HandlesTrees(f.Path, f.Text))
            where !Allowed.ContainsKey(Path.GetFileName(file.Path))
            from call in CallsIn(file.Text)
            select $"{file.Path}: {call}";

        Assert.That(calls, Is.Empty);
    }

    [Test]
    public void Every_exception_is_still_needed()
    {
        var needed = Sources().Where(f => HandlesTrees(f.Path, f.Text) && CallsIn(f.Text).Any()).Select(f => Path.GetFileName(f.Path));

        Assert.That(Allowed.Keys.Except(needed), Is.Empty);
    }

    [TestCase("var x = File.ReadAllText(p);", ExpectedResult = 1)]
    [TestCase("System.IO.Directory.Exists(p)", ExpectedResult = 1)]
    [TestCase("using var s = new FileStream(p, m);", ExpectedResult = 1)]
    [TestCase("foreach (var f in new DirectoryInfo(p).EnumerateFiles())", ExpectedResult = 1)]
    [TestCase("tree.Directory.Exists(p); UnixKind.File; // File.Exists(p)", ExpectedResult = 0)]
    [TestCase("public UnixKind File => entry.Directory.Status(name);", ExpectedResult = 0)]
    public int An_ordinary_file_call_is_recognised(string code) => CallsIn(code).Count();

    [Test]
    public void Each_C_function_is_declared_once()
    {
        var twice =
            from file in Sources()
            from Match import in Import().Matches(file.Text)
            let entry = import.Groups["entry"] is { Success: true } named ? named.Value : import.Groups["name"].Value
            group file.Path by entry into sites
            where sites.Count() > 1
            select $"{sites.Key}: {string.Join(", ", sites)}";

        Assert.That(twice, Is.Empty);
        Assert.That(Sources().Sum(f => Import().Count(f.Text)), Is.GreaterThan(20), "the pattern finds imports");
    }

    private static bool HandlesTrees(string path, string text) =>
        Rooms.Any(r => path.StartsWith(r + "/", StringComparison.Ordinal)) || text.Contains("TreeHandle.Open", StringComparison.Ordinal);

    private static IEnumerable<string> CallsIn(string text) =>
        text.Split('\n')
            .Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(l => FileCall().Matches(Code(l)).Select(m => m.Value));

    /// <summary>A line without its comment.</summary>
    private static string Code(string line) => line.Split("// ")[0];

    private static IEnumerable<(string Path, string Text)> Sources() =>
        Directory
            .EnumerateFiles(SourceTree.Path("src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .Select(f => (Path.GetRelativePath(SourceTree.Root, f), File.ReadAllText(f)));

    [GeneratedRegex(
        @"(?<![\w.])(?:System\.IO\.)?(?:File|Directory)\."
            + @"(?:Exists|Open|Read|Write|Append|Copy|Move|Delete|Create|Enumerate|Get|Set|Replace)\w*\("
            + @"|\bnew (?:FileStream|FileInfo|DirectoryInfo)\("
    )]
    private static partial Regex FileCall();

    [GeneratedRegex(
        """\[(?:LibraryImport|DllImport)\([^\]]*?(?:EntryPoint = "(?<entry>\w+)"[^\]]*)?\]\s+(?:\[[^\]]*\]\s+)*[\w ?*]*?\b(?<name>\w+)\("""
    )]
    private static partial Regex Import();
}
