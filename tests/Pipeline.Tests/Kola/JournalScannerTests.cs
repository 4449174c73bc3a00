using Pipeline.Host.Files;
using Pipeline.Kola.Checks;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JournalScannerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Only_what_is_new_since_the_last_look_is_found_in_every_boots_journal()
    {
        var scanner = new JournalScanner(_directory.Path);
        Append("journal.txt", "[1] host kernel: Oops: 0002\n[2] host foo[1]: fine\n");
        var first = Take(scanner);
        Append("journal.txt", "[3] host foo[1]: segfault at 0\n");
        Append("journal-2.txt", "[1] host systemd[1]: foo dumped core dump\n");
        var second = Take(scanner);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.EqualTo(["kernel oops"]));
            Assert.That(second, Is.EqualTo(["core dump", "segmentation fault"]));
            Assert.That(Take(scanner), Is.Empty);
        }
    }

    [Test]
    public void What_tests_and_sudo_print_does_not_count()
    {
        Append("journal.txt", "[1] host kola-runext-x[1]: segfault at 0\n[2] host sudo[4]: core : COMMAND=/bin/echo segfault at 0\n");

        Assert.That(Take(new(_directory.Path)), Is.Empty);
    }

    private static IEnumerable<string> Take(JournalScanner scanner) => [.. scanner.Take().Select(l => l.Pattern.Name)];

    private void Append(string name, string text) => File.AppendAllText(_directory.File(name), text);
}
