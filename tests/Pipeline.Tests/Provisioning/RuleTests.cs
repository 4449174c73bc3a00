using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>Rules, each broken on purpose: the code, the severity and the JSON pointer of what is reported.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class RuleTests
{
    [TestCase("3.3.0", "storage", """{"files":[{}]}""", "PL7100", "/storage/files/0/path")]
    [TestCase("3.3.0", "storage", """{"files":[{"path":"a"}]}""", "PL7101", "/storage/files/0/path")]
    [TestCase("3.3.0", "storage", """{"files":[{"path":"/a/../b"}]}""", "PL7102", "/storage/files/0/path")]
    [TestCase("3.3.0", "storage", """{"files":[{"path":"/a"}],"links":[{"path":"/a","target":"b"}]}""", "PL7103", "/storage/links/0")]
    [TestCase(
        "3.3.0",
        "kernelArguments",
        """{"shouldExist":["a"],"shouldNotExist":["a"]}""",
        "PL7103",
        "/kernelArguments/shouldNotExist/0"
    )]
    [TestCase(
        "3.3.0",
        "passwd",
        """{"users":[{"name":"a","sshAuthorizedKeys":["k","k"]}]}""",
        "PL7103",
        "/passwd/users/0/sshAuthorizedKeys/1"
    )]
    [TestCase("3.3.0", "storage", """{"files":[{"path":"/a","mode":4096}]}""", "PL7104", "/storage/files/0/mode")]
    [TestCase("3.3.0", "storage", """{"files":[{"path":"/a","overwrite":true}]}""", "PL7106", "/storage/files/0/overwrite")]
    [TestCase("3.3.0", "storage", """{"files":[{"path":"/a","user":{"id":1,"name":"x"}}]}""", "PL7107", "/storage/files/0/user")]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a/b/c"}],"links":[{"path":"/a","target":"b"}]}""",
        "PL7108",
        "/storage/files/0/path"
    )]
    [TestCase("3.3.0", "storage", """{"links":[{"path":"/a"}]}""", "PL7109", "/storage/links/0/target")]
    [TestCase(
        "3.3.0",
        "storage",
        """{"links":[{"path":"/a","target":"/d","hard":true}],"directories":[{"path":"/d"}]}""",
        "PL7110",
        "/storage/links/0/target"
    )]
    [TestCase(
        "3.4.0",
        "systemd",
        """{"units":[{"name":"a.service","contents":"[A]\nb=c"}]},"storage":{"files":[{"path":"/etc/systemd/system/a.service"}]}""",
        "PL7112",
        "/storage/files/0/path"
    )]
    [TestCase("3.6.0", "storage", """{"files":[{"path":"/a"},{"path":"/a/b"}]}""", "PL7113", "/storage/files/1/path")]
    [TestCase("3.6.0", "storage", """{"files":[{"path":"/"},{"path":"/b"}]}""", "PL7113", "/storage/files/1/path")]
    [TestCase(
        "3.6.0",
        "storage",
        """{"files":[{"path":"/foo/bar"}],"links":[{"path":"/foo/bar/baz","target":"x"}]}""",
        "PL7113",
        "/storage/links/0/path"
    )]
    [TestCase(
        "3.6.0",
        "storage",
        """{"files":[{"path":"/foo/bar"}],"directories":[{"path":"/foo/bar/baz"}]}""",
        "PL7113",
        "/storage/directories/0/path"
    )]
    [TestCase(
        "3.6.0",
        "storage",
        """{"files":[{"path":"/foo/bar"},{"path":"/foo/bar/baz/deep/file"}]}""",
        "PL7113",
        "/storage/files/1/path"
    )]
    [TestCase(
        "3.4.0",
        "storage",
        """{"links":[{"path":"/etc/systemd/system/a.service.d/b.conf","target":"x"}]},"systemd":{"units":["""
            + """{"name":"a.service","dropins":[{"name":"b.conf","contents":"[A]\nb=c"}]}]}""",
        "PL7112",
        "/storage/links/0/path"
    )]
    [TestCase(
        "3.4.0",
        "storage",
        """{"directories":[{"path":"/etc/systemd/system/a.service"}]},"systemd":{"units":[{"name":"a.service","contents":"[A]\nb=c"}]}""",
        "PL7112",
        "/storage/directories/0/path"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"http://a b"}}]}""",
        "PL7120",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.1.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"gs://a/b"}}]}""",
        "PL7121",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"arn:aws:s3:::a/b"}}]}""",
        "PL7121",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.6.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"file:///a"}}]}""",
        "PL7121",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","append":[{"source":"data:,%"}]}]}""",
        "PL7122",
        "/storage/files/0/append/0/source"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"s3://a/b?versionId="}}]}""",
        "PL7123",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.4.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"arn:aws:ec2:::a/b"}}]}""",
        "PL7124",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.4.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"arn:aws:s3:r:1:accesspoint/test"}}]}""",
        "PL7124",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.7.0-experimental",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"file://host/a"}}]}""",
        "PL7125",
        "/storage/files/0/contents/source"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"https://a","compression":"xz"}}]}""",
        "PL7127",
        "/storage/files/0/contents/compression"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"data:,","httpHeaders":[{"name":"a"}]}}]}""",
        "PL7128",
        "/storage/files/0/contents/httpHeaders"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"https://a","httpHeaders":[{}]}}]}""",
        "PL7129",
        "/storage/files/0/contents/httpHeaders/0/name"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"","verification":{"hash":"x"}}}]}""",
        "PL7131",
        "/storage/files/0/contents/verification/hash"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"","verification":{"hash":"md5-x"}}}]}""",
        "PL7132",
        "/storage/files/0/contents/verification/hash"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"files":[{"path":"/a","contents":{"source":"","verification":{"hash":"sha512-x"}}}]}""",
        "PL7133",
        "/storage/files/0/contents/verification/hash"
    )]
    [TestCase("3.3.0", "storage", """{"disks":[{}]}""", "PL7140", "/storage/disks/0/device")]
    [TestCase("3.3.0", "storage", """{"disks":[{"device":"/dev/a","partitions":[{}]}]}""", "PL7141", "/storage/disks/0/partitions/0")]
    [TestCase(
        "3.3.0",
        "storage",
        """{"disks":[{"device":"/dev/a","partitions":[{"number":1,"shouldExist":false,"sizeMiB":1}]}]}""",
        "PL7142",
        "/storage/disks/0/partitions/0"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"disks":[{"device":"/dev/a","partitions":[{"label":"0123456789012345678901234567890123456"}]}]}""",
        "PL7143",
        "/storage/disks/0/partitions/0/label"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"disks":[{"device":"/dev/a","partitions":[{"label":"a:b"}]}]}""",
        "PL7144",
        "/storage/disks/0/partitions/0/label"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"disks":[{"device":"/dev/a","partitions":[{"number":1,"guid":"x"}]}]}""",
        "PL7145",
        "/storage/disks/0/partitions/0/guid"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"disks":[{"device":"/dev/a","partitions":[{"number":1,"label":"a"},{"number":2,"label":"a"}]}]}""",
        "PL7147",
        "/storage/disks/0/partitions/1"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"disks":[{"device":"/dev/a","partitions":[{"number":2,"startMiB":5,"sizeMiB":10},{"number":1,"startMiB":1,"sizeMiB":5}]}]}""",
        "PL7148",
        "/storage/disks/0/partitions/1"
    )]
    [TestCase(
        "3.6.0",
        "storage",
        """{"disks":[{"device":"/dev/a","partitions":[{"label":"a"},{"number":2,"shouldExist":false}]}]}""",
        "PL7149",
        "/storage/disks/0/partitions"
    )]
    [TestCase("3.3.0", "storage", """{"filesystems":[{"device":"/dev/a","path":"/a"}]}""", "PL7150", "/storage/filesystems/0/format")]
    [TestCase("3.2.0", "storage", """{"filesystems":[{"device":"/dev/a","format":"none"}]}""", "PL7151", "/storage/filesystems/0/format")]
    [TestCase(
        "3.6.0",
        "storage",
        """{"filesystems":[{"device":"/dev/a","format":"virtiofs"}]}""",
        "PL7151",
        "/storage/filesystems/0/format"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"filesystems":[{"device":"/dev/a","format":"xfs","label":"0123456789012"}]}""",
        "PL7153",
        "/storage/filesystems/0/label"
    )]
    [TestCase(
        "3.7.0-experimental",
        "storage",
        """{"filesystems":[{"device":"tag","format":"virtiofs","uuid":"u"}]}""",
        "PL7154",
        "/storage/filesystems/0/uuid"
    )]
    [TestCase("3.3.0", "storage", """{"raid":[{"name":"a","devices":["/dev/a"]}]}""", "PL7155", "/storage/raid/0/level")]
    [TestCase("3.3.0", "storage", """{"raid":[{"name":"a","level":"raid9","devices":["/dev/a"]}]}""", "PL7156", "/storage/raid/0/level")]
    [TestCase(
        "3.3.0",
        "storage",
        """{"raid":[{"name":"a","level":"stripe","spares":1,"devices":["/dev/a"]}]}""",
        "PL7157",
        "/storage/raid/0/spares"
    )]
    [TestCase("3.3.0", "storage", """{"raid":[{"name":"a","level":"raid1"}]}""", "PL7158", "/storage/raid/0/devices")]
    [TestCase("3.3.0", "storage", """{"luks":[{"name":"a/b","device":"/dev/a"}]}""", "PL7160", "/storage/luks/0/name")]
    [TestCase(
        "3.3.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","label":"012345678901234567890123456789012345678901234567"}]}""",
        "PL7161",
        "/storage/luks/0/label"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","clevis":{"tpm2":true,"custom":{"pin":"sss","config":"{}"}}}]}""",
        "PL7162",
        "/storage/luks/0/clevis"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","clevis":{"custom":{"pin":"x","config":"{}"}}}]}""",
        "PL7163",
        "/storage/luks/0/clevis/custom/pin"
    )]
    [TestCase(
        "3.5.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","clevis":{"custom":{"pin":"trustee","config":"{}"}}}]}""",
        "PL7163",
        "/storage/luks/0/clevis/custom/pin"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","clevis":{"custom":{"config":"{}"}}}]}""",
        "PL7164",
        "/storage/luks/0/clevis/custom/pin"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","clevis":{"custom":{"pin":"sss"}}}]}""",
        "PL7165",
        "/storage/luks/0/clevis/custom/config"
    )]
    [TestCase(
        "3.3.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","clevis":{"tang":[{"url":"https://a"}]}}]}""",
        "PL7166",
        "/storage/luks/0/clevis/tang/0/thumbprint"
    )]
    [TestCase(
        "3.4.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","clevis":{"tang":[{"url":"https://a","thumbprint":"t","advertisement":"{"}]}}]}""",
        "PL7167",
        "/storage/luks/0/clevis/tang/0/advertisement"
    )]
    [TestCase(
        "3.5.0",
        "storage",
        """{"luks":[{"name":"a","device":"/dev/a","cex":{"enabled":true},"clevis":{"tpm2":true}}]}""",
        "PL7168",
        "/storage/luks/0/cex"
    )]
    [TestCase("3.3.0", "systemd", """{"units":[{"name":"a"}]}""", "PL7170", "/systemd/units/0/name")]
    [TestCase(
        "3.3.0",
        "systemd",
        """{"units":[{"name":"a.service","dropins":[{"name":"b"}]}]}""",
        "PL7171",
        "/systemd/units/0/dropins/0/name"
    )]
    [TestCase("3.3.0", "systemd", """{"units":[{"name":"a.service","contents":"[A"}]}""", "PL7172", "/systemd/units/0/contents")]
    public void A_broken_rule_is_one_error_at_its_place(string version, string section, string value, string code, string path)
    {
        var (config, problems) = Read($"{{\"ignition\":{{\"version\":\"{version}\"}},\"{section}\":{value}}}");

        Assert.That(config, Is.Null);
        Assert.That(problems.Where(d => d.Severity == Severity.Error).Select(d => (d.Code, d.Path)), Is.EqualTo([(code, path)]));
        Assert.That(problems.Single(d => d.Severity == Severity.Error).Span, Is.Not.Null);
    }

    [TestCase("3.3.0", """{"config":{"merge":[{}]}""", "PL7126", "/ignition/config/merge/0/source")]
    [TestCase(
        "3.3.0",
        """{"config":{"replace":{"verification":{"hash":"sha256-aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff0000000011111111"}}}""",
        "PL7130",
        "/ignition/config/replace/verification/hash"
    )]
    [TestCase("3.3.0", """{"proxy":{"httpProxy":"ftp://a"}""", "PL7134", "/ignition/proxy/httpProxy")]
    [TestCase(
        "3.0.0",
        """{"security":{"tls":{"certificateAuthorities":[{}]}}""",
        "PL7126",
        "/ignition/security/tls/certificateAuthorities/0/source"
    )]
    public void A_broken_rule_of_the_ignition_section_is_one_error_at_its_place(string version, string start, string code, string path)
    {
        var (config, problems) = Read($"{{\"ignition\":{start},\"version\":\"{version}\"}}}}");

        Assert.That(config, Is.Null);
        Assert.That(problems.Select(d => (d.Code, d.Path)), Is.EqualTo([(code, path)]));
    }

    internal static (IgnitionConfig? Config, IReadOnlyList<Diagnostic> Problems) Read(string text)
    {
        var problems = new DiagnosticBag();
        return (Provisioner.ReadIgnition("c.ign", text, problems), problems.Items);
    }
}
