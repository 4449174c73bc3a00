using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;
using Pipeline.TestKit;

namespace Pipeline.Tests.Provisioning;

/// <summary>Every example of the published pages, re-created: upgrading, examples and getting-started pages of Butane; examples, migrating and operator pages of Ignition.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ExampleTests
{
    [TestCaseSource(typeof(TestFiles), nameof(TestFiles.Butane))]
    public async Task A_published_butane_example_is_translated_and_pinned(string name)
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.Transpile(name, TestFiles.Read("butane", name), TestFiles.Options, problems);

        Assert.That(config, Is.Not.Null, string.Join('\n', problems.Items));
        Golden.Check($"Provisioning/Butane/{Path.ChangeExtension(name, ".ign")}", Provisioner.Write(config!, pretty: true));
        Assert.That(problems.Items.Select(d => d.ToString()), name.Contains("special-modes", StringComparison.Ordinal) ? Has.All.Contains("PL7105") : Is.Empty);
        if (config!.Version.Minor <= 3)
        {
            var (accepts, says) = await IgnitionValidate.JudgeAsync(Provisioner.Write(config, pretty: false));
            Assert.That(accepts, Is.True, says);
        }
    }

    [TestCaseSource(typeof(TestFiles), nameof(TestFiles.Ignition))]
    public async Task A_published_ignition_example_is_valid_printed_the_same_and_explained(string name)
    {
        var text = TestFiles.Read("ignition", name);
        var config = TestFiles.Parse(text);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(TestFiles.Parse(Provisioner.Write(config, pretty: true)), Is.EqualTo(config));
            Golden.Check($"Provisioning/Show/{Path.ChangeExtension(name, ".txt")}", Provisioner.Describe(config));
        }

        if (config.Version.Minor <= 3)
        {
            var (accepts, says) = await IgnitionValidate.JudgeAsync(text);
            Assert.That(accepts, Is.True, says);
        }
    }

    // Shaped as the getting-started pages show it, in the form of current versions.
    [Test]
    public void The_result_printed_on_the_getting_started_page_is_ours()
    {
        var config = TestFiles.Transpile("variant: fcos\nversion: 1.4.0\npasswd:\n  users:\n    - name: core\n      ssh_authorized_keys:\n        - ssh-rsa AAAAB3NzaC1yc...\n");

        Assert.That(Provisioner.Write(config, pretty: false),
            Is.EqualTo("""{"ignition":{"version":"3.3.0"},"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["ssh-rsa AAAAB3NzaC1yc..."]}]}}"""));
    }

    [TestCaseSource(typeof(ButaneVersion), nameof(ButaneVersion.All))]
    public void Every_variant_and_version_writes_its_ignition_version(ButaneVersion version)
    {
        var config = TestFiles.Transpile($"variant: {version.Variant}\nversion: {version.Version}\n");

        Assert.That(Provisioner.Write(config, pretty: false), Is.EqualTo($"{{\"ignition\":{{\"version\":\"{version.Ignition}\"}}}}"));
    }

    [TestCaseSource(typeof(ButaneVersion), nameof(ButaneVersion.All))]
    public void The_schema_of_every_variant_and_version_is_pinned(ButaneVersion version) =>
        Golden.Check($"Provisioning/Schema/{version.Variant}-{version.Version}.json", Provisioner.ButaneSchema(version));
}
