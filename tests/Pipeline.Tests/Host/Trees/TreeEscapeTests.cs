using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Host.Trees;

/// <summary>Links in every component of a path, against every operation: nothing outside of the tree is read or changed.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TreeEscapeTests : TreeFixture
{
    /// <summary>Every operation that takes a path.</summary>
    private static readonly Dictionary<string, Action<TreeHandle, TreePath, TreeLinks>> Operations = new()
    {
        ["status"] = (t, p, l) => t.Status(p, l),
        ["read link"] = (t, p, l) => t.ReadLink(p, l),
        ["read"] = (t, p, l) => t.ReadBytes(p, 1000, l),
        ["read where it leads"] = (t, p, l) => Assert.That(t.ReadText(p, 1000, l), Is.Not.EqualTo(Secret)),
        ["list"] = (t, p, l) => Assert.That(t.Entries(p, l), Is.Empty),
        ["walk"] = (t, p, l) => Assert.That(t.Walk(p, TreeOrder.Both, null, l), Is.Empty),
        ["open directory"] = (t, p, l) => t.OpenDirectory(p, l).Dispose(),
        ["create"] = (t, p, l) => t.CreateFile(p, "x"u8, FileModes.Plain, l),
        ["replace"] = (t, p, _) => t.ReplaceFile(p, "x", FileModes.Plain),
        ["replace link"] = (t, p, _) => t.ReplaceLink(p, "x"),
        ["make directory"] = (t, p, l) => t.MakeDirectory(p, FileModes.Executable, l),
        ["make directories"] = (t, p, _) => t.MakeDirectories(p / "a/b"),
        ["symlink"] = (t, p, l) => t.Symlink(p, "x"u8, l),
        ["link"] = (t, p, l) => t.Link(p, t, "mine", l),
        ["link from"] = (t, p, l) => t.Link("stolen", t, p, l),
        ["rename to"] = (t, p, l) => t.TryRename("mine", p, l),
        ["rename from"] = (t, p, l) => t.TryRename(p, "stolen", l),
        ["mode"] = (t, p, l) => t.SetMode(p, FileModes.Permissions, l),
        ["owner"] = (t, p, l) => t.SetOwner(p, 0, 0, l),
        ["times"] = (t, p, l) => t.SetTimes(p, 7, l),
        ["attributes"] = (t, p, l) => t.Attributes(p, l),
        ["set attribute"] = (t, p, l) => t.SetAttribute(p, "user.x", "x"u8, l),
        ["delete"] = (t, p, l) => t.Delete(p, l),
        ["clear"] = (t, p, l) => t.Clear(p, l),
        ["copy to"] = (t, p, _) => TreeCopy.Copy(t, "mine", t, p),
        ["copy from"] = (t, p, _) => TreeCopy.Copy(t, p, t, "stolen"),
        ["move to"] = (t, p, _) => TreeCopy.Move(t, "mine", p),
        ["move from"] = (t, p, _) => TreeCopy.Move(t, p, "stolen"),
    };

    private static IEnumerable<TestCaseData> Cases() =>
        from operation in Operations.Keys
        from path in (string[])
            ["link/file", "link", "dir/link/file", "dir/link", "dir/../link/file", "../outside/file", "dir/../../outside/file"]
        from kind in (string[])["absolute", "climbing", "magic root", "magic directory", "two links"]
        select new TestCaseData(operation, path, kind);

    [TestCaseSource(nameof(Cases))]
    public void Nothing_outside_is_read_or_changed(string operation, string path, string kind)
    {
        using var outside = TreeHandle.Open(Outside);
        Directory.CreateDirectory(At("dir"));
        File.WriteAllText(At("mine"), "mine");
        foreach (var link in (string[])["link", "dir/link"])
        {
            File.CreateSymbolicLink(At(link), Target(kind));
        }

        File.CreateSymbolicLink(At("hop"), Outside);
        var before = Beyond();
        foreach (var links in Enum.GetValues<TreeLinks>())
        {
            try
            {
                Operations[operation](Tree, path, links);
            }
            catch (Exception e) when (e is Pipeline.Model.Diagnostics.PipelineException or ArgumentException)
            {
                // Refusing is right, too.
            }

            Assert.That(Beyond(), Is.EqualTo(before), $"{links}");
            Assert.That(Everything(), Does.Not.Contain(Secret), $"{links}");
        }
    }

    [TestCase(TreeLinks.Beneath, "link/file", ExpectedResult = "PL0371")]
    [TestCase(TreeLinks.Beneath, "up/outside/file", ExpectedResult = "PL0371")]
    [TestCase(TreeLinks.Beneath, "../outside/file", ExpectedResult = "PL0371")]
    [TestCase(TreeLinks.Refused, "link/file", ExpectedResult = "PL0371")]
    [TestCase(TreeLinks.Refused, "inside/file", ExpectedResult = "PL0371")]
    [TestCase(TreeLinks.InRoot, "magic/file", ExpectedResult = "PL0371")]
    [TestCase(TreeLinks.InRoot, "loop/file", ExpectedResult = "PL0371")]
    public string A_link_that_is_not_followed_is_an_error_with_the_path_and_the_tree(TreeLinks links, string path)
    {
        Directory.CreateDirectory(At("dir"));
        File.CreateSymbolicLink(At("link"), Outside);
        File.CreateSymbolicLink(At("up"), "dir/../..");
        File.CreateSymbolicLink(At("inside"), "dir");
        File.CreateSymbolicLink(At("loop"), "loop");
        using var tree = path.StartsWith("magic", StringComparison.Ordinal) ? TreeHandle.Open("/proc/self") : null;
        var real = tree is null ? path : "root/etc";

        var error = Assert.Catch<Pipeline.Model.Diagnostics.PipelineException>(() => (tree ?? Tree).ReadBytes(real, 10, links))!;

        Assert.That(error.Message, Does.Contain(real).And.Contain((tree ?? Tree).Directory));
        return string.Join(' ', error.Diagnostics.Select(d => d.Code));
    }

    [TestCase("abs/file")]
    [TestCase("rel/file")]
    [TestCase("climb/dir/file")]
    [TestCase("climb/../../dir/file")]
    public void Links_in_parents_are_followed_as_after_chroot(string path)
    {
        Directory.CreateDirectory(At("dir"));
        File.WriteAllText(At("dir/file"), "mine");
        File.CreateSymbolicLink(At("abs"), "/dir");
        File.CreateSymbolicLink(At("rel"), "dir");
        File.CreateSymbolicLink(At("climb"), "../../../..");

        Assert.That(Tree.ReadBytes(path, 100), Is.EqualTo("mine"u8.ToArray()));
    }

    [Test]
    public void The_last_link_is_followed_only_by_the_methods_that_say_so()
    {
        File.WriteAllText(At("file"), "mine");
        File.CreateSymbolicLink(At("link"), "/file");
        File.CreateSymbolicLink(At("away"), $"{Outside}/file");

        Assert.That(Tree.ReadText("link", 100), Is.EqualTo("mine"));
        Assert.That(Tree.ReadText("away", 100), Is.Null);
        Assert.That(CodesOf(() => Tree.ReadBytes("link", 100)), Is.EqualTo("PL0373"));
        Assert.That(Encoding.UTF8.GetString(Tree.ReadLink("away")), Is.EqualTo($"{Outside}/file"));
    }

    private string Target(string kind) =>
        kind switch
        {
            "absolute" => Outside,
            "climbing" => "../../../../../../../../../../.." + Outside,
            "magic root" => "/proc/self/root" + Outside,
            "magic directory" => $"/proc/{Environment.ProcessId}/cwd/../../../../../../../../.." + Outside,
            _ => "hop",
        };

    /// <summary>The text of all files in the tree.</summary>
    private string Everything() =>
        string.Join(
            '\n',
            Tree.Walk(TreePath.Root, TreeOrder.ParentsFirst).Where(e => e.Kind == UnixKind.File).Select(e => Tree.ReadText(e.Path, 1000))
        );
}
