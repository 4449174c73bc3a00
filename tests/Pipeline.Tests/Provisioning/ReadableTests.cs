using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;

namespace Pipeline.Tests.Provisioning;

/// <summary>Which configs an OS reads, by the release of Ignition that it has.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ReadableTests
{
    [TestCase("2.0.0", ExpectedResult = "3.0.0")]
    [TestCase("2.2.1-5.git1.fc32", ExpectedResult = "3.0.0")]
    [TestCase("2.3.0", ExpectedResult = "3.1.0")]
    [TestCase("2.7.0", ExpectedResult = "3.2.0")]
    [TestCase("2.10.1", ExpectedResult = "3.2.0")]
    [TestCase("2.11.0", ExpectedResult = "3.3.0")]
    [TestCase("2.14.0+ds1-1+b19", ExpectedResult = "3.3.0")]
    [TestCase("0:2.15.0-3.fc38", ExpectedResult = "3.4.0")]
    [TestCase("2.20.0~rc1-1", ExpectedResult = "3.5.0")]
    [TestCase("2.25.1", ExpectedResult = "3.5.0")]
    [TestCase("2.26.0-1.fc43", ExpectedResult = "3.6.0")]
    [TestCase("3.0", ExpectedResult = "3.6.0")]
    [TestCase("0.35.0", ExpectedResult = null)]
    [TestCase("", ExpectedResult = null)]
    [TestCase("2", ExpectedResult = null)]
    [TestCase("git.2", ExpectedResult = null)]
    [TestCase("99999999999.1", ExpectedResult = null)]
    public string? A_release_reads_up_to(string release) => IgnitionReleases.NewestReadBy(release)?.ToString();

    [Test]
    public void Every_final_version_is_read_by_some_release()
    {
        var releases = Enumerable.Range(0, 100).Select(minor => IgnitionReleases.NewestReadBy($"2.{minor}.0")!).ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(releases.Distinct(), Is.EqualTo(IgnitionVersion.All.Where(v => !v.Experimental)));
            Assert.That(releases, Is.Ordered);
        }
    }

    [TestCase("3.3.0", "3.3.0", ExpectedResult = true)]
    [TestCase("3.3.0", "3.0.0", ExpectedResult = true)]
    [TestCase("3.3.0", "3.4.0", ExpectedResult = false)]
    [TestCase("3.6.0", "3.7.0-experimental", ExpectedResult = true)]
    [TestCase("3.5.0", "3.7.0-experimental", ExpectedResult = false)]
    public bool An_experimental_version_is_read_only_by_releases_just_before_it(string newest, string version) =>
        IgnitionReleases.Reads(Version(newest), Version(version));

    [Test]
    public void A_Butane_config_that_is_too_new_says_which_version_to_write()
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.Transpile("config.bu", "variant: fcos\nversion: 1.5.0\n", new(), problems)!;

        Provisioner.RequireReadable(config, Version("3.3.0"), problems);

        Assert.That(
            problems.Items.Single().ToString(),
            Is.EqualTo(
                "config.bu:2:10: error PL7026: this OS reads Ignition configs ≤ 3.3.0, this is 3.4.0 (fcos 1.5.0) (at version)\n"
                    + "  hint: use 'variant: fcos, version: 1.4.0'"
            )
        );
    }

    [Test]
    public void Flatcars_variant_is_kept_and_a_version_that_no_Butane_makes_is_named_itself()
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.Transpile("config.bu", "variant: flatcar\nversion: 1.1.0\n", new(), problems)!;

        Provisioner.RequireReadable(config, Version("3.3.0"), problems);
        Provisioner.RequireReadable(config, Version("3.2.0"), problems);

        Assert.That(
            problems.Items.Select(p => p.Hint),
            Is.EqualTo(["use 'variant: flatcar, version: 1.0.0'", "write a config of version 3.2.0"])
        );
    }

    [Test]
    public void An_Ignition_config_that_is_too_new_is_named_with_its_line()
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.ReadIgnition("config.ign", "{\"ignition\":\n  {\"version\":\"3.4.0\"}}", problems)!;

        Provisioner.RequireReadable(config, Version("3.3.0"), problems);

        var problem = problems.Items.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((problem.Span!.Line, problem.Path), Is.EqualTo((2, "/ignition/version")));
            Assert.That(problem.Message, Is.EqualTo("this OS reads Ignition configs ≤ 3.3.0, this is 3.4.0"));
            Assert.That(problem.Hint, Is.EqualTo("write it for version 3.3.0, or in Butane: use 'variant: fcos, version: 1.4.0'"));
        }
    }

    [TestCase("merge", 1)]
    [TestCase("replace", 1)]
    public void Embedded_configs_are_read_too(string how, int expected)
    {
        var inner = Embedded("""{"ignition":{"version":"3.4.0"}}""");
        var middle = Embedded(Merging("merge", $"[{Source(inner)}]"));
        var outer = Merging(how, how == "merge" ? $"[{Source(middle)}]" : Source(middle));
        var problems = new DiagnosticBag();
        var config = Provisioner.ReadIgnition("config.ign", outer, problems)!;

        Provisioner.RequireReadable(config, Version("3.3.0"), problems);

        Assert.That(problems.Items.Select(p => p.Path), Is.All.StartsWith($"/ignition/config/{how}").And.Exactly(expected).Items);
    }

    [TestCase("variant: fcos\nversion: 1.4.0\n", ExpectedResult = true)]
    [TestCase("# mine\n---\n\"variant\": fcos\nversion: 1.4.0\n", ExpectedResult = true)]
    [TestCase("""{"variant":"fcos","version":"1.4.0","ignition":{"config":{}}}""", ExpectedResult = true)]
    [TestCase("""{"ignition":{"version":"3.3.0"}}""", ExpectedResult = false)]
    [TestCase("""{"ignition":{"version":"3.3.0"},"variant":"x"}""", ExpectedResult = false)]
    [TestCase("ignition: {version: 3.3.0}\n", ExpectedResult = false)]
    [TestCase("", ExpectedResult = false)]
    [TestCase("{", ExpectedResult = false)]
    public bool A_Butane_config_is_recognised_in_every_form(string text) => Provisioner.IsButane(Encoding.UTF8.GetBytes(text));

    private static string Source(string url) => $"{{\"source\":\"{url}\"}}";

    private static string Merging(string how, string configs) =>
        $"{{\"ignition\":{{\"version\":\"3.0.0\",\"config\":{{\"{how}\":{configs}}}}}}}";

    private static string Embedded(string config) => "data:;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(config));

    private static IgnitionVersion Version(string text) =>
        IgnitionVersion.TryParse(text, out var version) ? version : throw new ArgumentException(text);
}
