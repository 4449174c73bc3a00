using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.TestKit;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class TestHeaderTests
{
    [Test]
    public void A_YAML_block_is_read_up_to_the_first_other_line()
    {
        var header = Good(
            """
            #!/bin/bash
            ## kola:
            ##   architectures: "!s390x ppc64le"
            ##   platforms: qemu
            ##   tags: [needs-internet, slow]
            ##   exclusive: false
            ##   timeoutMin: 3
            ##   minMemory: 2048
            ##   conflicts:
            ##     - one
            ##   description: what it does
            #
            ## exclusive: true
            """
        );

        using (Assert.EnterMultipleScope())
        {
            Assert.That(header.Architectures, Is.EqualTo(["!s390x", "!ppc64le"]));
            Assert.That(header.Platforms, Is.EqualTo(["qemu"]));
            Assert.That(header.Tags, Is.EqualTo(["needs-internet", "slow"]));
            Assert.That(header.Exclusive, Is.False);
            Assert.That(header.TimeoutMinutes, Is.EqualTo(3));
            Assert.That(header.MinMemory, Is.EqualTo(2048));
            Assert.That(header.Conflicts, Is.EqualTo(["one"]));
            Assert.That(header.Description, Is.EqualTo("what it does"));
        }
    }

    [Test]
    public void One_line_of_JSON_is_read_too() =>
        Assert.That(Good("#!/bin/sh\n# kola: {\"exclusive\": false, \"tags\": \"a b\"}\nexit 0\n").Tags, Is.EqualTo(["a", "b"]));

    [Test]
    public void Without_a_header_a_test_is_exclusive() => Assert.That(Good("#!/bin/sh\nexit 0\n").Exclusive, Is.True);

    [TestCase("architectures: amd64", "t:3:21 there is no architecture 'amd64'", "say x86_64")]
    [TestCase("architectures: \"!x86_64 arm64\"", "t:3:21 there is no architecture 'arm64'", "say aarch64")]
    [TestCase("architectures: [x86_64, 's390']", null, null)]
    [TestCase("architectures: [x86_64, '!x390x']", "t:3:30 there is no architecture 'x390x'", "did you mean 's390x'?")]
    [TestCase("architectures: x86_64 ppc64el", "t:3:28 there is no architecture 'ppc64el'", "say ppc64le")]
    [TestCase("platforms: quemu", "t:3:17 there is no platform 'quemu'", "did you mean 'qemu'?")]
    [TestCase("platforms: aws qemu-unpriv packet", null, null)]
    [TestCase("distros: my-own-os", null, null)]
    public void Values_that_are_misspelled_are_errors_at_their_place(string line, string? expected, string? hint)
    {
        var problems = new DiagnosticBag();

        TestHeaderReader.Read("t", Encoding.UTF8.GetBytes($"#!/bin/sh\n## kola:\n##   {line}\n"), new(), problems);

        Assert.That(
            problems.Items.Select(p => ($"{p.Span} {p.Message}", p.Hint)),
            Is.EqualTo(expected is null ? Array.Empty<(string, string?)>() : [(expected, hint)])
        );
    }

    [Test]
    public void All_problems_come_at_once_with_their_places()
    {
        var problems = new DiagnosticBag();
        TestHeaderReader.Read(
            "t",
            """
            #!/bin/sh
            ## kola:
            ##   exclusiv: false
            ##   additionalDisks: [5G, '5', 1G:8k]
            ##   timeoutMin: soon
            ##   bootFrom: usb

            """u8,
            new(),
            problems
        );

        Assert.That(
            problems.Items.Select(p => p.ToString()),
            Is.EqualTo(
                new[]
                {
                    "t:3:6: error PL4020: unknown header key 'exclusiv'\n  hint: did you mean 'exclusive'?",
                    "t:4:28: error PL4020: '5' does not begin with the size of a disk\n  hint: for example 5G, or 5G:mpath",
                    "t:4:33: error PL4020: unknown or bad option '8k' of a disk\n"
                        + "  hint: options are 4k, 512e, mpath, channel=virtio|nvme|scsi, serial=TEXT, wwn=NUMBER",
                    "t:5:18: error PL4020: expected a whole number from 1 to 1440",
                    "t:6:16: error PL4020: unknown value 'usb'\n  hint: one of: iso, iso-as-disk",
                }
            )
        );
    }

    /// <summary>The golden file shows the value of each key that counts, written or not.</summary>
    [Test]
    public void Every_key_of_kola_is_read()
    {
        var header = Good(
            """
            #!/bin/bash
            ## kola:
            ##   architectures: "!s390x"
            ##   platforms: qemu aws
            ##   distros: "fcos"
            ##   tags: [needs-internet, slow]
            ##   requiredTag: slow
            ##   additionalDisks: [5G, "2000M:4k", "1T:mpath,wwn=0x30000000000000aa", "6G:channel=nvme,512e,serial=spare"]
            ##   primaryDisk: "20G:mpath"
            ##   injectContainer: true
            ##   minMemory: 2048
            ##   minDisk: 30
            ##   numaNodes: true
            ##   additionalNics: 2
            ##   appendKernelArgs: "enforcing=0 a=b"
            ##   appendFirstbootKernelArgs: "ip=dhcp"
            ##   exclusive: false
            ##   conflicts: [ext.other]
            ##   timeoutMin: 3
            ##   allowConfigWarnings: true
            ##   noInstanceCreds: true
            ##   instanceType: m5.large
            ##   bindMountHostRO: ["/srv/data,/var/mnt/data"]
            ##   creationDate: 2026-11-01
            ##   bootFrom: iso-as-disk
            ##   requiredHostPorts: [8080, 8081]
            ##   description: all of them
            """
        );

        Assert.That(HeaderKeys.All, Has.Count.EqualTo(25));
        Golden.Check(
            "Kola/header-values.txt",
            JsonTextWriter.Write(HeaderKeys.Show(header), JsonStyle.Pretty)
                + "\nby default:\n"
                + JsonTextWriter.Write(HeaderKeys.Show(new()), JsonStyle.Pretty)
                + "\nthe machine:\n"
                + Regex.Replace(
                    HeaderKeys.Shape(header, new() { Architecture = Pipeline.Model.Values.Architecture.X86_64 }).ToString(),
                    ", (?=[A-Z])",
                    ",\n"
                )
                + "\n"
        );
    }

    [TestCase("5G"), TestCase("512M:4k"), TestCase("1G:512e,mpath,serial=x,wwn=0x00000000000000ff"), TestCase("1G:channel=nvme")]
    public void A_disk_is_shown_as_it_is_written(string text) =>
        Assert.That(Good($"## kola:\n##   additionalDisks: ['{text}']\n").AdditionalDisks[0].ToString(), Is.EqualTo(text));

    [TestCase("0G"), TestCase("G"), TestCase("-1G"), TestCase("99999999999G"), TestCase("1025T"), TestCase("1.5G"), TestCase(":4k")]
    [
        TestCase("1G:"),
        TestCase("1G:serial="),
        TestCase("1G:serial=a b"),
        TestCase("1G:wwn=x"),
        TestCase("1G:channel=ide"),
        TestCase("1G:4k=1")
    ]
    public void A_bad_disk_is_one_problem(string text)
    {
        var problems = new DiagnosticBag();
        TestHeaderReader.Read("t", Encoding.UTF8.GetBytes($"## kola:\n##   additionalDisks: ['{text}']\n"), new(), problems);

        Assert.That(problems.Items, Has.Count.EqualTo(1));
    }

    [Test]
    public void What_a_header_does_not_say_is_as_the_directory_says()
    {
        var problems = new DiagnosticBag();
        var defaults = TestHeaderReader.ReadDefaults("kola.json", """{"exclusive": false, "timeoutMin": 7, "tags": "a b"}"""u8, problems);
        var header = TestHeaderReader.Read("t", "## kola:\n##   tags: c\n"u8, defaults, problems);

        Assert.That(problems.Items, Is.Empty);
        Assert.That((header.Exclusive, header.TimeoutMinutes), Is.EqualTo((false, 7)));
        Assert.That(header.Tags, Is.EqualTo(["c"]));
    }

    [Test]
    public void A_header_after_the_window_is_not_one() =>
        Assert.That(Good($"#!/bin/sh\n{new string('#', 8200)}\n## kola:\n##   exclusive: false\n").Exclusive, Is.True);

    [FsCheck.NUnit.Property]
    public void No_bytes_make_the_reader_fail_in_another_way(byte[] bytes) =>
        TestHeaderReader.Read("t", [.. "## kola:\n## "u8, .. bytes], new(), new());

    [TestCase("", "x86_64", ExpectedResult = true)]
    [TestCase("x86_64 aarch64", "aarch64", ExpectedResult = true)]
    [TestCase("x86_64", "aarch64", ExpectedResult = false)]
    [TestCase("!x86_64", "x86_64", ExpectedResult = false)]
    [TestCase("!x86_64", "aarch64", ExpectedResult = true)]
    public bool Lists_admit_names(string list, string name) =>
        TestHeader.Admits([.. list.Split(' ', StringSplitOptions.RemoveEmptyEntries)], name);

    private static TestHeader Good(string text)
    {
        var problems = new DiagnosticBag();
        var header = TestHeaderReader.Read("t", Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")), new(), problems);
        Assert.That(problems.Items, Is.Empty);
        return header;
    }
}
