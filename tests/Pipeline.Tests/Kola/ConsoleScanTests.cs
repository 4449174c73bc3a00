using System.Text;
using Pipeline.Host.Files;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Runs;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConsoleScanTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Every_sample_of_the_table_is_found_where_it_stands()
    {
        foreach (var pattern in FatalPatterns.All.Where(p => p.Count == 1))
        {
            var found = Marks($"fine\n\e[1m{pattern.Sample}\e[0m\r\nfine\n");

            Assert.That(found.Select(m => (m.Line, m.Fatal.Pattern.Name)), Is.EqualTo([(2, pattern.Name)]));
        }
    }

    [Test]
    public void A_line_without_an_end_is_looked_at_in_pieces_and_counts_once()
    {
        var text = new string('x', 100_000) + "\nkernel: Oops: 1\n" + new string('y', 9000);

        Assert.That(Marks(text).Select(m => (m.Line, m.Fatal.Pattern.Name)), Is.EqualTo([(2, "kernel oops")]));
    }

    [FsCheck.NUnit.Property]
    public void Any_bytes_are_read(byte[] bytes) =>
        Assert.That(ConsoleScan.Marks(new MemoryStream(bytes)).Count(), Is.GreaterThanOrEqualTo(0));

    [Test]
    public async Task The_verb_names_file_and_line_and_exits_with_1()
    {
        await File.WriteAllTextAsync(_directory.File("console.txt"), "a\n\e]0;x\aKernel panic - not syncing: VFS\n");
        await File.WriteAllTextAsync(_directory.File("good.txt"), "a\n");

        var bad = await Cli.CliRun.Of(["kola", "check-console", "console.txt", "good.txt"], _directory.Path);
        var good = await Cli.CliRun.Of(["kola", "check-console", "good.txt"], _directory.Path);
        var missing = await Cli.CliRun.Of(["kola", "check-console", "not.txt"], _directory.Path);

        Assert.That((bad.ExitCode, good.ExitCode, missing.ExitCode), Is.EqualTo((1, 0, 2)), missing.Error);
        Assert.That(bad.Output, Does.StartWith("console.txt:2: kernel panic: ").And.EndsWith("Kernel panic - not syncing: VFS\n"));
        Assert.That(good.Output, Is.Empty);
    }

    [Test]
    public void An_excerpt_has_what_is_around_marks_and_the_end()
    {
        var lines = Enumerable.Range(1, 200).Select(i => i == 50 ? "Oops: here" : $"line {i}");
        File.WriteAllText(_directory.File("c"), string.Join('\n', lines) + "\n");

        var excerpt = LogExcerpt.Of(_directory.File("c"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                excerpt.Where(l => l.Number > 0).Select(l => l.Number),
                Is.EqualTo([.. Enumerable.Range(46, 9), .. Enumerable.Range(161, 40)])
            );
            Assert.That(excerpt.Where(l => l.What.Length > 0).Select(l => l.Text), Is.EqualTo(["Oops: here"]));
            Assert.That(
                excerpt.Where(l => l.Number == 0).Select(l => l.Text),
                Is.EqualTo(["… 45 lines are left out", "… 106 lines are left out"])
            );
            Assert.That(LogExcerpt.Of(_directory.File("missing")), Is.Empty);
        }
    }

    private static List<(int Line, FatalLine Fatal)> Marks(string text) =>
        [.. ConsoleScan.Marks(new MemoryStream(Encoding.UTF8.GetBytes(text)))];
}
