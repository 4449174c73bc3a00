using Pipeline.Compose.Trees;
using Pipeline.Model.Manifests;
using Pipeline.Tests.Host.Trees;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Trees;

/// <summary>Trees with an SELinux policy are refused as long as nobody computes labels.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SelinuxPolicyTests : TreeFixture
{
    private static readonly Manifest Plain = new()
    {
        File = "m.yaml",
        IsSchema = true,
        Name = "m",
        Architecture = Arch.X86_64,
        Flattened = new([]),
    };

    [Test]
    public void A_policy_is_refused_by_name_unless_the_manifest_wants_no_labels()
    {
        Directory.CreateDirectory(At("etc/selinux/targeted/contexts/files"));
        File.WriteAllText(At("etc/selinux/targeted/contexts/files/file_contexts"), "/.* system_u:object_r:default_t:s0\n");

        Assert.That(CodesOf(() => SelinuxPolicy.RequireNone(Plain, Tree)), Is.EqualTo("PL2122"));
        Assert.That(() => SelinuxPolicy.RequireNone(Plain with { Labels = false }, Tree), Throws.Nothing);
    }

    [Test]
    public void Settings_without_a_policy_are_fine()
    {
        Directory.CreateDirectory(At("etc/selinux/empty"));
        File.WriteAllText(At("etc/selinux/config"), "SELINUX=disabled\n");

        Assert.That(() => SelinuxPolicy.RequireNone(Plain, Tree), Throws.Nothing);
    }
}
