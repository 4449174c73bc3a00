using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>The rules of child configs, as the operator notes of Ignition tell them, and upgrades.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class MergeTests
{
    private const string Head = "\"ignition\":{\"version\":\"3.3.0\"}";

    [TestCase(
        "what the child sets wins and the rest stays",
        """ "storage":{"files":[{"path":"/a","mode":420,"user":{"id":1}}]}""",
        """ "storage":{"files":[{"path":"/a","mode":384}]}""",
        """ "storage":{"files":[{"path":"/a","user":{"id":1},"mode":384}]}"""
    )]
    [TestCase(
        "entries of equal key merge in the parent's place and others follow",
        """ "passwd":{"users":[{"name":"a","shell":"/x"},{"name":"b"}]}""",
        """ "passwd":{"users":[{"name":"c"},{"name":"a","uid":5}]}""",
        """ "passwd":{"users":[{"name":"a","shell":"/x","uid":5},{"name":"b"},{"name":"c"}]}"""
    )]
    [TestCase(
        "a child's link takes the place of a parent's file",
        """ "storage":{"files":[{"path":"/a"},{"path":"/b"}]}""",
        """ "storage":{"links":[{"path":"/a","target":"/c"}]}""",
        """ "storage":{"files":[{"path":"/b"}],"links":[{"path":"/a","target":"/c"}]}"""
    )]
    [TestCase(
        "fragments and options append",
        """ "storage":{"files":[{"path":"/a","append":[{"source":"data:,1"}]}],"filesystems":["""
            + """{"device":"/d","format":"xfs","options":["a"]}]}""",
        """ "storage":{"files":[{"path":"/a","append":[{"source":"data:,1"}]}],"filesystems":[{"device":"/d","options":["a"]"""
            + ""","format":"xfs"}]}""",
        """ "storage":{"files":[{"path":"/a","append":[{"source":"data:,1"},{"source":"data:,1"}]}],"filesystems":["""
            + """{"device":"/d","format":"xfs","options":["a","a"]}]}"""
    )]
    [TestCase(
        "keyed strings are not repeated",
        """ "passwd":{"users":[{"name":"a","sshAuthorizedKeys":["k1","k2"]}]}""",
        """ "passwd":{"users":[{"name":"a","sshAuthorizedKeys":["k2","k3"]}]}""",
        """ "passwd":{"users":[{"name":"a","sshAuthorizedKeys":["k1","k2","k3"]}]}"""
    )]
    [TestCase(
        "a header without a value removes the parent's",
        """ "storage":{"files":[{"path":"/a","contents":{"source":"http://a","httpHeaders":[{"name":"x","value":"1"},"""
            + """{"name":"y","value":"2"}]}}]}""",
        """ "storage":{"files":[{"path":"/a","contents":{"source":"http://a","httpHeaders":[{"name":"x"},{"name":"y","value":"3"}]}}]}""",
        """ "storage":{"files":[{"path":"/a","contents":{"httpHeaders":[{"name":"y","value":"3"}],"source":"http://a"}}]}"""
    )]
    [TestCase(
        "partitions are found by number, or by label when they have none",
        """ "storage":{"disks":[{"device":"/d","partitions":[{"number":1,"label":"a"},{"label":"b","sizeMiB":5}]}]}""",
        """ "storage":{"disks":[{"device":"/d","partitions":[{"label":"b","sizeMiB":7},{"number":1,"label":"c"}]}]}""",
        """ "storage":{"disks":[{"device":"/d","partitions":[{"label":"c","number":1},{"label":"b","sizeMiB":7}]}]}"""
    )]
    [TestCase(
        "kernel arguments move between the lists",
        """ "kernelArguments":{"shouldExist":["a","b"]}""",
        """ "kernelArguments":{"shouldNotExist":["a"]}""",
        """ "kernelArguments":{"shouldExist":["b"],"shouldNotExist":["a"]}"""
    )]
    public void A_child_is_merged(string why, string parent, string child, string expected)
    {
        var problems = new DiagnosticBag();
        var merged = Provisioner.Merge(TestFiles.Parse($"{{{Head},{parent}}}"), TestFiles.Parse($"{{{Head},{child}}}"), problems);

        Assert.That(merged, Is.Not.Null, string.Join('\n', problems.Items));
        Assert.That(Provisioner.Write(merged!, pretty: false), Is.EqualTo($"{{{Head},{expected.Trim()}}}"), why);
    }

    [Test]
    public void Two_valid_configs_can_merge_to_one_that_is_not()
    {
        var problems = new DiagnosticBag();
        var merged = Provisioner.Merge(
            TestFiles.Parse("{" + Head + """ ,"storage":{"links":[{"path":"/a","target":"b"}]}}"""),
            TestFiles.Parse("{" + Head + """ ,"storage":{"files":[{"path":"/a/b"}]}}"""),
            problems
        );

        Assert.That(merged, Is.Null);
        Assert.That(problems.Items.Single().ToString(), Does.Contain("PL7108").And.Contain("in the merged config"));
    }

    [Test]
    public void Configs_of_different_versions_meet_in_the_newer()
    {
        var merged = Provisioner.Merge(
            Provisioner.Empty(IgnitionVersion.Of(0)),
            Provisioner.Empty(IgnitionVersion.Of(4)),
            new DiagnosticBag()
        );

        Assert.That(merged!.Version.ToString(), Is.EqualTo("3.4.0"));
    }

    [Test]
    public void Embedded_configs_are_merged_depth_first_and_fetched_ones_stay()
    {
        static string Embedded(string rest) => Provisioner.Embed(Encoding.UTF8.GetBytes("{" + Head + "," + rest + "}")).Source;
        var first = Embedded(
            """
            "unknownMember":0,"passwd":{"users":[{"name":"a","uid":2,"gecos":"g"}]}
            """
        );
        var second = Embedded(
            """
            "passwd":{"users":[{"name":"a","uid":3}]}
            """
        );
        var parent = TestFiles.Parse(
            """
            {"ignition":{"version":"3.3.0","config":{"merge":[{"source":"FIRST"},{"source":"https://example.com/x"},{"source":"SECOND"}]}},
             "passwd":{"users":[{"name":"a","uid":1}]}}
            """.Replace("FIRST", first, StringComparison.Ordinal).Replace("SECOND", second, StringComparison.Ordinal)
        );
        var problems = new DiagnosticBag();
        var resolved = Provisioner.Resolve(parent, problems);

        Assert.That(
            Provisioner.Write(resolved!, pretty: false),
            Is.EqualTo(
                """{"ignition":{"config":{"merge":[{"source":"https://example.com/x"}]},"version":"3.3.0"},"passwd":{"users":["""
                    + """{"gecos":"g","name":"a","uid":3}]}}"""
            )
        );
    }

    [Test]
    public void An_embedded_config_with_another_hash_is_refused()
    {
        var parent = TestFiles.Parse(
            """{"ignition":{"version":"3.3.0","config":{"replace":{"source":"data:,x","verification":"""
                + """{"hash":"sha256-0000000000000000000000000000000000000000000000000000000000000000"}}}}}"""
        );
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Resolve(parent, problems), Is.Null);
        Assert.That(problems.Items.Single(), Has.Property("Code").EqualTo("PL7025").And.Property("Exit").EqualTo(ExitClass.Refused));
    }

    [Test]
    public void A_config_that_embeds_itself_too_deeply_ends()
    {
        var text = """{"ignition":{"version":"3.3.0"}}""";
        for (var i = 0; i < 20; i++)
        {
            var (source, compression) = Provisioner.Embed(Encoding.UTF8.GetBytes(text));
            text = $$$$"""
                {"ignition":{"version":"3.3.0","config":{"merge":[{"source":"{{{{source}}}}","compression":"{{{{compression}}}}"}]}}}
                """;
        }

        var problems = new DiagnosticBag();
        Assert.That(Provisioner.Resolve(TestFiles.Parse(text), problems), Is.Null);
        Assert.That(problems.Items.Single().Code, Is.EqualTo("PL7023"));
    }

    [TestCase(
        "3.0.0",
        "3.1.0",
        """{"ignition":{"version":"3.0.0","config":{"merge":[{},{"source":"data:,x"}]}}}""",
        """{"ignition":{"config":{"merge":[{"source":"data:,x"}]},"version":"3.1.0"}}"""
    )]
    [TestCase(
        "3.5.0",
        "3.6.0",
        """{"ignition":{"version":"3.5.0"},"storage":{"files":[{"path":"/a","mode":2541}]}}""",
        """{"ignition":{"version":"3.6.0"},"storage":{"files":[{"path":"/a","mode":493}]}}"""
    )]
    [TestCase(
        "3.2.0",
        "3.3.0",
        """{"ignition":{"version":"3.2.0"},"storage":{"luks":[{"name":"a","device":"/d","clevis":{"custom":{"needsNetwork":true}}}]}}""",
        """{"ignition":{"version":"3.3.0"},"storage":{"luks":[{"device":"/d","name":"a"}]}}"""
    )]
    public void What_had_no_effect_is_left_out_by_an_upgrade_with_a_warning(string from, string to, string text, string expected)
    {
        Assert.That(IgnitionVersion.TryParse(to, out var version), Is.True);
        var problems = new DiagnosticBag();
        var upgraded = Provisioner.Upgrade(TestFiles.Parse(text), version!, problems);

        Assert.That(Provisioner.Write(upgraded!, pretty: false), Is.EqualTo(expected), from);
        Assert.That(problems.Items.Select(d => (d.Code, d.Severity)), Is.EqualTo([("PL7022", Severity.Warning)]));
    }

    [Test]
    public void What_a_newer_version_refuses_is_an_error_of_the_upgrade()
    {
        var problems = new DiagnosticBag();
        var upgraded = Provisioner.Upgrade(
            TestFiles.Parse("""{"ignition":{"version":"3.2.0"},"storage":{"links":[{"path":"/a"}]}}"""),
            IgnitionVersion.Latest,
            problems
        );

        Assert.That(upgraded, Is.Null);
        Assert.That(problems.Items.Single().ToString(), Does.Contain("PL7109").And.Contain("not allowed in version 3.6.0"));
    }

    [Test]
    public void A_config_is_not_downgraded()
    {
        var problems = new DiagnosticBag();

        Assert.That(Provisioner.Upgrade(Provisioner.Empty(IgnitionVersion.Of(4)), IgnitionVersion.Of(3), problems), Is.Null);
        Assert.That(problems.Items.Single().Code, Is.EqualTo("PL7020"));
    }
}
