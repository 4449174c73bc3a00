using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>
/// We accept and reject what <c>ignition-validate</c> does, for versions up to 3.3.0. Known differences are in the project's README and
/// below.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class OracleTests
{
    [Test]
    public async Task Random_configs_are_judged_as_the_oracle_does([Range(0, 7)] int batch)
    {
        const int size = 40;
        int accepted = 0,
            rejected = 0;
        for (var seed = batch * size; seed < (batch + 1) * size; seed++)
        {
            var version = IgnitionVersion.Of(seed % 4);
            var text = JsonTextWriter.Write(new ConfigGenerator(seed) { Badness = 5 + (seed % 5 * 20) }.Config(version), JsonStyle.Compact);
            _ = await Compare(text) ? accepted++ : rejected++;
        }

        // A generator that makes only good or only bad configs would prove nothing.
        Assert.That((accepted, rejected), Is.Not.EqualTo((0, size)).And.Not.EqualTo((size, 0)));
    }

    [TestCase("""{"ignition":{"version":"3.0.0"}}""")]
    [TestCase("""{"ignition":{"version":"3.3.0","config":{"merge":[{}]}}}""")]
    [TestCase("""{"ignition":{"version":"3.0.0","config":{"merge":[{}]}}}""")]
    [TestCase("""{"ignition":{"version":"3.0.0","security":{"tls":{"certificateAuthorities":[{"source":""}]}}}}""")]
    [TestCase("""{"ignition":{"version":"3.3.0","proxy":{"httpProxy":""}}}""")]
    [TestCase("""{"ignition":{"version":"3.3"}}""")]
    [TestCase("""{"ignition":{"version":"2.2.0"}}""")]
    [TestCase("""{"ignition":{"version":3}}""")]
    [TestCase("""{"ignition":{"version":null}}""")]
    [TestCase(
        """{"ignition":{"version":"3.3.0","config":{"replace":{"source":"https://a","verification":"""
            + """{"hash":"sha256-ď123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}}}}"""
    )]
    [TestCase(
        """{"ignition":{"version":"3.3.0","config":{"replace":{"source":"https://a","verification":"""
            + """{"hash":"sha256-ď23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}}}}"""
    )]
    [TestCase("""{}""")]
    [TestCase("""[]""")]
    [TestCase("""null""")]
    [TestCase("")]
    [TestCase("""{"ignition":{"version":"3.3.0"}} x""")]
    [TestCase("""{"ignition":{"version":"3.3.0"},"storage":null,"passwd":{"users":[null]}}""")]
    [TestCase("""{"ignition":{"version":"3.2.0"},"storage":{"luks":[{"name":"a","device":"/a","clevis":{"custom":{},"tpm2":true}}]}}""")]
    [TestCase("""{"ignition":{"version":"3.3.0"},"storage":{"luks":[{"name":"a","device":"/a","clevis":{"custom":{},"tpm2":true}}]}}""")]
    [TestCase(
        """{"ignition":{"version":"3.2.0"},"storage":{"luks":[{"name":"a","device":"/a","clevis":{"custom":{"needsNetwork":true}}}]}}"""
    )]
    [TestCase(
        """{"ignition":{"version":"3.3.0"},"storage":{"luks":[{"name":"a","device":"/a","clevis":{"custom":{"needsNetwork":true}}}]}}"""
    )]
    [TestCase("""{"ignition":{"version":"3.2.0"},"storage":{"links":[{"path":"/a"}]}}""")]
    [TestCase("""{"ignition":{"version":"3.3.0"},"storage":{"links":[{"path":"/a"}]}}""")]
    [TestCase(
        """{"ignition":{"version":"3.3.0"},"storage":{"links":[{"path":"/a","target":"../d","hard":true}],"directories":[{"path":"/d"}]}}"""
    )]
    [TestCase(
        """{"ignition":{"version":"3.3.0"},"storage":{"disks":[{"device":"/dev/a","partitions":["""
            + """{"number":1,"startMiB":5,"sizeMiB":10},{"number":2,"startMiB":1,"sizeMiB":5}]}]}}"""
    )]
    [TestCase(
        """{"ignition":{"version":"3.3.0"},"storage":{"disks":[{"device":"/dev/a","partitions":["""
            + """{"number":1,"startMiB":5,"sizeMiB":10},{"number":2,"startMiB":1,"sizeMiB":4}]}]}}"""
    )]
    public async Task A_corner_is_judged_as_the_oracle_does(string text) => await Compare(text);

    [TestCase("http://", "http:", "http://a b", "http://%zz", "http://a/%zz", "http://a:b/", "HTTP://a", "file:///a", "tftp://x", "gs://a")]
    [TestCase(
        "s3://a/b?versionId=",
        "s3://a/b?versionId=x",
        "s3://a?versionId",
        "s3://a?x=%zz&versionId=",
        "arn:aws:s3:::a/b",
        ":foo",
        "a:b:c",
        "1http://x",
        "#http://x",
        "//a"
    )]
    [TestCase(
        "http://[::1",
        "http://[::1]/",
        "http://[::1%25en0]/",
        "http://[::1]:x",
        "http://u:p@h/",
        "http://u^@h/",
        "http://a\u0001",
        "http://é.example",
        "http://a%C3%A9",
        "http://a<b"
    )]
    [TestCase(
        "data:",
        "data:,",
        "data:,é",
        "data:,a b",
        "data:,%zz",
        "data:,%4",
        "data:,a#b",
        "data:;base64,YQ==",
        "data:;base64,YQ",
        "data:;base64,Y Q"
    )]
    [TestCase(
        "data:text/plain;charset=utf-8;base64,YQ==",
        "data:foo/bar,x",
        "data:text,x",
        "data:;=b,c",
        "data:,a?b%23",
        "data:x-foo/bar,a",
        "data:X-a/b,a",
        "data:;base64;x=y,a",
        "data:text/plain;charset=%zz,a",
        "data:text/,a"
    )]
    [TestCase(
        "data:;x=\\\"a\\\",b",
        "data:;x=\\\"a,b",
        "data:;x=,b",
        "data:;x,b",
        "data:/a,b",
        "data:,a|b",
        "data:;base64,",
        "data:;base64,YQ=a",
        "data:;charset=US-ASCII,a",
        "data:applicationx/y,z"
    )]
    public async Task A_url_is_judged_as_the_oracle_does(params string[] urls)
    {
        foreach (var url in urls)
        {
            await Compare(
                """{"ignition":{"version":"3.3.0"},"storage":{"files":[{"path":"/a","contents":{"source":"URL"}}]}}""".Replace(
                    "URL",
                    url,
                    StringComparison.Ordinal
                )
            );
        }
    }

    [TestCase(
        "[Unit\nA=b",
        "A=b",
        "[A]\nfoo",
        "[A]\n=foo",
        "[A] x\nb=c",
        "[]\nb=c",
        "[A]\nb=c\\\nd\n;x\n# y\n  e=f",
        "foo\\\n[A]\n",
        "[A]\nb=\\",
        "[Install]\n"
    )]
    [TestCase(
        "x[Install]\nfoo=b",
        "# [Install]\nfoo=b",
        "[A]\nb=c\\\n[Install]\nd=e",
        "[A]\r\nb=c\r\n",
        "[A]\n# x\\\nfoo\n[B]\nd=e",
        "[A]\nb=\\\n\n[B]\nd=e",
        "[A]b=c",
        "[A\n]\nb=c",
        "[A]\nb",
        "[A]\nb\n=c"
    )]
    public async Task A_unit_is_judged_as_the_oracle_does(params string[] units)
    {
        foreach (var unit in (string[])[.. units, "[A]\nb=" + new string('x', 2045) + "\n", "[A]\nb=" + new string('x', 2046) + "\n"])
        {
            var contents = JsonTextWriter.Write(new JsonTextString(unit), JsonStyle.Compact);
            await Compare(
                """{"ignition":{"version":"3.3.0"},"systemd":{"units":[{"name":"a.service","contents":TEXT}]}}""".Replace(
                    "TEXT",
                    contents,
                    StringComparison.Ordinal
                )
            );
        }
    }

    // Known differences: Go's decoder ignores the case of member names and takes the last of equal ones; it replaces bytes that are not
    // UTF-8.
    [TestCase("""{"ignition":{"version":"3.3.0"},"Storage":{"files":[{"path":"a"}]}}""", true)]
    [TestCase("""{"ignition":{"version":"3.3.0"},"passwd":{},"passwd":{}}""", false)]
    public async Task A_known_difference_is_still_one(string text, bool oursAccepts)
    {
        var (theirs, _) = await IgnitionValidate.JudgeAsync(text);
        var ours = Provisioner.ReadIgnition("c.ign", text, new DiagnosticBag()) is not null;

        Assert.That((ours, theirs), Is.EqualTo((oursAccepts, !oursAccepts)));
    }

    /// <summary>Fails unless both judge the config the same; says how.</summary>
    internal static async Task<bool> Compare(string text)
    {
        var problems = new DiagnosticBag();
        var ours = Provisioner.ReadIgnition("c.ign", text, problems) is not null;
        var (theirs, says) = await IgnitionValidate.JudgeAsync(text);

        Assert.That(ours, Is.EqualTo(theirs), $"{text}\nours: {string.Join('\n', problems.Items)}\ntheirs: {says}");
        return ours;
    }
}
