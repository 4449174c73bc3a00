using Pipeline.Host.Files;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Provisioning;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class CliTests
{
    private const string Good = "variant: fcos\nversion: 1.4.0\nkernel_arguments:\n  should_exist: [quiet]\n";
    private const string Compact = "{\"ignition\":{\"version\":\"3.3.0\"},\"kernelArguments\":{\"shouldExist\":[\"quiet\"]}}\n";

    [Test]
    public async Task Butane_reads_standard_input_and_prints_one_line()
    {
        var run = await CliRun.Of(["butane"], input: Good);

        Assert.That((run.ExitCode, run.Output, run.Error), Is.EqualTo((0, Compact, "")));
    }

    [Test]
    public async Task Butane_writes_a_file_and_reads_local_files()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("c.bu"), Good + "storage:\n  files:\n    - path: /a\n      contents: {local: a}\n");
        Directory.CreateDirectory(directory.File("files"));
        await File.WriteAllTextAsync(directory.File("files/a"), "x");
        var run = await CliRun.Of(["butane", "--pretty", "-d", "files", "-o", "c.ign", "c.bu"], directory.Path);

        Assert.That((run.ExitCode, run.Output, run.Error), Is.EqualTo((0, "", "")));
        Assert.That(
            await File.ReadAllTextAsync(directory.File("c.ign")),
            Does.Contain("  \"storage\": {\n").And.Contain("\"data:,x\"").And.EndWith("}\n")
        );
    }

    [Test]
    public async Task A_warning_is_printed_and_strict_makes_it_an_error()
    {
        const string text = Good + "unknown: 1\n";
        var lax = await CliRun.Of(["butane"], input: text);
        var strict = await CliRun.Of(["butane", "--strict"], input: text);
        var check = await CliRun.Of(["butane", "--check"], input: text);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((lax.ExitCode, lax.Output), Is.EqualTo((0, Compact)));
            Assert.That(lax.Error, Does.StartWith("<stdin>:5:1: warning PL7002"));
            Assert.That((strict.ExitCode, strict.Output), Is.EqualTo((2, "")));
            Assert.That((check.ExitCode, check.Output), Is.EqualTo((0, "")));
        }
    }

    [Test]
    public async Task Hundreds_of_warnings_are_still_only_warnings()
    {
        var unknown = string.Concat(Enumerable.Range(0, 201).Select(i => $"x{i}: 1\n"));
        var members = string.Concat(Enumerable.Range(0, 201).Select(i => $",\"x{i}\":1"));
        var butane = await CliRun.Of(["butane"], input: Good + unknown);
        var ignition = await CliRun.Of(["ignition", "validate"], input: $"{{\"ignition\":{{\"version\":\"3.3.0\"}}{members}}}");
        var strict = await CliRun.Of(["butane", "--strict"], input: Good + unknown);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((butane.ExitCode, butane.Output), Is.EqualTo((0, Compact)));
            Assert.That(butane.Error, Does.EndWith("warning PL0001: one more problem is not shown\n"));
            Assert.That(ignition.ExitCode, Is.Zero);
            Assert.That(strict.ExitCode, Is.EqualTo(2));
        }
    }

    [TestCase("{\n  \"ignition\": {\n    \"version\": \"3.0.0\",\n  },\n}\n", "3:23", "a comma must not stand before '}'")]
    [TestCase("{\"ignition\": {\"version\": \"3.0.0\"}", "1:34", "the object that starts at line 1 is not closed")]
    public async Task A_config_that_is_not_json_is_explained(string text, string place, string message)
    {
        var run = await CliRun.Of(["ignition", "validate"], input: text);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.StartWith($"<stdin>:{place}: error PL0021: not valid JSON: {message}\n"));
    }

    [TestCase("openshift")]
    [TestCase("r4e")]
    [TestCase("fiot")]
    public async Task A_variant_of_another_system_is_answered_with_the_program_that_knows_it(string variant)
    {
        var translated = await CliRun.Of(["butane"], input: $"variant: {variant}\nversion: 1.0.0\n");
        var schema = await CliRun.Of(["butane", "schema", "--variant", variant]);

        foreach (var run in (CliRun[])[translated, schema])
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain($"variant '{variant}'").And.Contain("use the program 'butane'"));
        }
    }

    [Test]
    public async Task A_missing_file_is_bad_input()
    {
        var run = await CliRun.Of(["butane", "no-such.bu"]);

        Assert.That(run.ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task Validate_says_what_is_wrong_for_people_and_machines()
    {
        const string bad = "{\"ignition\":{\"version\":\"3.3.0\"},\"storage\":{\"files\":[{\"path\":\"a\"}]}}";
        var people = await CliRun.Of(["ignition", "validate"], input: bad);
        var machines = await CliRun.Of(["ignition", "validate", "--json", "-"], input: bad);
        var good = await CliRun.Of(["ignition", "validate"], input: Compact);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(people.ExitCode, Is.EqualTo(2));
            Assert.That(people.Error, Does.StartWith("<stdin>:1:61: error PL7101: path 'a' is not absolute (at /storage/files/0/path)"));
            Assert.That(machines.ExitCode, Is.EqualTo(2));
            Assert.That(machines.Output, Does.Contain("\"path\": \"/storage/files/0/path\""));
            Assert.That((good.ExitCode, good.Output, good.Error), Is.EqualTo((0, "", "")));
        }
    }

    [Test]
    public async Task Merge_upgrade_and_show_work_together()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("a.ign"), Compact);
        await File.WriteAllTextAsync(
            directory.File("b.ign"),
            "{\"ignition\":{\"version\":\"3.0.0\"},\"passwd\":{\"users\":[{\"name\":\"core\"}]}}"
        );
        var merged = await CliRun.Of(["ignition", "merge", "b.ign", "a.ign"], directory.Path);
        var upgraded = await CliRun.Of(["ignition", "upgrade", "--to", "3.4.0"], input: merged.Output);
        var shown = await CliRun.Of(["ignition", "show"], input: upgraded.Output);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                merged.Output,
                Is.EqualTo(
                    "{\"ignition\":{\"version\":\"3.3.0\"},\"kernelArguments\":{\"shouldExist\":[\"quiet\"]},"
                        + "\"passwd\":{\"users\":[{\"name\":\"core\"}]}}\n"
                )
            );
            Assert.That(upgraded.Output, Does.Contain("\"3.4.0\""));
            Assert.That(shown.Output, Is.EqualTo("Ignition 3.4.0, 113 B\nkernel arguments (1)\n  + quiet\nusers (1)\n  core\n"));
        }
    }

    [Test]
    public async Task The_schema_is_printed_for_a_known_version_only()
    {
        var known = await CliRun.Of(["butane", "schema", "--variant", "flatcar", "--spec-version", "1.0.0"]);
        var unknown = await CliRun.Of(["butane", "schema", "--spec-version", "9.0.0"]);

        Assert.That((known.ExitCode, unknown.ExitCode), Is.EqualTo((0, 2)));
        Assert.That(known.Output, Does.Contain("\"title\": \"Butane flatcar 1.0.0\""));
    }

    [Test]
    public async Task The_config_of_the_other_language_is_recognised()
    {
        var yaml = await CliRun.Of(["ignition", "validate"], input: Good);
        var marked = await CliRun.Of(["ignition", "validate"], input: "# of a site\n---\n" + Good);
        var json = await CliRun.Of(["butane"], input: Compact);

        Assert.That(
            yaml.Error,
            Does.StartWith(
                "<stdin>:1:1: error PL7010: this is a Butane config, not an Ignition config\n  hint: translate it with 'pipeline butane'\n"
            )
        );
        Assert.That(marked.Error, Does.StartWith("<stdin>:1:1: error PL7010: this is a Butane config, not an Ignition config\n"));
        Assert.That(json.Error, Does.StartWith("<stdin>:1:1: error PL7011: this is an Ignition config, not a Butane config\n"));
    }

    [Test]
    public async Task What_cannot_be_read_or_written_is_named_with_what_to_do()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File("d"));
        await File.WriteAllTextAsync(directory.File("c.bu"), Good + "storage:\n  files:\n    - path: /a\n      contents: {local: a}\n");
        var read = await CliRun.Of(["butane", "d"], directory.Path);
        var into = await CliRun.Of(["butane", "-o", "d"], directory.Path, Good);
        var nowhere = await CliRun.Of(["butane", "-o", "no/such/c.ign"], directory.Path, Good);
        var missing = await CliRun.Of(["butane", "-d", "nodir", "c.bu"], directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                (read.ExitCode, read.Error),
                Is.EqualTo((2, "error PL7271: 'd' is a directory, not a config\n  hint: name a file in it, or - for standard input\n"))
            );
            Assert.That((into.ExitCode, into.Error), Is.EqualTo((2, "error PL7272: 'd' is a directory\n  hint: name a file in it\n")));
            Assert.That(
                (nowhere.ExitCode, nowhere.Error),
                Is.EqualTo((2, "error PL7272: the directory of 'no/such/c.ign' does not exist\n  hint: mkdir -p no/such\n"))
            );
            Assert.That(Directory.Exists(directory.File("no")), Is.False);
            Assert.That(missing.ExitCode, Is.EqualTo(2));
            Assert.That(
                missing.Error,
                Does.Contain("c.bu:8:25: error PL7213: 'a' is not there: the directory of local files '")
                    .And.Contain("nodir' does not exist")
            );
        }
    }

    [Test]
    public async Task Rules_are_checked_although_another_value_is_unreadable()
    {
        var ignition = await CliRun.Of(
            ["ignition", "validate"],
            input: """{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"a","mode":"0644"},{"path":"/b/"}]}"""
                + ""","systemd":{"units":[{"name":"x"}]}}"""
        );
        var butane = await CliRun.Of(
            ["butane"],
            input: "variant: fcos\nversion: 1.6.0\nboot_device:\n  layout: x\nstorage:\n  files:\n    - path: /a\n      mode: abc\n"
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ignition.Error, Does.Contain("PL7001").And.Contain("PL7102").And.Contain("PL7170").And.Not.Contain("PL7101"));
            Assert.That(butane.Error, Does.Contain("PL7001").And.Contain("PL7240"));
        }
    }

    [Test]
    public async Task What_problems_quote_cannot_steer_a_terminal()
    {
        var run = await CliRun.Of(["butane"], input: Good + "\"a\\e[2J\": 1\n");

        Assert.That(run.Error, Is.EqualTo("<stdin>:5:1: warning PL7002: unknown key 'a?[2J' is ignored (at a?[2J)\n"));
    }
}
