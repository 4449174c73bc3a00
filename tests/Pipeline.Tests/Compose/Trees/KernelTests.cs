using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Sandbox;
using Pipeline.TestKit;
using Pipeline.Tests.Host.Trees;

namespace Pipeline.Tests.Compose.Trees;

/// <summary>Kernels that cannot be moved to where OSTree looks for them.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KernelTests : TreeFixture
{
    public KernelTests()
    {
        Directory.CreateDirectory(At("boot"));
        Directory.CreateDirectory(At("usr/lib/modules/1.0"));
        File.WriteAllText(At("usr/lib/modules/1.0/modules.dep"), "");
    }

    [TestCase("/nowhere")]
    [TestCase("vmlinuz-1.0")]
    [TestCase("../etc/kernel")]
    public void A_kernel_that_is_a_link_to_elsewhere_is_refused(string target)
    {
        Directory.CreateDirectory(At("etc"));
        File.WriteAllText(At("etc/kernel"), "kernel");
        File.CreateSymbolicLink(At("boot/vmlinuz-1.0"), target);

        Assert.That(CodesOf(() => Move()), Is.EqualTo("PL2116"));
    }

    [Test]
    public void A_link_to_the_kernel_in_its_place_is_fine()
    {
        File.WriteAllText(At("usr/lib/modules/1.0/vmlinuz"), "kernel");
        File.CreateSymbolicLink(At("boot/vmlinuz-1.0"), "../usr/lib/modules/1.0/vmlinuz");

        Assert.That(Move(), Is.EqualTo("1.0"));
        Assert.That(Tree.ReadText("usr/lib/modules/1.0/vmlinuz", 100), Is.EqualTo("kernel"));
        Assert.That(Tree.Entries("boot"), Is.Empty);
    }

    [TestCase("vmlinuz-1.0")]
    [TestCase("vmlinux-1.0", Description = "POWER boots the plain file")]
    public void The_one_kernel_gets_the_name_that_OSTree_looks_for(string name)
    {
        File.WriteAllText(At($"boot/{name}"), "kernel");
        File.CreateSymbolicLink(At(name[..7]), $"boot/{name}");

        Assert.That(Move(), Is.EqualTo("1.0"));
        Assert.That(Tree.ReadText("usr/lib/modules/1.0/vmlinuz", 100), Is.EqualTo("kernel"));
        Assert.That(Tree.Exists(name[..7]), Is.False);
    }

    [Test]
    public void Modules_that_are_a_link_are_refused()
    {
        Directory.Move(At("usr/lib/modules/1.0"), At("usr/lib/modules/other"));
        File.CreateSymbolicLink(At("usr/lib/modules/1.0"), "other");
        File.WriteAllText(At("boot/vmlinuz-1.0"), "kernel");

        Assert.That(CodesOf(() => Move()), Is.EqualTo("PL2116"));
    }

    [TestCase("vmlinuz-..")]
    [TestCase("vmlinuz-.")]
    [TestCase("vmlinuz-")]
    [TestCase("vmlinuz-1\n0")]
    public void A_version_that_is_no_name_is_refused(string name)
    {
        File.WriteAllText(At($"boot/{name}"), "kernel");

        Assert.That(CodesOf(() => Move()), Is.EqualTo("PL2106"));
        Assert.That(Tree.Is(UnixKind.File, $"boot/{name}"), Is.True);
    }

    [Test]
    public void A_kernel_that_packages_put_beside_its_modules_stays_there()
    {
        File.WriteAllText(At("usr/lib/modules/1.0/vmlinuz"), "kernel");

        Assert.That(Move(), Is.EqualTo("1.0"));
        Assert.That(Tree.ReadText("usr/lib/modules/1.0/vmlinuz", 100), Is.EqualTo("kernel"));
    }

    [Test]
    public void Two_kernels_are_refused_wherever_they_are()
    {
        File.WriteAllText(At("usr/lib/modules/1.0/vmlinuz"), "kernel");
        File.WriteAllText(At("boot/vmlinuz-2.0"), "kernel");

        Assert.That(CodesOf(() => Move()), Is.EqualTo("PL2106"));
    }

    private string? Move() =>
        new Kernel(
            new(
                new RecordingToolRunner(),
                new NativeRunner(),
                DateTimeOffset.UnixEpoch,
                Outside + ".log",
                Outside + ".scratch",
                DebLayout.Layout
            )
        )
            .MoveAsync(Tree, CancellationToken.None)
            .GetAwaiter()
            .GetResult();
}
