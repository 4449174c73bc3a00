using Pipeline.Images.Outputs;
using Pipeline.Images.Recipes;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Images;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RecipeTableTests
{
    private static readonly RecipeTable Recipes = Of(PlatformTable.Known);

    [Test]
    public void The_table_is_pinned() => Golden.Check("Images/recipes.txt", string.Join('\n', Recipes.All) + "\n");

    [Test]
    public void A_platform_appears_once_per_architecture() =>
        Assert.That(Recipes.All.Select(r => (r.Name, r.Architecture.Name)), Is.Unique);

    [Test]
    public void All_problems_are_reported_at_once()
    {
        var few = new RecipeTable(PlatformTable.Known, [Arch.X86_64], [DiskFormat.Qcow2]);

        var e = Assert.Throws<PipelineException>(() => few.Require(["qemu", "quemu", "powervs", "vmware"], Arch.X86_64))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Diagnostics.Select(d => d.Code), Is.EqualTo(["PL3001", "PL3002", "PL3003"]));
            Assert.That(e.Diagnostics[0].Hint, Does.Contain("'qemu'"));
            Assert.That(e.Diagnostics[1].Hint, Does.Contain("ppc64le"));
            Assert.That(e.Exit, Is.EqualTo(ExitClass.BadInput));
        }
    }

    [TestCase("x86_64")]
    [TestCase("aarch64")]
    [TestCase("ppc64le")]
    public void Nothing_stands_in_the_way_of_an_architecture_with_a_boot_loader(string name) =>
        Assert.That(Recipes.All.Where(r => r.Architecture.Name == name).Select(Recipes.Obstacle), Has.All.Null.And.Not.Empty);

    [TestCase("s390x")]
    public void An_architecture_without_a_boot_loader_step_is_refused_clearly(string name)
    {
        var e = Assert.Throws<PipelineException>(() => Recipes.Require(["qemu"], Arch.All.Single(a => a.Name == name)))!;

        Assert.That(
            e.Diagnostics.Single().Message,
            Is.EqualTo($"cannot make an image for 'qemu' on {name}: no boot loader step for {name} yet")
        );
    }

    [Test]
    public void A_platform_asked_for_twice_is_made_once() =>
        Assert.That(Recipes.Require(["metal", "qemu", "metal"], Arch.X86_64).Select(r => r.Name), Is.EqualTo(["metal", "qemu"]));

    /// <summary>The recipes of a platform table, with the boot loaders and writers there are.</summary>
    internal static RecipeTable Of(PlatformTable platforms)
    {
        var tools = new RecordingToolRunner();
        return new(platforms, BootLoaders.All(tools).Select(l => l.Architecture), DiskWriters.All.Select(w => w.Format));
    }
}
