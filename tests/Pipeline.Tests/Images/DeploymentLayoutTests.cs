using Pipeline.Images.Commits;
using Pipeline.Tests.Host.Trees;

namespace Pipeline.Tests.Images;

/// <summary>Commits that would bring files of this machine into an image.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DeploymentLayoutTests : TreeFixture
{
    public DeploymentLayoutTests()
    {
        foreach (var directory in (string[])["boot", "etc", "usr/etc", "usr/lib/modules/1.0", "usr/lib/modules/2.0", "var"])
        {
            Directory.CreateDirectory(At(directory));
        }

        File.WriteAllText(At("usr/lib/modules/2.0/vmlinuz"), "kernel");
        File.WriteAllText(At("usr/lib/modules/2.0/initramfs.img"), "initramfs");
    }

    [Test]
    public void A_regular_deployment_is_fine()
    {
        Assert.That(() => DeploymentLayout.Require(Tree), Throws.Nothing);

        Directory.Delete(At("usr"), recursive: true);

        Assert.That(() => DeploymentLayout.Require(Tree), Throws.Nothing, "whether it boots is another question");
    }

    [TestCase("usr")]
    [TestCase("usr/etc")]
    [TestCase("usr/lib")]
    [TestCase("usr/lib/modules")]
    [TestCase("usr/lib/modules/1.0")]
    [TestCase("usr/lib/modules/2.0/vmlinuz")]
    [TestCase("usr/lib/modules/2.0/initramfs.img")]
    [TestCase("etc")]
    [TestCase("var")]
    public void A_link_is_refused(string path)
    {
        Tree.Delete(path);
        File.CreateSymbolicLink(At(path), Outside);

        Assert.That(CodesOf(() => DeploymentLayout.Require(Tree)), Is.EqualTo("PL3013"));
    }
}
