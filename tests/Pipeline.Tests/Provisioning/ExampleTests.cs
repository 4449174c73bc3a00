using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning;
using Pipeline.TestKit;

namespace Pipeline.Tests.Provisioning;

/// <summary>Every example; <c>TestData/Provisioning/examples.tsv</c> says what each covers.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ExampleTests
{
    [TestCaseSource(typeof(TestFiles), nameof(TestFiles.Butane))]
    public async Task A_butane_example_is_translated_and_pinned(string name)
    {
        var problems = new DiagnosticBag();
        var config = Provisioner.Transpile(name, TestFiles.Read("butane", name), TestFiles.Options, problems);

        Assert.That(config, Is.Not.Null, string.Join('\n', problems.Items));
        Golden.Check($"Provisioning/Butane/{Path.ChangeExtension(name, ".ign")}", Provisioner.Write(config!, pretty: true));
        CheckWarnings($"butane/{name}", problems);
        if (config!.Version.Minor <= 3)
        {
            var (accepts, says) = await IgnitionValidate.JudgeAsync(Provisioner.Write(config, pretty: false));
            Assert.That(accepts, Is.True, says);
        }
    }

    [TestCaseSource(typeof(TestFiles), nameof(TestFiles.Ignition))]
    public async Task An_ignition_example_is_valid_printed_the_same_and_explained(string name)
    {
        var text = TestFiles.Read("ignition", name);
        var problems = new DiagnosticBag();
        Provisioner.ReadIgnition(name, text, problems);
        var config = TestFiles.Parse(text);
        CheckWarnings($"ignition/{name}", problems);

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

    // Early writers print members that are null and objects that are empty.
    [Test]
    public void Null_members_and_empty_objects_say_nothing()
    {
        const string wordy = """
            {"ignition":{"config":{"replace":{"source":null,"verification":{}}},"security":{"tls":{}},"timeouts":{},"version":"3.0.0"},
             "passwd":{"users":[{"name":"warden","sshAuthorizedKeys":["ssh-ed25519 AAAAC3NzaSaltmarsh warden@desk.example"]}]},
             "storage":{},"systemd":{}}
            """;
        var config = TestFiles.Transpile(TestFiles.Read("butane", "login-1.0.bu"));

        Assert.That(config, Is.EqualTo(TestFiles.Parse(wordy)));
        Assert.That(
            Provisioner.Write(config, pretty: false),
            Is.EqualTo(
                """{"ignition":{"version":"3.0.0"},"passwd":{"users":[{"name":"warden","""
                    + "\"sshAuthorizedKeys\":[\"ssh-ed25519 AAAAC3NzaSaltmarsh warden@desk.example\"]}]}}"
            )
        );
    }

    [Test]
    public void Sugar_and_what_it_stands_for_are_equal() =>
        Assert.That(
            TestFiles.Transpile(TestFiles.Read("butane", "boot-tpm2-1.6.bu")),
            Is.EqualTo(TestFiles.Transpile(TestFiles.Read("butane", "boot-tpm2-long-1.6.bu")))
        );

    [Test]
    public void The_table_names_every_example_and_its_version()
    {
        var files = TestFiles.Butane().Select(n => $"butane/{n}").Concat(TestFiles.Ignition().Select(n => $"ignition/{n}")).ToArray();

        Assert.That(TestFiles.Examples.Keys, Is.EquivalentTo(files));
        using (Assert.EnterMultipleScope())
        {
            foreach (var (file, (version, _)) in TestFiles.Examples)
            {
                var text = TestFiles.Read(Path.GetDirectoryName(file)!, Path.GetFileName(file));
                var parts = version.Split(' ');
                Assert.That(
                    text,
                    parts[0] == "ignition"
                        ? Does.Contain($"\"version\": \"{parts[1]}\"")
                        : Does.Contain($"variant: {parts[0]}\nversion: {parts[1]}\n"),
                    file
                );
            }
        }
    }

    [Test]
    public void Every_version_has_an_example()
    {
        var versions = TestFiles.Examples.Values.Select(e => e.Version).ToHashSet();

        Assert.That(
            ButaneVersion.All.Select(v => v.ToString()).Concat(IgnitionVersion.All.Select(v => $"ignition {v}")),
            Is.SubsetOf(versions)
        );
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

    private static void CheckWarnings(string file, DiagnosticBag problems)
    {
        var expected = TestFiles.Examples[file].Warnings;

        Assert.That(
            problems.Items.Select(d => d.Code).Distinct(),
            expected == "-" ? Is.Empty : Is.EqualTo(expected.Split(',')),
            string.Join('\n', problems.Items)
        );
    }
}
