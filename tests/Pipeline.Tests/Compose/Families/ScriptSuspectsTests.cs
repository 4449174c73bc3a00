using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Tests.Host.Trees;

namespace Pipeline.Tests.Compose.Families;

/// <summary>Which package's script is named when the layout of a tree was changed.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ScriptSuspectsTests : TreeFixture
{
    private static readonly MergedTree Packages = MergedTree.Of(
        [
            Package("a", "postinst"),
            Package("silent"),
            Package("b", "preinst"),
            Package("c", "postinst"),
            Package("d", "postinst", "mv /var/lib /var/x\nmv /var /x\n"),
            Package("e", "postinst", "rm -r /var/cache /variable\n"),
        ],
        DebFamily.Instance.Merging,
        documentation: true
    );

    private readonly ScriptSuspects _suspects;

    public ScriptSuspectsTests() => _suspects = new(Packages, Tree, DebLayout.Layout);

    [Test]
    public void The_package_before_the_line_or_the_one_of_the_line_is_named()
    {
        See("Setting up a (1) ...");
        Change();
        See("Setting up silent (1) ...", "Setting up b:amd64 (1) ...", "Setting up c (1) ...");

        Assert.That(_suspects.Name("dpkg"), Is.EqualTo("a script of 'a' or 'b'"));
    }

    [TestCase("Setting up a (1) ...", "Setting up d (1) ...", "Setting up e (1) ...", ExpectedResult = "a script of 'd'")]
    [TestCase("Setting up a (1) ...", "Setting up e (1) ...", "Setting up c (1) ...", ExpectedResult = "a script of 'a' or 'e'")]
    [TestCase("Setting up d (1) ...", ExpectedResult = "a script of 'd'")]
    public string When_lines_arrive_late_the_package_whose_script_has_the_path_is_named(params string[] late)
    {
        Change();
        See(late);

        return _suspects.Name("dpkg");
    }

    [Test]
    public void The_last_package_is_named_when_nothing_came_after_it()
    {
        See("Setting up a (1) ...", "Setting up b (1) ...", "Setting up silent (1) ...");
        Change();

        Assert.That(_suspects.Name("dpkg"), Is.EqualTo("a script of 'b'"));
    }

    [Test]
    public void Scripts_that_run_before_dpkg_are_named_too()
    {
        See("preinst of b");
        Change();
        See("some output", "Setting up nobody (1) ...", "Setting up (1) ...");

        Assert.That(_suspects.Name("preinst scripts"), Is.EqualTo("a script of 'b'"));
    }

    [Test]
    public void Nobody_is_named_when_no_package_with_scripts_was_seen()
    {
        See("Setting up silent (1) ...");
        Change();

        Assert.That(_suspects.Name("dpkg --configure"), Is.EqualTo("dpkg --configure"));
    }

    private void See(params string[] lines) => Array.ForEach(lines, _suspects.See);

    private void Change() => File.CreateSymbolicLink(At("var"), Outside);

    private static PackageLayer Package(string name, string? script = null, string text = "exit 0\n") =>
        HandmadeLayer.Package(name, "", (script ?? "templates", text));
}
