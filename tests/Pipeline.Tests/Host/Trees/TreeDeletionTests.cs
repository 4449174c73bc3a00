using System.Runtime.InteropServices;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Host.Trees;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TreeDeletionTests : TreeFixture
{
    [Test]
    public void Three_thousand_nested_directories_are_walked_copied_and_deleted_with_few_descriptors()
    {
        const int depth = 3000;
        Nest("deep", depth);
        var most = 0;
        foreach (var entry in Tree.Walk("deep", TreeOrder.ParentsFirst))
        {
            most = Math.Max(most, entry.Path.Components().Count() % 100 == 0 ? Descriptors() : 0);
        }

        var before = Descriptors();
        TreeCopy.Copy(Tree, "deep", Tree, "copy");
        var copied = Tree.Walk("copy", TreeOrder.ChildrenFirst).Count();
        Tree.Delete("deep");
        Tree.Delete("copy");

        Assert.That(copied, Is.EqualTo(depth));
        Assert.That(Tree.Entries(TreePath.Root), Is.Empty);
        Assert.That(most, Is.LessThan(before + 500), "descriptors of other tests included");
    }

    [Test]
    public void Links_are_deleted_and_not_what_they_lead_to()
    {
        Directory.CreateDirectory(At("dir/sub"));
        File.CreateSymbolicLink(At("dir/away"), Outside);
        File.CreateSymbolicLink(At("dir/sub/away"), $"{Outside}/file");
        File.CreateSymbolicLink(At("link"), Outside);
        var before = Beyond();

        Tree.Delete("dir");
        Tree.Delete("link");

        Assert.That(Tree.Entries(TreePath.Root), Is.Empty);
        Assert.That(Beyond(), Is.EqualTo(before));
    }

    [Test]
    public void A_directory_is_cleared_and_stays()
    {
        Tree.MakeDirectories("dir/sub/x");
        Tree.CreateFile("dir/f", ""u8, FileModes.Plain);

        Tree.Clear("dir");
        Tree.Clear("missing");

        Assert.That(Tree.Entries("dir"), Is.Empty);
        Assert.That(Tree.Is(UnixKind.Directory, "dir"), Is.True);
    }

    [TestCase(0)]
    [TestCase(4 << 6)]
    [TestCase(2 << 6)]
    [TestCase(5 << 6)]
    public void Directories_without_rights_are_opened_up_and_deleted_by_their_owner(int mode)
    {
        Tree.MakeDirectories("top/sub/x");
        Tree.CreateFile("top/sub/f", ""u8, FileModes.Plain);
        Tree.SetMode("top/sub", mode);
        Tree.SetMode("top", mode);

        AsNobody(Root, () => Tree.Delete("top"));

        Assert.That(Tree.Exists("top"), Is.False);
    }

    [Test]
    public void A_deep_directory_that_can_be_listed_and_not_searched_is_left_and_deleted()
    {
        const int depth = 40; // more than are kept open, so that the way up leads through it
        Nest("deep", depth);
        var path = string.Join('/', Enumerable.Repeat("d", depth).Prepend("deep"));

        AsNobody(
            Root,
            () =>
            {
                Tree.SetMode(path, 4 << 6);
                Tree.Delete("deep");
            }
        );

        Assert.That(Tree.Entries(TreePath.Root), Is.Empty);
    }

    [TestCase("+i")]
    [TestCase("+a")]
    public async Task Files_and_directories_with_flags_against_it_are_deleted_by_who_may_set_them(string flag)
    {
        Tree.MakeDirectories("dir/sub");
        File.WriteAllText(At("dir/sub/file"), "x");
        var tools = new Pipeline.Host.Tools.ToolRunner();
        // Whoever may not set flags cannot have made such files, and deletes plain ones here.
        await tools.RunAsync(new("chattr", ["-R", flag, At("dir")]) { Accepted = [.. Enumerable.Range(0, 256)] }, CancellationToken.None);

        Tree.Delete("dir");

        Assert.That(Tree.Entries(TreePath.Root), Is.Empty);
    }

    [Test]
    public void Names_that_are_no_text_are_deleted_also_in_temporary_directories()
    {
        using var temporary = new TemporaryDirectory(Root);
        using (var inside = TreeHandle.Open(temporary.Path))
        {
            inside.MakeDirectories(TreePath.FromBytes([.. "a"u8, 0xff, .. "/b\u0001\n"u8]));
            inside.CreateFile(TreePath.FromBytes([.. "a"u8, 0xff, .. "/c"u8]), "x"u8, 0);
        }

        temporary.Dispose();

        Assert.That(Tree.Entries(TreePath.Root), Is.Empty);
    }

    [Test]
    public void The_parent_of_what_is_deleted_keeps_its_mode()
    {
        Tree.MakeDirectories("parent/x");
        Tree.SetMode("parent", 5 << 6);

        AsNobody(Root, () => Assert.That(CodesOf(() => Tree.Delete("parent/x")), Is.EqualTo("PL0372")));

        Assert.That(Tree.Status("parent")!.Value.Mode, Is.EqualTo(5 << 6));
    }

    [Test]
    public void The_root_itself_is_not_deleted()
    {
        Tree.MakeDirectories("x");

        Assert.That(() => Tree.Delete(TreePath.Root), Throws.InstanceOf<PipelineException>());
        Assert.That(() => Tree.Delete("x/.."), Throws.InstanceOf<PipelineException>());
        Assert.That(Tree.Entries(TreePath.Root), Has.Count.EqualTo(1));
    }

    private static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    private void Nest(string path, int depth)
    {
        Tree.MakeDirectory(path, FileModes.Executable);
        var directory = Tree.OpenDirectory(path);
        for (var i = 0; i < depth; i++)
        {
            directory.MakeDirectory("d", FileModes.Executable);
            var below = directory.OpenDirectory("d");
            directory.Dispose();
            directory = below;
        }

        directory.Dispose();
    }

    /// <summary>Runs without root's right to read everything: file system calls of this thread are those of an ordinary owner.</summary>
    private static void AsNobody(string owned, Action action)
    {
        if (Environment.UserName != "root")
        {
            action();
            return;
        }

        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                OwnershipOfThread.Take(owned);
                action();
            }
#pragma warning disable CA1031 // carried to the test's own thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }
    }
}

/// <summary>The identity with which the kernel checks file access of this one thread.</summary>
internal static class OwnershipOfThread
{
    private const uint Somebody = 12345;

    /// <summary>Gives a tree to an ordinary user and makes this thread act as that user.</summary>
    public static void Take(string path)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories).Append(path))
        {
            UnixFile.SetOwner(entry, Somebody, Somebody);
        }

        _ = setfsuid(Somebody);
    }

#pragma warning disable SYSLIB1054, IDE1006 // the test project has no unsafe code; the C name
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setfsuid(uint user);
#pragma warning restore SYSLIB1054, IDE1006
}
