using System.Formats.Tar;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class GuestPackageTests
{
    [Test]
    public void The_unit_quotes_what_systemd_would_interpret() =>
        Golden.Check(
            "Kola/unit.txt",
            GuestPackage.UnitText(
                "/usr/local/bin/kola-runext-a b",
                "ext.p.a",
                new SortedDictionary<string, string> { ["A"] = "50% \"x\" \\ y\nz", ["KOLA_UNIT"] = "kola-runext.service" }
            )
        );

    [Test]
    public void The_package_holds_the_test_its_unit_its_data_and_the_reboot_scripts()
    {
        var test = SelectionTests.Test("ext.p.one") with
        {
            Executable = "/t/one",
            Data = [new("sub/x", 0x1a4, Encoding.UTF8.GetBytes("content"))],
        };

        var entries = Entries(
            GuestPackage.Build(
                test,
                2,
                new Dictionary<string, string> { ["PIPELINE_X"] = "1" },
                [new("key.asc", 0x1a4, Encoding.UTF8.GetBytes("key"))]
            )
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                entries.Select(e => $"{Convert.ToString((int)e.Mode, 8)} {e.Name}"),
                Is.EqualTo(
                    new[]
                    {
                        "755 usr/local/bin/kola-runext-one",
                        "644 etc/systemd/system/kola-runext-2.service",
                        "755 usr/local/bin/kola-run-unit",
                        "755 var/opt/kola/extdata-2/",
                        "644 var/opt/kola/extdata-2/sub/x",
                        "644 var/opt/kola/extdata-2/key.asc",
                        "755 tmp/autopkgtest-reboot-prepare",
                        "755 tmp/autopkgtest-reboot",
                        "755 tmp/autopkgtest-soft-reboot-prepare",
                        "755 tmp/autopkgtest-soft-reboot",
                        "755 run/kola/",
                        "600 run/kola/event",
                        "600 run/kola/ack",
                        "644 run/kola-runext-env",
                    }
                )
            );
            Assert.That(
                entries[1].Text,
                Does.Contain("Environment=PIPELINE_X=\"1\"\n")
                    .And.Contain("Environment=KOLA_EXT_DATA=\"/var/opt/kola/extdata-2\"\n")
                    .And.Contain("Environment=KOLA_TEST=\"ext.p.one\"\n")
            );
        }
    }

    [Test]
    public void A_mark_survives_as_the_environment_file_reads_it() =>
        Assert.That(
            Entries(GuestPackage.Volatile("a \"b\" $c 5%"))[^1].Text,
            Is.EqualTo("AUTOPKGTEST_REBOOT_MARK=\"a \\\"b\\\" $c 5%\"\n")
        );

    [TestCase("plain", ExpectedResult = "'plain'")]
    [TestCase("it's", ExpectedResult = "'it'\\''s'")]
    [TestCase("", ExpectedResult = "''")]
    public string Words_are_quoted_for_the_guests_shell(string word) => ShellWord.Quote(word);

    [Test]
    public void Configs_are_merged_by_Ignition_itself() =>
        Golden.Check("Kola/ignition.json", IgnitionConfigs.Merge("ssh-ed25519 AAAA x", ["{\"ignition\":{\"version\":\"3.3.0\"}}", "{}"]));

    [TestCase("config.ign", "{}")]
    [TestCase("config.ign", "{\"ignition\":{\"version\":\"3.0.0\"}")]
    [TestCase("config.ign", "{\"ignition\":{\"version\":\"3.0.0\"},\"storage\":{\"files\":[{\"path\":\"relative\"}]}}")]
    [TestCase("config.bu", "variant: nope\nversion: 1.4.0\n")]
    public void A_config_that_a_machine_could_not_use_is_refused_before_a_boot(string name, string text)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File(name), text);

        Assert.That(
            () => new TestConfigs(null).OfUser(directory.File(name)),
            Throws.TypeOf<PipelineException>().With.Property("Exit").EqualTo(ExitClass.BadInput)
        );
    }

    [Test]
    public void A_Butane_config_is_translated_with_files_beside_it()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("motd"), "hello");
        File.WriteAllText(
            directory.File("config.bu"),
            "variant: fcos\nversion: 1.4.0\nstorage:\n  files:\n    - path: /etc/motd\n      contents:\n        local: motd\n"
        );
        var config = new TestConfig(directory.File("config.bu"), true, File.ReadAllBytes(directory.File("config.bu")));
        var test = SelectionTests.Test("ext.p.x") with { Config = config };
        File.WriteAllText(directory.File("config.bu"), "changed after it was read");

        Assert.That(
            new TestConfigs(null).Prepare([new(test, Denial.None, "")])[0].Ignition,
            Does.Contain("\"version\":\"3.3.0\"").And.Contain("data:,hello")
        );
    }

    private static List<(string Name, UnixFileMode Mode, string Text)> Entries(byte[] tar)
    {
        var found = new List<(string, UnixFileMode, string)>();
        using var reader = new TarReader(new MemoryStream(tar));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            found.Add((entry.Name, entry.Mode, entry.DataStream is null ? "" : new StreamReader(entry.DataStream).ReadToEnd()));
        }

        return found;
    }
}
