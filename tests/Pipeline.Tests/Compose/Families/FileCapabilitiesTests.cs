using System.Text;
using Pipeline.Compose.Layers;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Capabilities as text and as attribute; the values were made by setcap of libcap 2.66.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class FileCapabilitiesTests
{
    [TestCase("cap_net_raw=ep", "0100000200200000000000000000000000000000")]
    [TestCase("= cap_net_raw+ep", "0100000200200000000000000000000000000000")]
    [TestCase("cap_net_admin,cap_net_raw=p", "0000000200300000000000000000000000000000")]
    [TestCase("CAP_SETUID=ei", "0100000200000000800000000000000000000000")]
    [TestCase("cap_perfmon,cap_bpf=ep", "010000020000000000000000c000000000000000")]
    [TestCase("cap_chown=p cap_kill=ip", "0000000221000000200000000000000000000000")]
    [TestCase("cap_chown,cap_kill+eip cap_kill-eip", "0100000201000000010000000000000000000000")]
    public void A_text_becomes_the_attribute_that_setcap_writes(string text, string expected) =>
        Assert.That(Convert.ToHexStringLower(Encoding.Latin1.GetBytes(FileCapabilities.ToAttribute(text)!)), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("=")]
    public void No_capability_is_no_attribute(string text) => Assert.That(FileCapabilities.ToAttribute(text), Is.Null);

    [TestCase("cap_fly=ep")]
    [TestCase("cap_net_raw")]
    [TestCase("+ep")]
    [TestCase("cap_net_raw=x")]
    [TestCase("cap_net_raw=e")]
    [TestCase("cap_net_raw=ep cap_kill=p", Description = "a file has one bit for all that is effective")]
    [TestCase("cap_net_raw,=ep")]
    public void What_a_file_cannot_carry_is_refused(string text) =>
        Assert.That(() => FileCapabilities.ToAttribute(text), Throws.TypeOf<BadPackageException>().With.Property("Code").EqualTo("PL2001"));

    [TestCase("cap_net_admin,cap_net_raw=ep")]
    [TestCase("cap_chown=p cap_kill=ip")]
    [TestCase("cap_bpf=eip")]
    public void An_attribute_becomes_its_text_again(string text) =>
        Assert.That(FileCapabilities.ToText(FileCapabilities.ToAttribute(text)!), Is.EqualTo(text));

    [Test]
    public void Another_attribute_has_no_text() => Assert.That(FileCapabilities.ToText("x"), Is.Null);
}
