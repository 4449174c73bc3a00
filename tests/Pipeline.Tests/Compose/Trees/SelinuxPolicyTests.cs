using Pipeline.Compose.Trees;
using Pipeline.Tests.Host.Trees;

namespace Pipeline.Tests.Compose.Trees;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SelinuxPolicyTests : TreeFixture
{
    private const string On = "SELINUX=enforcing\nSELINUXTYPE=targeted\n";

    [TestCase("usr/etc", On)]
    [TestCase("etc", On)]
    [TestCase("usr/etc", "# SELINUXTYPE=mls\n  SELINUX=disabled\nSELINUX=Permissive \nSELINUXTYPE=targeted \nSETLOCALDEFS=0\n")]
    public void The_policy_that_the_settings_turn_on_is_found(string etc, string settings)
    {
        Policy(etc, "minimum");
        Policy(etc, "targeted");
        File.WriteAllText(At($"{etc}/selinux/config"), settings);

        Assert.That(
            SelinuxPolicy.Find(Tree),
            Is.EqualTo(new SelinuxPolicy("targeted", $"{etc}/selinux/targeted/contexts/files/file_contexts"))
        );
    }

    [TestCase("SELINUX=disabled\nSELINUXTYPE=targeted\n")]
    [TestCase("SELINUX=enforcing\nSELINUX=disabled\nSELINUXTYPE=targeted\n")]
    [TestCase("SELINUX=enforcing\n")]
    [TestCase("SELINUXTYPE=targeted\n")]
    [TestCase(null)]
    public void A_policy_that_nothing_turns_on_is_idle(string? settings)
    {
        Policy("usr/etc", "targeted");
        if (settings is not null)
        {
            File.WriteAllText(At("usr/etc/selinux/config"), settings);
        }

        Assert.That((SelinuxPolicy.Find(Tree), SelinuxPolicy.Idle(Tree)), Is.EqualTo(((SelinuxPolicy?)null, "targeted")));
    }

    [Test]
    public void Settings_without_a_policy_are_fine_until_they_turn_it_on()
    {
        Assert.That((SelinuxPolicy.Find(Tree), SelinuxPolicy.Idle(Tree)), Is.EqualTo(((SelinuxPolicy?)null, (string?)null)));
        Directory.CreateDirectory(At("etc/selinux/empty"));
        File.WriteAllText(At("etc/selinux/config"), "SELINUX=disabled\n");
        Assert.That((SelinuxPolicy.Find(Tree), SelinuxPolicy.Idle(Tree)), Is.EqualTo(((SelinuxPolicy?)null, (string?)null)));

        foreach (var name in (string[])["empty", "missing", "", ".", "..", "../../../outside", "empty/../empty"])
        {
            File.WriteAllText(At("etc/selinux/config"), $"SELINUX=enforcing\nSELINUXTYPE={name}\n");

            Assert.That(CodesOf(() => SelinuxPolicy.Find(Tree)), Is.EqualTo("PL2122"), name);
        }
    }

    private void Policy(string etc, string name)
    {
        Directory.CreateDirectory(At($"{etc}/selinux/{name}/contexts/files"));
        File.WriteAllText(At($"{etc}/selinux/{name}/contexts/files/file_contexts"), "/.* system_u:object_r:default_t:s0\n");
    }
}
