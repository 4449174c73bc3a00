using Pipeline.Host.Files;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TestDiscoveryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Project => _directory.File("proj");

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Names_come_from_directories_and_a_sole_test_sh_drops_its_own()
    {
        Executable("top");
        Executable("files/test.sh");
        Executable("net/one");
        Executable("net/test.sh");
        Plain("net/README");
        Executable("sabotage/top/evil");
        Executable("net/data/helper");

        Assert.That(Find().Select(t => t.Name), Is.EqualTo(["ext.proj.files", "ext.proj.net.one", "ext.proj.net.test.sh", "ext.proj.top"]));
    }

    [Test]
    public void A_project_with_tests_kola_is_searched_there()
    {
        Executable("tests/kola/a/test.sh");
        Executable("build.sh");

        Assert.That(Find().Select(t => t.Name), Is.EqualTo(["ext.proj.a"]));
    }

    [Test]
    public void Config_and_data_belong_to_every_executable_of_their_directory()
    {
        Executable("d/one");
        Executable("d/two");
        Plain("d/config.ign");
        Plain("d/data/file");

        foreach (var test in Find())
        {
            Assert.That(test.Config!.Butane, Is.False);
            Assert.That(test.Data.Select(f => f.Path), Is.EqualTo(["file"]));
        }
    }

    [Test]
    public void Defaults_of_a_directory_hold_for_its_own_tests()
    {
        Executable("d/one");
        Executable("d/deeper/two");
        Plain("d/kola.json", """{"tags": "slow"}""");

        Assert.That(
            Find().Select(t => $"{t.Name}: {string.Join(' ', t.Header.Tags)}"),
            Is.EqualTo(["ext.proj.d.deeper.two: ", "ext.proj.d.one: slow"])
        );
    }

    [Test]
    public void A_bad_header_or_bad_defaults_hide_no_other_test()
    {
        Executable("a/one", "#!/bin/sh\n## kola:\n##   exclusiv: true\n");
        Executable("b/two");
        Plain("b/kola.json", """{"timeoutMin": "soon"}""");
        Executable("c/three");

        Assert.That(
            Find().Select(t => $"{t.Name} {string.Concat(t.Problems.Select(p => p.Message))}"),
            Is.EqualTo([
                "ext.proj.a.one unknown header key 'exclusiv'",
                "ext.proj.b.two expected a whole number from 1 to 1440",
                "ext.proj.c.three ",
            ])
        );
    }

    [Test]
    public void The_digest_covers_executable_config_and_data()
    {
        Executable("d/one");
        Plain("d/config.ign", "1");
        Plain("d/data/file", "1");
        var digests = new HashSet<string> { Find()[0].Digest.Hex };
        foreach (var file in new[] { "d/one", "d/config.ign", "d/data/file" })
        {
            File.AppendAllText(Path.Combine(Project, file), "2");
            digests.Add(Find()[0].Digest.Hex);
        }

        Assert.That(digests, Has.Count.EqualTo(4));
    }

    [Test]
    public void Data_may_be_a_link_inside_the_project_but_not_out_of_it()
    {
        Executable("a/one");
        Plain("shared/lib.sh");
        Directory.CreateSymbolicLink(Path.Combine(Project, "a", "data"), "../shared");
        Assert.That(Find()[0].Data.Select(f => f.Path), Is.EqualTo(["lib.sh"]));

        File.CreateSymbolicLink(Path.Combine(Project, "shared", "passwd"), "/etc/passwd");
        Assert.That(Find, Throws.TypeOf<PipelineException>().With.Message.Contains("PL0320"));
    }

    [Test]
    public void Two_configs_or_an_old_name_are_errors()
    {
        Executable("a/one");
        Plain("a/config.ign");
        Plain("a/config.bu");
        Plain("b/config.fcc");
        var problems = new DiagnosticBag();
        TestDiscovery.Find(Project, problems);

        Assert.That(
            problems.Items.Select(p => p.Message),
            Is.EquivalentTo(["both config.ign and config.bu", "'config.fcc' is an old name"])
        );
    }

    [Test]
    public void A_missing_directory_is_an_error()
    {
        var problems = new DiagnosticBag();
        TestDiscovery.Find(_directory.File("nothing"), problems);

        Assert.That(problems.Items.Single().Code, Is.EqualTo("PL4012"));
    }

    private IReadOnlyList<KolaTest> Find()
    {
        var problems = new DiagnosticBag();
        var found = TestDiscovery.Find(Project, problems);
        Assert.That(problems.Items, Is.Empty);
        return found;
    }

    private void Executable(string name, string text = "#!/bin/sh\n")
    {
        Plain(name, text);
        File.SetUnixFileMode(Path.Combine(Project, name), (UnixFileMode)0x1ed);
    }

    private void Plain(string name, string text = "{}")
    {
        var path = Path.Combine(Project, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)0x1a4);
    }
}
