using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>
/// Paths of packages never reach ordinary file calls, each C function is declared once, and permission bits have names. See the README of
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

    /// <summary>Beginnings of names of files of those that also handle paths of our own, with the reason.</summary>
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["ComposeRun."] = "writes documents and logs into the staging directory of the build",
        ["DeflateAhead."] = "finds and removes directories of its own cache",
        ["DeflatedLayers."] = "writes and removes files of its own cache",
        ["GrubTree."] = "writes the loader's files beside the tree, into the scratch of the image",
        ["TreeHandle."] = "makes the root directory of a tree of ours",
        ["Workbench."] = "makes and removes the scratch of the image",
    };

    [Test]
    public void Rooms_that_handle_trees_make_no_ordinary_file_calls()
    {
        var calls =
            from file in Sources().Where(f => HandlesTrees(f.Path, f.Text))
            where !Allowed.Keys.Any(a => IsCalled(file.Path, a))
            from call in CallsIn(file.Text)
            select $"{file.Path}: {call}";

        Assert.That(calls, Is.Empty);
    }

    [Test]
    public void Every_exception_is_still_needed()
    {
        var needed = Sources().Where(f => HandlesTrees(f.Path, f.Text) && CallsIn(f.Text).Any()).Select(f => f.Path).ToArray();

        Assert.That(Allowed.Keys.Where(a => !needed.Any(n => IsCalled(n, a))), Is.Empty);
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

    [Test]
    public void Permission_bits_are_not_written_as_hexadecimal_numbers()
    {
        var modes =
            from file in Sources()
            from line in file.Text.Split('\n')
            from Match mode in HexMode().Matches(line)
            select $"{file.Path}: {mode.Value}";

        Assert.That(modes, Is.Empty);
    }

    [TestCase("UnixFile.SetMode(path, 0x1ED);", ExpectedResult = true)]
    [TestCase("Mode = (UnixFileMode)0x1a4", ExpectedResult = true)]
    [TestCase("private const int Mode = 0x180;", ExpectedResult = true)]
    [TestCase("(status.Mode & 0x40) != 0", ExpectedResult = true)]
    [TestCase("f.Mode & 0x1ff : x", ExpectedResult = true)]
    [TestCase("fallocate(fd, 3, 0x10000)", ExpectedResult = false)]
    [TestCase("const int firstBlock = 0x1f4;", ExpectedResult = false)]
    public bool A_mode_in_hexadecimal_is_recognised(string code) => HexMode().IsMatch(code);

    private static bool IsCalled(string path, string beginning) => Path.GetFileName(path).StartsWith(beginning, StringComparison.Ordinal);

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

    [GeneratedRegex(
        @"(?i)0x(?:1ed|1a4|1c0|180|1ff|3ff|fff|1e8|1b0|1b6|16d|124|1f8)\b|\(UnixFileMode\)0x|\.Mode\)? (?:&|==) 0x|SetMode\([^)]*0x"
    )]
    private static partial Regex HexMode();
}
