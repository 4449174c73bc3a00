using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Host.Trees;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TreeOperationTests : TreeFixture
{
    [Test]
    public void A_replaced_file_has_its_mode_and_its_parents_and_leaves_other_names_of_the_old_inode_alone()
    {
        File.WriteAllText(At("cached"), "old");
        Directory.CreateDirectory(At("a"));
        Tree.Link("a/file", Tree, "cached");

        Tree.ReplaceFile("a/file", "new", FileModes.Executable);
        Tree.ReplaceFile("x/y/z", "deep", FileModes.PrivateFile);

        Assert.That(File.ReadAllText(At("cached")), Is.EqualTo("old"));
        Assert.That(File.ReadAllText(At("a/file")), Is.EqualTo("new"));
        Assert.That(Tree.Status("a/file")!.Value.Mode, Is.EqualTo(FileModes.Executable));
        Assert.That(Tree.Status("x")!.Value.Mode, Is.EqualTo(FileModes.Executable));
        Assert.That(Tree.Status("x/y/z")!.Value.Mode, Is.EqualTo(FileModes.PrivateFile));
        Assert.That(Names("a"), Is.EqualTo(["file"]), "nothing temporary stays");
    }

    [Test]
    public void A_directory_is_never_replaced_by_a_file_or_a_link()
    {
        Tree.MakeDirectories("a/b");

        Assert.That(CodesOf(() => Tree.ReplaceFile("a", "x", FileModes.Plain)), Is.EqualTo("PL0372"));
        Assert.That(CodesOf(() => Tree.ReplaceLink("a", "x")), Is.EqualTo("PL0372"));
        Assert.That(Names(""), Is.EqualTo(["a"]));
    }

    [Test]
    public void What_is_there_is_not_created_again()
    {
        File.CreateSymbolicLink(At("link"), "target");

        Assert.That(CodesOf(() => Tree.CreateFile("link", "x"u8, FileModes.Plain)), Is.EqualTo("PL0372"));
        Assert.That(CodesOf(() => Tree.MakeDirectory("link", FileModes.Plain)), Is.EqualTo("PL0372"));
        Assert.That(Tree.Exists("target"), Is.False);
    }

    [Test]
    public void Missing_directories_are_made_through_links_that_lead_nowhere_yet()
    {
        File.CreateSymbolicLink(At("run"), "/var/run");
        File.CreateSymbolicLink(At("loop"), "loop");
        File.WriteAllText(At("file"), "");

        Tree.MakeDirectories("run/lock/x");

        Assert.That(Directory.Exists(At("var/run/lock/x")), Is.True);
        Assert.That(CodesOf(() => Tree.MakeDirectories("loop/x")), Is.EqualTo("PL0371"));
        Assert.That(CodesOf(() => Tree.MakeDirectories("file/x")), Is.EqualTo("PL0373"));
    }

    [Test]
    public void Fifos_sockets_and_devices_are_not_opened()
    {
        Assert.That(Spawn("mkfifo", At("fifo")), Is.Zero);

        Assert.That(CodesOf(() => Tree.ReadBytes("fifo", 10)), Is.EqualTo("PL0373"));
        Assert.That(Tree.ReadText("fifo", 10), Is.Null);
        Assert.That(Tree.Status("fifo")!.Value.Kind, Is.EqualTo(UnixKind.Special));
        Assert.That(CodesOf(() => TreeCopy.Copy(Tree, "fifo", Tree, "copy")), Is.EqualTo("PL0376"));
        Tree.ReplaceFile("fifo", "file", FileModes.Plain);
        Assert.That(Tree.ReadText("fifo", 10), Is.EqualTo("file"));
        using var devices = TreeHandle.Open("/dev");
        Assert.That(CodesOf(() => devices.ReadBytes("zero", 10)), Is.EqualTo("PL0373"));
    }

    [Test]
    public void A_file_above_the_limit_is_not_read()
    {
        File.WriteAllText(At("file"), "12345");

        Assert.That(CodesOf(() => Tree.ReadBytes("file", 4)), Is.EqualTo("PL0374"));
        Assert.That(Tree.ReadBytes("file", 5), Has.Length.EqualTo(5));
    }

    [Test]
    public void Modes_times_and_attributes_are_those_of_the_path_itself()
    {
        File.WriteAllText(At("file"), "x");
        File.CreateSymbolicLink(At("link"), "file");
        Tree.SetTimes("file", 1000);

        Tree.SetTimes("link", 5);
        Tree.SetAttribute("file", "user.pipeline", "value"u8);
        Tree.SetMode("file", 4 << 9 | FileModes.Executable);
        Tree.SetMode(TreePath.Root, FileModes.PrivateDirectory);

        Assert.That(Tree.Status("link")!.Value.Modified, Is.EqualTo(5));
        Assert.That(Tree.Status("file")!.Value.Modified, Is.EqualTo(1000));
        Assert.That(Tree.Status("file")!.Value.Mode, Is.EqualTo(4 << 9 | FileModes.Executable));
        Assert.That(Tree.Status(TreePath.Root)!.Value.Mode, Is.EqualTo(FileModes.PrivateDirectory));
        Assert.That(Tree.Attributes("file").Single(a => a.Key == "user.pipeline").Value, Is.EqualTo("value"u8.ToArray()));
        Assert.That(Tree.Attributes("link").Where(a => a.Key == "user.pipeline"), Is.Empty);
        Assert.That(CodesOf(() => Tree.SetMode("link", FileModes.Plain)), Is.EqualTo("PL0372"));
        Assert.That(Tree.Status("file")!.Value.Mode, Is.EqualTo(4 << 9 | FileModes.Executable));
    }

    [Test]
    public void Names_that_are_no_text_are_listed_read_copied_and_deleted()
    {
        var name = TreePath.FromBytes([0xff, (byte)'-', 0xc3]);
        Tree.MakeDirectories("dir" / name);
        Tree.CreateFile("dir" / name / name, "odd"u8, FileModes.Plain);
        Tree.Symlink("dir/link", name.Bytes);

        TreeCopy.Copy(Tree, "dir", Tree, "copy");

        Assert.That(Tree.Entries("copy").Select(e => e.Name), Is.EqualTo(new[] { "link", name }));
        Assert.That(Tree.ReadLink("copy/link"), Is.EqualTo(name.Bytes.ToArray()));
        Assert.That(Tree.ReadText("copy/link" / name, 100), Is.EqualTo("odd"));
        Tree.Delete("copy" / name);
        Assert.That(Names("copy"), Is.EqualTo(["link"]));
    }

    [Test]
    public void A_copy_has_modes_times_attributes_and_links_and_no_inode_in_common()
    {
        Tree.MakeDirectories("dir/sub");
        Tree.CreateFile("dir/one", "1"u8, FileModes.PrivateFile);
        Tree.Link("dir/sub/two", Tree, "dir/one");
        Tree.SetAttribute("dir/one", "user.a", "b"u8);
        Tree.SetMode("dir/sub", FileModes.SharedDirectory);
        TreeCopy.SetTimes(Tree, 1234);

        TreeCopy.Copy(Tree, "dir", Tree, "copy");

        foreach (var path in (string[])["", "/one", "/sub", "/sub/two"])
        {
            var (from, to) = (Tree.Status("dir" + path)!.Value, Tree.Status("copy" + path)!.Value);
            Assert.That(
                (to.Kind, to.Mode, to.UserId, to.GroupId, to.Modified),
                Is.EqualTo((from.Kind, from.Mode, from.UserId, from.GroupId, from.Modified)),
                path
            );
            Assert.That(to.Inode, Is.Not.EqualTo(from.Inode));
        }

        Assert.That(Tree.Status("copy/one")!.Value.Links, Is.EqualTo(1));
        Assert.That(Tree.Attributes("copy/one").Select(a => a.Key), Does.Contain("user.a"));
        Assert.That(File.ReadAllText(At("copy/sub/two")), Is.EqualTo("1"));
    }

    [Test]
    public void A_walk_yields_names_in_order_and_directories_when_asked()
    {
        Tree.MakeDirectories("b/x");
        Tree.CreateFile("a", ""u8, FileModes.Plain);
        Tree.CreateFile("b/x/f", ""u8, FileModes.Plain);
        File.CreateSymbolicLink(At("c"), "b");

        Assert.That(Walk(TreeOrder.ParentsFirst), Is.EqualTo(["a", "b", "b/x", "b/x/f", "c"]));
        Assert.That(Walk(TreeOrder.ChildrenFirst), Is.EqualTo(["a", "b/x/f", "b/x", "b", "c"]));
        Assert.That(Walk(TreeOrder.Both), Is.EqualTo(["a", "b", "b/x", "b/x/f", "b/x", "b", "c"]));
        Assert.That(
            Tree.Walk(TreePath.Root, TreeOrder.Both, e => e.Name != "x").Select(e => e.Path.Text),
            Is.EqualTo(["a", "b", "b/x", "b/x", "b", "c"]),
            "what is not entered looks empty"
        );
    }

    [Test]
    public void A_missing_path_has_no_status_and_no_names_and_may_be_deleted()
    {
        File.WriteAllText(At("file"), "");

        foreach (var path in (string[])["nothing", "nothing/below", "file/below"])
        {
            Assert.That(Tree.Status(path), Is.Null);
            Assert.That(Tree.Entries(path), Is.Empty);
            Assert.That(Tree.ReadText(path, 10), Is.Null);
            Tree.Delete(path);
        }

        Assert.That(CodesOf(() => Tree.ReadBytes("nothing", 10)), Is.EqualTo("PL0372"));
    }

    [Test]
    public void A_name_or_path_that_is_too_long_is_an_error()
    {
        Assert.That(CodesOf(() => Tree.Status(new string('n', 256))), Is.EqualTo("PL0372"));
        Assert.That(CodesOf(() => Tree.Status(string.Join('/', Enumerable.Repeat("n", 4000)))), Is.EqualTo("PL0372"));
    }

    private IEnumerable<string> Walk(TreeOrder order) => Tree.Walk(TreePath.Root, order).Select(e => e.Path.Text);

    private IEnumerable<string> Names(string path) => Tree.Entries(path).Select(e => e.Name.Text);

    private static int Spawn(string program, string argument) =>
        new Pipeline.Host.Tools.ToolRunner().RunAsync(new(program, [argument]), CancellationToken.None).GetAwaiter().GetResult().ExitCode;
}
