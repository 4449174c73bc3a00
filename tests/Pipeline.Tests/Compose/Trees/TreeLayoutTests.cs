using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Host.Trees;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Trees;

/// <summary>Every path that the composer works on, with everything there that must not be.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TreeLayoutTests : TreeFixture
{
    private static readonly TreeLayout Layout = DebLayout.Layout;
    private static readonly Lazy<string> Shared = new(MakeShared);

    /// <summary>Where links lead: absolute, climbing, through /proc, and by the name this machine has while bubblewrap mounts.</summary>
    private static readonly string[] Prefixes = ["", "../../../../../../../../../..", "/proc/self/root", "/oldroot"];

    private static IEnumerable<TestCaseData> Intruders() =>
        from rule in Layout.Rules
        from intruder in (string[])["link", "fifo", rule.Kind == UnixKind.File ? "directory" : "file"]
        select new TestCaseData(rule.Path, intruder);

    [Test]
    public void A_regular_tree_has_its_layout_before_and_after_it_is_finished()
    {
        MakeTree();
        Assert.That(Layout.Problems(Tree), Is.Empty);

        Finisher.Run(Tree, DebFinish.Rules, Layout, new TestReporter());

        Assert.That(Layout.Problems(Tree), Is.Empty);
    }

    [Test]
    public void Missing_paths_are_no_problem() => Assert.That(Layout.Problems(Tree), Is.Empty);

    [TestCaseSource(nameof(Intruders))]
    public void What_must_not_be_there_is_refused_with_its_author(string path, string intruder)
    {
        MakeTree();
        Put(path, intruder, "");
        var before = Beyond();

        var refused = Assert.Throws<PipelineException>(() => Finisher.Run(Tree, DebFinish.Rules, Layout, new TestReporter()))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Diagnostics.Select(d => (d.Code, d.Exit)), Is.EqualTo([("PL2117", ExitClass.Refused)]));
            Assert.That(refused.Message, Does.StartWith($"error PL2117: a script or an overlay put ").And.Contain($"'/{path}'"));
            Assert.That(Beyond(), Is.EqualTo(before));
        }
    }

    /// <summary>The layout is the first line; this is the second: without it, too, nothing outside is touched.</summary>
    [TestCaseSource(nameof(Intruders))]
    public async Task Without_the_check_no_step_reaches_out_of_the_tree_either(string path, string intruder)
    {
        foreach (var prefix in intruder == "link" ? Prefixes : Prefixes[..1])
        {
            MakeTree();
            Put(path, intruder, prefix);
            var before = Beyond();
            foreach (var step in Steps())
            {
                try
                {
                    await step();
                }
                catch (Exception e) when (e is PipelineException or IOException)
                {
                    // Refusing is right.
                }
            }

            Assert.That(Beyond(), Is.EqualTo(before));
        }
    }

    [Test]
    public void Below_a_wrong_directory_nothing_is_looked_at()
    {
        File.CreateSymbolicLink(At("var"), Outside);

        Assert.That(Layout.Problems(Tree).Select(p => p.Rule.Path), Is.EqualTo(["var"]));
    }

    [TestCase("bin", "usr/bin", ExpectedResult = true)]
    [TestCase("bin", "/usr/bin", ExpectedResult = true)]
    [TestCase("bin", "usr/bin/", ExpectedResult = false)]
    [TestCase("bin", "usr/sbin", ExpectedResult = false)]
    [TestCase("home", "var/home", ExpectedResult = true)]
    [TestCase("usr/local", "../var/usrlocal", ExpectedResult = true)]
    [TestCase("usr/local", "/var/usrlocal", ExpectedResult = true)]
    [TestCase("usr/local", "var/usrlocal", ExpectedResult = false)]
    [TestCase("usr/sbin", "bin", ExpectedResult = false, Description = "another family's layout")]
    public bool Links_of_the_layout_have_exact_targets(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.CreateSymbolicLink(At(path), target);

        return !Layout.Problems(Tree).Any();
    }

    [Test]
    public void A_link_that_one_family_allows_is_followed_to_the_rules_below_it()
    {
        var merged = new TreeLayout(LayoutRule.DirectoryOrLink("usr/sbin", "bin"), LayoutRule.File("usr/sbin/tool"));
        Directory.CreateDirectory(At("usr/bin"));
        File.CreateSymbolicLink(At("usr/sbin"), "bin");
        Assert.That(merged.Problems(Tree), Is.Empty);

        File.CreateSymbolicLink(At("usr/bin/tool"), Outside);

        Assert.That(merged.Problems(Tree).Select(p => p.Rule.Path), Is.EqualTo(["usr/sbin/tool"]));
    }

    private IEnumerable<Func<Task>> Steps()
    {
        var none = new TreeLayout();
        var sandbox = new TreeSandbox(
            new RecordingToolRunner(),
            new Pipeline.Host.Sandbox.NativeRunner(),
            DateTimeOffset.UnixEpoch,
            Outside + ".log",
            Outside + ".scratch",
            none
        );
        var tree = MergedTree.Of([], DebFamily.Instance.Merging, documentation: true);
        var manifest = new Manifest
        {
            File = "m.yaml",
            IsSchema = true,
            Name = "m",
            Architecture = Arch.X86_64,
            Units = [new("a.service", new("m.yaml", 1, 1))],
            DefaultTarget = new("multi-user.target", new("m.yaml", 2, 1)),
            RemoveFiles =
            [
                .. ((string[])["etc/file", "usr/share/file", "var/lib/dpkg/status"]).Select(p => new Sourced(p, new("m.yaml", 3, 1))),
            ],
            Flattened = new([]),
        };
        yield return () => Done(() => DpkgDatabase.Write(tree, Tree));
        yield return () => new Configurator(sandbox, new LayerObjects(Shared.Value)).RunAsync(tree, Tree, CancellationToken.None);
        yield return () => Assembler.RunAsync(manifest, Tree, sandbox, new TestReporter(), CancellationToken.None);
        yield return () => new Kernel(sandbox).MoveAsync(Tree, CancellationToken.None);
        yield return () => Done(() => InitramfsView.Of(Tree));
        yield return () => Done(() => OsRelease.Stamp(Tree, "13", "13.1"));
        yield return () => Done(() => Finisher.Run(Tree, DebFinish.Rules, none, new TestReporter()));
        yield return () => Done(() => TreeCopy.SetTimes(Tree, 1));

        static Task Done(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    /// <summary>Everything the layout speaks of, as it is in a Debian tree, with files where the composer reads and removes.</summary>
    private void MakeTree()
    {
        Tree.Clear(TreePath.Root);
        foreach (var rule in Layout.Rules)
        {
            switch (rule.Kind)
            {
                case UnixKind.Directory:
                    Tree.MakeDirectories(rule.Path);
                    break;
                case UnixKind.File:
                    Tree.ReplaceFile(rule.Path, "#!/bin/sh\n", FileModes.Executable);
                    break;
                default:
                    Tree.Symlink(rule.Path, System.Text.Encoding.UTF8.GetBytes(rule.Targets[0]));
                    break;
            }
        }

        Tree.ReplaceFile("boot/vmlinuz-1.0", "kernel", FileModes.Plain);
        Tree.ReplaceFile("usr/lib/modules/1.0/modules.dep", "", FileModes.Plain);
        Tree.ReplaceFile("usr/lib/os-release", "VERSION=13\nID=debian\n", FileModes.Plain);
        Tree.ReplaceFile("etc/ssh/ssh_host_key", "secret", FileModes.Plain);
        Tree.ReplaceFile("var/log/dpkg.log", "text", FileModes.Plain);
    }

    private void Put(string path, string intruder, string prefix)
    {
        Tree.Delete(path);
        switch (intruder)
        {
            case "link":
                File.CreateSymbolicLink(At(path), prefix + Outside);
                break;
            case "fifo":
                using (var shelf = TreeHandle.Open(Shared.Value))
                {
                    Tree.Link(path, shelf, "fifo");
                }

                break;
            case "file":
                File.WriteAllText(At(path), "x");
                break;
            default:
                Directory.CreateDirectory(At(path));
                break;
        }
    }

    /// <summary>A directory with a FIFO, and room for objects, that lives as long as this process.</summary>
    private static string MakeShared()
    {
        var directory = Directory.CreateTempSubdirectory("pipeline-fifo-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        new Pipeline.Host.Tools.ToolRunner()
            .RunAsync(new("mkfifo", [Path.Combine(directory, "fifo")]), CancellationToken.None)
            .GetAwaiter()
            .GetResult();
        return directory;
    }
}
