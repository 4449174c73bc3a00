using Pipeline.Compose.Manifests;
using Pipeline.Compose.Trees;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose.Trees;

/// <summary><c>check-passwd</c> and <c>check-groups</c>: where numbers come from, and which changes are refused.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TreeAccountsTests : IDisposable
{
    private const string Users = "root:x:0:0:root:/root:/bin/sh\nsshd:x:74:74::/:/sbin/nologin\n";
    private const string Groups = "root:x:0:\nsshd:x:74:core,admin\n";
    private readonly TemporaryDirectory _directory = new();
    private readonly TreeHandle _tree;

    public TreeAccountsTests()
    {
        Directory.CreateDirectory(_directory.File("tree/etc"));
        _tree = TreeHandle.Open(_directory.File("tree"));
        Put("passwd", Users);
        Put("group", Groups);
    }

    public void Dispose()
    {
        _tree.Dispose();
        _directory.Dispose();
    }

    // The same numbers; without a group its own number is meant.
    [TestCase("check-passwd: {type: data, entries: {root: 0, sshd: [74, 74]}}", "")]
    [TestCase("check-passwd: {type: data, entries: {sshd: [74]}}", "")]
    [TestCase("check-groups: {type: data, entries: {sshd: 74}}", "")]
    // Others.
    [TestCase("check-passwd: {type: data, entries: {sshd: 75}}", "PL2124: the number of user 'sshd' changed from 75 to 74")]
    [TestCase("check-passwd: {type: data, entries: {sshd: [74, 10]}}", "PL2124: the group of user 'sshd' changed from 10 to 74")]
    [TestCase("check-groups: {type: data, entries: {sshd: 10}}", "PL2124: the number of group 'sshd' changed from 10 to 74")]
    // Missing ones matter when files belong to them.
    [TestCase("check-passwd: {type: data, entries: {gone: 64999}}", "")]
    [TestCase(
        "check-passwd: {type: data, entries: {gone: OWNER}}",
        "PL2125: user 'gone' is missing, but files of the tree belong to its number"
    )]
    [TestCase("check-passwd: {type: data, entries: {gone: OWNER}}\nignore-removed-users: [gone]", "")]
    [TestCase("check-passwd: {type: data, entries: {gone: OWNER}}\nignore-removed-users: ['*']", "")]
    [TestCase("check-groups: {type: data, entries: {gone: GROUP}}\nignore-removed-groups: [other]", "PL2125: group 'gone' is missing")]
    // None to compare with, and a container, where nobody cares.
    [TestCase("check-passwd: {type: none}", "")]
    [TestCase("check-passwd: {type: previous}", "")]
    [TestCase("container: true\ncheck-passwd: {type: data, entries: {sshd: 75}}", "")]
    public void Numbers_that_a_manifest_gives_are_compared(string keys, string expected)
    {
        var owner = UnixFile.Status(_directory.File("tree/etc/passwd"))!.Value;
        var manifest = Read(
            keys.Replace("OWNER", $"{owner.UserId}", StringComparison.Ordinal)
                .Replace("GROUP", $"{owner.GroupId}", StringComparison.Ordinal)
        );

        Assert.That(Problems(manifest, null), expected.Length == 0 ? Is.Empty : Has.One.Contains(expected));
    }

    [Test]
    public void The_last_build_is_compared_for_previous_alone()
    {
        TreeAccounts before = new([new("sshd", 70, 74)], [new("sshd", 74, null)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Problems(Read("check-passwd: {type: previous}\ncheck-groups: {type: previous}"), before), Has.Exactly(1).Items);
            Assert.That(Problems(Read("check-groups: {type: previous}"), before), Is.Empty);
        }
    }

    [Test]
    public void A_file_is_in_the_tree_before_any_package_and_its_numbers_are_checked()
    {
        File.WriteAllText(_directory.File("passwd"), "# ours\n" + Users);
        File.WriteAllText(_directory.File("group"), Groups);
        var manifest = Read("check-passwd: {type: file, filename: passwd}\ncheck-groups: {type: file, filename: group}");
        Put("passwd", "other:x:1:1::/:/bin/sh\n");

        TreeAccounts.Inject(manifest, _tree);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Get("passwd"), Is.EqualTo("# ours\n" + Users));
            Assert.That(Get("group"), Is.EqualTo(Groups));
            Assert.That(_tree.Status("etc/shadow")!.Value.Mode & 0xFFF, Is.Zero);
            Assert.That(AccountText.Shadow(Users), Is.EqualTo("root:*::0:99999:7:::\nsshd:*::0:99999:7:::\n"));
            Assert.That(AccountText.GroupShadow(Groups), Is.EqualTo("root:::\nsshd:::core,admin\n"));
            Assert.That(Problems(manifest, null), Is.Empty);
        }

        Put("passwd", Users.Replace("74:74", "75:74", StringComparison.Ordinal));
        Assert.That(Problems(manifest, null), Has.One.Contains("changed from 74 to 75"));
    }

    [TestCase("check-passwd: {type: file, filename: passwd}", "'check-groups' is not")]
    [TestCase("check-groups: {type: file, filename: passwd}", "'check-passwd' is not")]
    [TestCase("check-passwd: {type: file, filename: gone}", "names 'gone', which is no regular file")]
    [TestCase("check-passwd: {type: file, filename: broken}", "names 'broken', whose line 2 is no account")]
    [TestCase("check-passwd: {type: file}", "does not say where numbers come from")]
    [TestCase("check-passwd: {type: other}", "does not say where numbers come from")]
    [TestCase("check-passwd: {type: data, entries: {a: x}}", "has no numbers for 'a'")]
    [TestCase("check-passwd: {type: data, entries: {a: [1, 2, 3]}}", "has no numbers for 'a'")]
    [TestCase("check-passwd: {type: data, entries: {a: 4294967295}}", "has no numbers for 'a'")]
    [TestCase("check-groups: {type: data, entries: {a: [1, 2]}}", "has no numbers for 'a'")]
    [TestCase("check-passwd: {type: previous, filename: x}", "has no 'filename' with this type")]
    public void A_rule_that_makes_no_sense_is_an_error_at_its_place(string keys, string expected)
    {
        File.WriteAllText(_directory.File("passwd"), Users);
        File.WriteAllText(_directory.File("broken"), "root:x:0:0:root:/root:/bin/sh\nroot:x:0\n");

        var e = Assert.Throws<PipelineException>(() => Read(keys))!;

        Assert.That(e.Diagnostics.Any(d => d.Code == "PL1037" && d.Span?.Line == 3 && d.Hint is not null), Is.True, e.Message);
        Assert.That(e.Message, Does.Contain(expected));
    }

    private string[] Problems(Manifest manifest, TreeAccounts? previous)
    {
        var problems = new DiagnosticBag();
        TreeAccounts.Of(_tree).Check(manifest, _tree, previous, problems);
        return [.. problems.Items.Select(p => p.ToString())];
    }

    private Manifest Read(string keys)
    {
        File.WriteAllText(_directory.File("m.yaml"), $"packages: [app]\nrepos: [r]\n{keys}\n");
        return ManifestReader
            .Read(
                new()
                {
                    Path = _directory.File("m.yaml"),
                    Display = "m.yaml",
                    Architecture = Arch.X86_64,
                }
            )
            .Manifest;
    }

    private void Put(string name, string text) => File.WriteAllText(_directory.File($"tree/etc/{name}"), text);

    private string Get(string name) => File.ReadAllText(_directory.File($"tree/etc/{name}"));
}
