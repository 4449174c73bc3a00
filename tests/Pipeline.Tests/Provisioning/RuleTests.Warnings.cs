using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>Warnings, what is allowed, and how all problems are reported.</summary>
public sealed partial class RuleTests
{
    [TestCase("3.5.0", """ "storage":{"files":[{"path":"/a","mode":2541}]}""", "PL7105")]
    [TestCase("3.3.0", """ "storage":{"links":[{"path":"/a","target":"b","hard":true,"user":{"id":1}}]}""", "PL7111")]
    [TestCase("3.3.0", """ "storage":{"files":[{"path":"/a"},{"path":"/a/b"}]}""", "PL7113")]
    [TestCase("3.3.0", """ "systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[A]\nb=c"}]}""", "PL7173")]
    [TestCase("3.3.0", """ "storage":{"Files":[]}""", "PL7002")]
    public void What_is_only_suspicious_is_a_warning(string version, string section, string code)
    {
        var (config, problems) = Read($"{{\"ignition\":{{\"version\":\"{version}\"}},{section}}}");

        Assert.That(config, Is.Not.Null);
        Assert.That(problems.Select(d => (d.Code, d.Severity)), Is.EqualTo([(code, Severity.Warning)]));
    }

    // Verdicts of the published rules of versions the oracle does not know.
    [TestCase("3.4.0", "arn:aws:s3:us-west-2:123456789012:bucket-name/object-key", true)]
    [TestCase("3.5.0", "arn:aws:s3:us-west-2:123456789012:bucket-name/object-key?versionId=aVersionHash", true)]
    [TestCase("3.4.0", "arn:aws:s3:us-west-2:123456789012:accesspoint/accesspoint-name/object", true)]
    [TestCase("3.6.0", "arn:aws:s3:us-west-2:123456789012:accesspoint/accesspoint-name/some/nested/object", true)]
    [TestCase("3.4.0", "arn:aws:s3:::bucket-name/some/nested/object", true)]
    [TestCase("3.4.0", "arn:aws:s3:::bucket-name/object-key?versionId=", false)]
    [TestCase("3.4.0", "Arn:", false)]
    [TestCase("3.4.0", "arn:aws:iam:us-west-2:123456789012:resource", false)]
    [TestCase("3.4.0", "arn:aws:s3:::bucket-name-but-no-key", false)]
    [TestCase("3.4.0", "arn:aws:s3:us-west-2:123456789012:accesspoint", false)]
    [TestCase("3.4.0", "arn:aws:s3:us-west-2:123456789012:accesspoint/", false)]
    [TestCase("3.4.0", "arn:aws:s3:us-west-2:123456789012:accesspoint/accesspoint-name-but-no-bucket", false)]
    [TestCase("3.4.0", "tftp://example.com:69/foobar.txt", true)]
    [TestCase("3.4.0", "bad://", false)]
    [TestCase("3.7.0-experimental", "file:///config.ign", true)]
    [TestCase("3.7.0-experimental", "file:///../etc/passwd", false)]
    [TestCase("3.7.0-experimental", "file:///foo/./bar", false)]
    [TestCase("3.7.0-experimental", "file://host/bar", false)]
    [TestCase("3.6.0", "file:///config.ign", false)]
    public void A_url_is_judged_by_the_rules_of_its_version(string version, string url, bool accepted)
    {
        var (config, _) = Read(
            $"{{\"ignition\":{{\"version\":\"{version}\"}},\"storage\":{{\"files\":[{{\"path\":\"/a\",\"contents\":{{\"source\":\"{url}\"}}}}]}}}}"
        );

        Assert.That(config is not null, Is.EqualTo(accepted));
    }

    [TestCase("3.6.0", """ "storage":{"luks":[{"name":"a","device":"/dev/a","clevis":{"custom":{"pin":"trustee","config":"{}"}}}]}""")]
    [TestCase("3.6.0", """ "storage":{"files":[{"path":"/a","mode":2541}],"directories":[{"path":"/d","mode":1023}]}""")]
    [TestCase(
        "3.6.0",
        """ "storage":{"directories":[{"path":"/"},{"path":"/foo"},{"path":"/foo/bar"}],"files":[{"path":"/foo/bar/baz"}]}"""
    )]
    [TestCase(
        "3.4.0",
        """ "storage":{"files":[{"path":"/etc/systemd/system/a.service.d/b.conf"}]},"systemd":{"units":[{"name":"a.service","dropins":[{"name":"b.conf"}]}]}"""
    )]
    [TestCase("3.5.0", """ "storage":{"luks":[{"name":"a","device":"/dev/a","cex":{"enabled":false},"clevis":{"tpm2":true}}]}""")]
    [TestCase(
        "3.7.0-experimental",
        """ "storage":{"filesystems":[{"device":"myshare","format":"virtiofs","path":"/var/a","mountOptions":["ro"]}]}"""
    )]
    public void What_the_published_rules_allow_is_allowed(string version, string section)
    {
        var (config, problems) = Read($"{{\"ignition\":{{\"version\":\"{version}\"}},{section}}}");

        Assert.That(problems, Is.Empty);
        Assert.That(config, Is.Not.Null);
    }

    [Test]
    public void All_problems_are_told_at_once_with_line_and_column()
    {
        var (_, problems) = Read(
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

    private static (IgnitionConfig? Config, IReadOnlyList<Diagnostic> Problems) Read(string text)
    {
        var problems = new DiagnosticBag();
        return (Provisioner.ReadIgnition("c.ign", text, problems), problems.Items);
    }
}
