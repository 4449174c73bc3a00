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
}
