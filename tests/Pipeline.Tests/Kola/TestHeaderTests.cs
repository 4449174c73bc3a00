using System.Text;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;

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

        TestHeaderReader.Read("t", Encoding.UTF8.GetBytes($"#!/bin/sh\n## kola:\n##   {line}\n"), problems);

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
            "#!/bin/sh\n## kola:\n##   exclusiv: false\n##   additionalDisks: [5G]\n##   timeoutMin: soon\n"u8,
            problems
        );

        Assert.That(
            problems.Items.Select(p => p.ToString()),
            Is.EqualTo(
                new[]
                {
                    "t:3:6: error PL4020: unknown header key 'exclusiv'\n  hint: did you mean 'exclusive'?",
                    "t:4:6: error PL4020: the header key 'additionalDisks' is not supported by this harness\n"
                        + "  hint: run this test with another harness, or exclude its directory",
                    "t:5:18: error PL4020: expected a whole number from 1 to 1440",
                }
            )
        );
    }

    [Test]
    public void A_header_after_the_window_is_not_one() =>
        Assert.That(Good($"#!/bin/sh\n{new string('#', 8200)}\n## kola:\n##   exclusive: false\n").Exclusive, Is.True);

    [FsCheck.NUnit.Property]
    public void No_bytes_make_the_reader_fail_in_another_way(byte[] bytes) =>
        TestHeaderReader.Read("t", [.. "## kola:\n## "u8, .. bytes], new());

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
        var header = TestHeaderReader.Read("t", Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n")), problems);
        Assert.That(problems.Items, Is.Empty);
        return header;
    }
}
