using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Architecture;

/// <summary>
/// Folders of a project use one another in one direction. A folder uses another when one of its files names the other's namespace, in a
/// <c>using</c> or in front of a type. The files at the top of a project are its façade: they may use every folder, and no folder counts as
/// using them.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class FolderTests
{
    /// <summary>
    /// Projects that still have a circle, with the folders in it. Remove an entry when its circle is gone; the test fails if you forget.
    /// </summary>
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal) { };

    [TestCaseSource(nameof(Projects))]
    public void Folders_of_a_project_use_one_another_in_one_direction(string project)
    {
        var circle = Circle(Uses(Files(project), project));

        Assert.That(circle, Is.EqualTo(Known.GetValueOrDefault(project, "")));
    }

    [TestCaseSource(nameof(Projects))]
    public void Folders_inside_a_folder_use_one_another_in_one_direction(string project)
    {
        var circles = Files(project)
            .Where(f => f.Folders.Length > 0)
            .GroupBy(f => f.Folders[0], StringComparer.Ordinal)
            .Select(g => (g.Key, Circle: Circle(Uses(g.Select(f => f with { Folders = f.Folders[1..] }), $"{project}.{g.Key}"))))
            .Where(c => c.Circle.Length > 0)
            .Select(c => $"{c.Key}: {c.Circle}");

        Assert.That(circles, Is.Empty);
    }

    [TestCase("using P.B;", "using P.A;", "A → B → A")]
    [TestCase("using P.B.Inner;", "using static P.A.InA;", "A → B → A")]
    [TestCase("var x = new B.InB();", "using I = P.A.InA;", "A → B → A")]
    [TestCase("using P.B;", "/// <see cref=\"A.Other\"/> this.A.InA", "")]
    [TestCase("using P.B;", "using P.B.Inner;", "")]
    [TestCase("using P.B;", "using P.C;", "A → B → C → A")]
    public void A_circle_is_found(string inA, string inB, string expected)
    {
        SourceFile[] files =
        [
            new(["A"], inA + "\nclass InA;"),
            new(["B"], inB + "\nclass InB;"),
            new(["C"], "using P.A;\nclass InC;"),
            new([], "using P.A;\nusing P.B;\nusing P.C;"),
        ];

        Assert.That(Circle(Uses(files, "P")), Is.EqualTo(expected));
    }

    private static IEnumerable<string> Projects() =>
        Directory.EnumerateDirectories(SourceTree.Path("src")).Select(d => Path.GetFileName(d)).Order();

    private static SourceFile[] Files(string project)
    {
        var root = SourceTree.Path(Path.Combine("src", project));
        return
        [
            .. Directory
                .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(f => new SourceFile(Path.GetRelativePath(root, f).Split('/')[..^1], File.ReadAllText(f)))
                .Where(f => f.Folders is not ["obj" or "bin", ..]),
        ];
    }

    /// <summary>Which first-level folders each first-level folder names.</summary>
    private static SortedDictionary<string, SortedSet<string>> Uses(IEnumerable<SourceFile> files, string root)
    {
        var rooms = files
            .Where(f => f.Folders.Length > 0)
            .ToLookup(f => f.Folders[0], f => Comment().Replace(f.Text, ""), StringComparer.Ordinal);
        var types = rooms.ToDictionary(
            r => r.Key,
            r => r.SelectMany(t => Declaration().Matches(t)).Select(m => m.Groups["name"].Value).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        var uses = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var room in rooms)
        {
            var named =
                from text in room
                from Match match in Name().Matches(text)
                let full = match.Value
                let relative = full.StartsWith(root + ".", StringComparison.Ordinal) ? full[(root.Length + 1)..] : full
                let parts = relative.Split('.')
                where types.ContainsKey(parts[0]) && parts[0] != room.Key
                where relative.Length < full.Length || parts.Skip(1).Any(types[parts[0]].Contains)
                select parts[0];
            uses[room.Key] = new(named, StringComparer.Ordinal);
        }

        return uses;
    }

    /// <summary>The first circle from the first folder that is in one, as <c>A → B → A</c>; empty when there is none.</summary>
    private static string Circle(SortedDictionary<string, SortedSet<string>> uses)
    {
        foreach (var start in uses.Keys)
        {
            var from = new Dictionary<string, string>(StringComparer.Ordinal);
            var open = new Queue<string>([start]);
            while (open.TryDequeue(out var here))
            {
                foreach (var next in uses[here])
                {
                    if (next == start)
                    {
                        var path = new List<string> { start };
                        for (var step = here; step != start; step = from[step])
                        {
                            path.Insert(0, step);
                        }

                        return string.Join(" → ", path.Prepend(start));
                    }

                    if (from.TryAdd(next, here))
                    {
                        open.Enqueue(next);
                    }
                }
            }
        }

        return "";
    }

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    /// <summary>A dotted name that is not the end of a longer one.</summary>
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*(\.[A-Z]\w*)+")]
    private static partial Regex Name();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex Declaration();

    private sealed record SourceFile(string[] Folders, string Text);
}
