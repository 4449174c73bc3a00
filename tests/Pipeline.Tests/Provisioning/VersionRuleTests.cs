using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Provisioning;

/// <summary>Warnings, URLs and allowances that depend on the version of the specification.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class VersionRuleTests
{
    [TestCase("3.5.0", """ "storage":{"files":[{"path":"/a","mode":2541}]}""", "PL7105")]
    [TestCase("3.3.0", """ "storage":{"links":[{"path":"/a","target":"b","hard":true,"user":{"id":1}}]}""", "PL7111")]
    [TestCase("3.3.0", """ "storage":{"files":[{"path":"/a"},{"path":"/a/b"}]}""", "PL7113")]
    [TestCase("3.3.0", """ "systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[A]\nb=c"}]}""", "PL7173")]
    [TestCase("3.3.0", """ "storage":{"Files":[]}""", "PL7002")]
    [TestCase(
        "3.0.0",
        """ "systemd":{"units":[{"name":"a@b.timer","enabled":true},{"name":"a@.timer","contents":"[Timer]\nOnBootSec=1"}]}""",
        "PL7174"
    )]
    [TestCase(
        "3.2.0",
        """ "storage":{"disks":[{"device":"/dev/a","partitions":[{"number":1}]}],"filesystems":[{"device":"/dev/a","format":"xfs"}]}""",
        "PL7180"
    )]
    [TestCase(
        "3.2.0",
        """ "storage":{"disks":[{"device":"/dev/a","wipeTable":true}],"filesystems":[{"device":"/dev/a","format":"xfs"}]}""",
        "PL7181"
    )]
    public void What_is_only_suspicious_is_a_warning(string version, string section, string code)
    {
        var (config, problems) = RuleTests.Read($"{{\"ignition\":{{\"version\":\"{version}\"}},{section}}}");

        Assert.That(config, Is.Not.Null);
        Assert.That(problems.Select(d => (d.Code, d.Severity)), Is.EqualTo([(code, Severity.Warning)]));
    }

    // Versions that the oracle does not know.
    [TestCase("3.4.0", "arn:aws:s3:eu-north-1:000011112222:tables/autumn.csv", true)]
    [TestCase("3.5.0", "arn:aws:s3:eu-north-1:000011112222:tables/autumn.csv?versionId=3", true)]
    [TestCase("3.4.0", "arn:aws:s3:eu-north-1:000011112222:accesspoint/tables/autumn.csv", true)]
    [TestCase("3.6.0", "arn:aws:s3:eu-north-1:000011112222:accesspoint/tables/2026/q3/autumn.csv", true)]
    [TestCase("3.4.0", "arn:aws:s3:::tables/2026/q3/autumn.csv", true)]
    [TestCase("3.4.0", "arn:aws:s3:::tables/autumn.csv?versionId=", false)]
    [TestCase("3.4.0", "Arn:", false)]
    [TestCase("3.4.0", "arn:aws:ec2:eu-north-1:000011112222:image", false)]
    [TestCase("3.4.0", "arn:aws:s3:::tables", false)]
    [TestCase("3.4.0", "arn:aws:s3:eu-north-1:000011112222:accesspoint", false)]
    [TestCase("3.4.0", "arn:aws:s3:eu-north-1:000011112222:accesspoint/", false)]
    [TestCase("3.4.0", "arn:aws:s3:eu-north-1:000011112222:accesspoint/tables", false)]
    [TestCase("3.4.0", "tftp://boot.saltmarsh.example:6969/table.txt", true)]
    [TestCase("3.4.0", "odd://", false)]
    [TestCase("3.7.0-experimental", "file:///usr/share/table.csv", true)]
    [TestCase("3.7.0-experimental", "file:///../srv/table.csv", false)]
    [TestCase("3.7.0-experimental", "file:///srv/./table.csv", false)]
    [TestCase("3.7.0-experimental", "file://host/table.csv", false)]
    [TestCase("3.6.0", "file:///usr/share/table.csv", false)]
    public void A_url_is_judged_by_the_rules_of_its_version(string version, string url, bool accepted)
    {
        var (config, _) = RuleTests.Read(
            $"{{\"ignition\":{{\"version\":\"{version}\"}},"
                + $"\"storage\":{{\"files\":[{{\"path\":\"/a\",\"contents\":{{\"source\":\"{url}\"}}}}]}}}}"
        );

        Assert.That(config is not null, Is.EqualTo(accepted));
    }

    [TestCase("3.6.0", """ "storage":{"luks":[{"name":"a","device":"/dev/a","clevis":{"custom":{"pin":"attest","config":"{}"}}}]}""")]
    [TestCase("3.6.0", """ "storage":{"files":[{"path":"/a","mode":2541}],"directories":[{"path":"/d","mode":1023}]}""")]
    [TestCase("3.6.0", """ "storage":{"directories":[{"path":"/"},{"path":"/a"},{"path":"/a/b"}],"files":[{"path":"/a/b/c"}]}""")]
    [TestCase(
        "3.4.0",
        """ "storage":{"files":[{"path":"/etc/systemd/system/a.service.d/b.conf"}]},"systemd":{"units":["""
            + """{"name":"a.service","dropins":[{"name":"b.conf"}]}]}"""
    )]
    [TestCase("3.5.0", """ "storage":{"luks":[{"name":"a","device":"/dev/a","cex":{"enabled":false},"clevis":{"tpm2":true}}]}""")]
    [TestCase(
        "3.7.0-experimental",
        """ "storage":{"disks":[{"device":"/dev/a","partitions":[{"number":2,"shouldExist":false},{"label":"b"}]}]}"""
    )]
    [TestCase(
        "3.2.0",
        """ "storage":{"disks":[{"device":"/dev/a","wipeTable":true}],"""
            + """ "filesystems":[{"device":"/dev/a","format":"xfs","wipeFilesystem":true},{"device":"/dev/b","format":"xfs"}]}"""
    )]
    [TestCase(
        "3.7.0-experimental",
        """ "storage":{"filesystems":[{"device":"myshare","format":"virtiofs","path":"/var/a","mountOptions":["ro"]}]}"""
    )]
    public void What_later_versions_allow_is_allowed(string version, string section)
    {
        var (config, problems) = RuleTests.Read($"{{\"ignition\":{{\"version\":\"{version}\"}},{section}}}");

        Assert.That(problems, Is.Empty);
        Assert.That(config, Is.Not.Null);
    }

    [TestCase(""" "storage":{"files":[{"path":"/a","mode":"0644"}]}""", "write 420 without quotes: JSON has no octal numbers")]
    [TestCase(""" "storage":{"files":[{"path":"/a","mode":"420"}]}""", "write 420 without quotes")]
    [TestCase(""" "storage":{"files":[{"path":"/a","mode":"rw"}]}""", null)]
    [TestCase(""" "systemd":{"units":[{"name":"a.service","enabled":"true"}]}""", "write true without quotes")]
    [TestCase(""" "systemd":{"units":[{"name":"a.service","enabled":"yes"}]}""", null)]
    public void A_number_or_boolean_in_quotes_is_explained(string section, string? hint)
    {
        var (_, problems) = RuleTests.Read($"{{\"ignition\":{{\"version\":\"3.4.0\"}},{section}}}");

        Assert.That(problems.Select(d => (d.Code, d.Hint)), Is.EqualTo([("PL7001", hint)]));
    }

    [Test]
    public void All_problems_are_reported_at_once_with_line_and_column()
    {
        var (_, problems) = RuleTests.Read(
            """
            {
              "ignition": {"version": "3.3.0"},
              "storage": {"files": [{"path": "a", "mode": "0644"}, {"path": "/b", "mod": 1}]},
              "systemd": {"units": 7}
            }
            """
        );

        Assert.That(
            problems.Select(d => $"{d.Span!.Line}:{d.Span.Column} {d.Code}"),
            Is.EqualTo(["3:47 PL7001", "3:71 PL7002", "4:24 PL7001"])
        );
    }
}
