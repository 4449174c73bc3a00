using System.Text;
using Pipeline.Host.Files;
using Pipeline.Kola.Checks;

namespace Pipeline.Tests.Kola;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ConsoleFollowerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Test]
    public async Task The_first_fatal_line_is_reported_as_soon_as_it_stands_in_the_file()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("console.txt");
        await using var console = new ConsoleFollower(path, TimeProvider.System);
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 0);
        Write(file, "booting\n[  3.1] Kernel pan");
        await Task.Delay(250);
        Assert.That(console.Fatal.IsCompleted, Is.False);

        Write(file, "ic - not syncing: Attempted to kill init!\r\nmore\n");
        var fatal = await console.Fatal.WaitAsync(Soon);

        Assert.That(fatal.ToString(), Is.EqualTo("kernel panic: [  3.1] Kernel panic - not syncing: Attempted to kill init!"));
    }

    [Test]
    public async Task A_prompt_without_a_line_feed_is_seen()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("console.txt");
        await File.WriteAllTextAsync(path, "x\nPress Enter for emergency shell or wait 4 minutes: ");
        await using var console = new ConsoleFollower(path, TimeProvider.System);

        Assert.That((await console.Fatal.WaitAsync(Soon)).Pattern.Name, Is.EqualTo("emergency shell"));
    }

    [TestCase(
        "[  9.0] ignition[7]: Ignition failed: no such user\n",
        "Ignition failed: [  9.0] ignition[7]: Ignition failed: no such user"
    )]
    [TestCase("", "a unit of the initramfs failed: [FAILED] Failed to start ignition-files.service - Ignition (files).")]
    public async Task A_line_that_says_only_that_it_failed_waits_for_the_one_that_says_why(string later, string expected)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("console.txt");
        await File.WriteAllTextAsync(path, "[FAILED] Failed to start ignition-files.service - Ignition (files).\n");
        await using var console = new ConsoleFollower(path, TimeProvider.System);
        await Task.Delay(300);
        await File.AppendAllTextAsync(path, later);

        Assert.That((await console.Fatal.WaitAsync(Soon)).ToString(), Is.EqualTo(expected));
    }

    [Test]
    public async Task Marks_do_not_end_the_wait_and_are_taken_once()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("console.txt");
        await File.WriteAllTextAsync(path, "[1] Oops: 0002\nlast\n");
        await using var console = new ConsoleFollower(path, TimeProvider.System);
        while (console.LastLine != "last")
        {
            await Task.Delay(20);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(console.Fatal.IsCompleted, Is.False);
            Assert.That(console.TakeMarks().Select(m => m.Pattern.Kind), Is.EqualTo([FatalKind.Mark]));
            Assert.That(console.TakeMarks(), Is.Empty);
        }
    }

    [Test]
    public async Task Silence_grows_until_the_file_does()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("console.txt");
        await using var console = new ConsoleFollower(path, TimeProvider.System);
        await Task.Delay(300);
        Assert.That(console.Silence, Is.GreaterThan(TimeSpan.FromMilliseconds(200)));
        var written = TimeProvider.System.GetTimestamp();
        await File.WriteAllTextAsync(path, "hello\n");
        while (console.LastLine.Length == 0)
        {
            await Task.Delay(20);
        }

        var silence = console.Silence;
        Assert.That(silence, Is.LessThanOrEqualTo(TimeProvider.System.GetElapsedTime(written)));
    }

    private static void Write(FileStream file, string text)
    {
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush();
    }
}
