using System.Text;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;
using Pipeline.Tests.Host.Trees;

namespace Pipeline.Tests.Compose.Trees;

/// <summary>Overlays that are not laid.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OverlayFilesTests : TreeFixture
{
    private Overlay Overlay => new("overlay/10-x", Outside + ".d", new("m.yaml", 1, 1));

    [TearDown]
    public void Clean() => Pipeline.Host.Files.UnixFile.DeleteTree(Overlay.Directory);

    [Test]
    public void A_link_instead_of_a_directory_is_refused()
    {
        File.CreateSymbolicLink(Overlay.Directory, Outside);

        Assert.That(CodesOf(() => OverlayFiles.DigestOf(Overlay)), Is.EqualTo("PL2105"));
        Assert.That(CodesOf(() => OverlayFiles.Lay(Overlay, Tree)), Is.EqualTo("PL2105"));
        Assert.That(Tree.Entries(TreePath.Root), Is.Empty);
    }

    [Test]
    public void A_file_instead_of_a_directory_is_refused()
    {
        File.WriteAllText(Overlay.Directory, "");

        Assert.That(CodesOf(() => OverlayFiles.DigestOf(Overlay)), Is.EqualTo("PL2105"));
    }

    [Test]
    public void Modes_that_git_does_not_keep_come_from_a_file_that_is_not_laid()
    {
        Make(("usr/bin/x", "x"), ("usr/share/y", "y"), ("statoverride", "# modes\n=384 /usr/share/y\n+2048 /usr/bin/x\n"));

        OverlayFiles.Lay(Overlay, Tree);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Tree.Status("usr/share/y")!.Value.Mode, Is.EqualTo(FileModes.PrivateFile));
            Assert.That(Tree.Status("usr/bin/x")!.Value.Mode, Is.EqualTo(FileModes.Plain | (1 << 11)));
            Assert.That(Tree.Exists("statoverride"), Is.False);
        }
    }

    [TestCase("=384 usr/share/y", "no mode and path")]
    [TestCase("=384 /usr/../../y", "no mode and path")]
    [TestCase("=4096 /usr/share/y", "no mode and path")]
    [TestCase("=rw /usr/share/y", "no mode and path")]
    [TestCase("=384 /usr/share/none", "is not in the tree")]
    public void A_mode_that_makes_no_sense_is_refused(string line, string expected)
    {
        Make(("usr/share/y", "y"), ("statoverride", line + "\n"));

        var e = Assert.Throws<PipelineException>(() => OverlayFiles.Lay(Overlay, Tree))!;

        Assert.That(e.Message, Does.Contain("PL2105").And.Contain(expected));
    }

    [Test]
    public void Names_with_control_characters_and_names_that_are_no_text_are_refused_and_shown_escaped()
    {
        using (var source = TreeHandle.OpenOrMake(Overlay.Directory))
        {
            foreach (
                var name in (byte[][])
                    ["line\nfeed"u8.ToArray(), "escape\u001b[2J"u8.ToArray(), [.. "latin"u8, 0xff], "next\u0085line"u8.ToArray()]
            )
            {
                source.MakeDirectories(TreePath.FromBytes([.. "usr/share/"u8, .. name]));
            }

            source.CreateFile("usr/share/Főtanúsítvány", ""u8, FileModes.Plain);
        }

        var refused = Assert.Throws<PipelineException>(() => OverlayFiles.Lay(Overlay, Tree))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Diagnostics.Select(d => d.Code), Is.EqualTo(Enumerable.Repeat("PL2105", 4)));
            Assert.That(refused.Message, Does.Contain(@"line\x0afeed").And.Contain(@"escape\x1b[2J").And.Contain(@"latin\xff"));
            Assert.That(Encoding.UTF8.GetBytes(refused.Message).Where(b => b < 32 && b != '\n'), Is.Empty);
            Assert.That(Tree.Entries(TreePath.Root), Is.Empty);
        }
    }

    private void Make(params (string Path, string Text)[] files)
    {
        using var source = TreeHandle.OpenOrMake(Overlay.Directory);
        foreach (var (path, text) in files)
        {
            source.MakeDirectories(TreePath.FromString(path).Parent);
            source.CreateFile(path, Encoding.UTF8.GetBytes(text), FileModes.Plain);
        }
    }
}
