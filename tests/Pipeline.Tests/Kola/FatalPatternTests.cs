using Pipeline.Kola.Checks;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class FatalPatternTests
{
    public static IEnumerable<TestCaseData> Samples() =>
        FatalPatterns.All.Select((p, i) => new TestCaseData(i).SetArgDisplayNames($"{i} {p.Name}"));

    [TestCaseSource(nameof(Samples))]
    public void Every_pattern_is_the_first_to_match_its_own_line(int index)
    {
        var pattern = FatalPatterns.All[index];

        Assert.That(FatalPatterns.All.First(p => p.Matches(pattern.Sample)).Name, Is.EqualTo(pattern.Name));
    }

    [TestCase("[  OK  ] Started emergency.service-like thing")]
    [TestCase("         Starting dracut-shutdown.service - Restore /run/initramfs on shutdown...")]
    [TestCase("[    1.0] Kernel command line: panic=1 oops=panic")]
    [TestCase("[   12.1] ignition[400]: Ignition finished successfully")]
    [TestCase("[   12.1] ignition[400]: fetched user config from \"qemu\"")]
    [TestCase("[  OK  ] Reached target emergency-free.target")]
    [TestCase("[    0.5] ACPI Error: No handler for Region")]
    [TestCase("localhost login: ")]
    [TestCase("GRUB loading.")]
    public void Lines_of_a_good_boot_match_nothing(string line) =>
        Assert.That(FatalPatterns.All.Where(p => p.Matches(line)).Select(p => p.Name), Is.Empty);

    [Test]
    public void A_pattern_that_needs_ten_lines_is_silent_before()
    {
        var scanner = new FatalScanner();
        const string line = "bond0: link status up for interface eth1, enabling it in 0 ms";

        var found = Enumerable.Range(0, 12).Select(_ => scanner.Scan(line)).ToArray();

        Assert.That(found.Select(f => f is not null).ToArray(), Is.EqualTo(Enumerable.Range(0, 12).Select(i => i == 9)));
    }

    [TestCase("\e[0;1;31mFAILED\e[0m] x", ExpectedResult = "FAILED] x")]
    [TestCase("a\e[2J\e[01;01Hb\r", ExpectedResult = "ab")]
    [TestCase("\e[", ExpectedResult = "")]
    [TestCase("\e", ExpectedResult = "")]
    [TestCase("\ecx", ExpectedResult = "x")]
    public string Escape_sequences_are_dropped(string line) => ConsoleFollower.Plain(line);
}
