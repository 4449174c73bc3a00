using Pipeline.Compose.Families.Rpm;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Which scripts of packages are not run.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
internal sealed class RpmScriptPolicyTests
{
    [TestCase("kernel-core", "posttrans", true)]
    [TestCase("kernel-rt-modules-extra", "post", true)]
    [TestCase("kernel-64k", "posttrans", true)]
    [TestCase("kernel-core", "pre", false)]
    [TestCase("kernel-tools-libs", "post", false)]
    [TestCase("kernel-headers", "post", false)]
    [TestCase("my-kernel-core", "post", false)]
    [TestCase("grub2-efi-x64", "posttrans", true)]
    [TestCase("grubby", "post", false)]
    [TestCase("microcode_ctl", "posttrans", true)]
    [TestCase("filesystem", "posttrans", true)]
    [TestCase("filesystem", "pretrans", false)]
    [TestCase("bash", "post", false)]
    public void A_script_is_skipped_by_a_rule_with_a_reason_or_runs(string package, string script, bool skipped)
    {
        var rule = RpmScriptPolicy.Find(package, script);

        Assert.That(rule?.Reason, skipped ? Is.Not.Empty : Is.Null);
    }
}
