using System.Text.Json;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Host;

/// <summary>What leaves the process.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class SecretTests
{
    [TestCase("mirror-user:Gr%C3%BCn%40Gold%22")]
    public void Every_spelling_of_a_learned_secret_is_hidden(string user)
    {
        KnownSecrets.Learn(user);
        const string plain = "Grün@Gold\"";
        string[] spellings =
        [
            $"http://{user}@h/x",
            $"mirror-user:{plain}",
            plain,
            "Gr%C3%BCn%40Gold%22",
            JsonSerializer.Serialize($"mirror-user:{plain}"),
            Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"mirror-user:{plain}")),
        ];

        foreach (var spelling in spellings)
        {
            Assert.That(KnownSecrets.Hide(spelling), Does.Contain(KnownSecrets.Hidden).And.Not.Contain("Gold"), spelling);
        }
    }

    [TestCase("see http://a:b@h/p and https://token@h2", "see http://***@h/p and https://***@h2")]
    [TestCase("s3://bucket/key@1", "s3://bucket/key@1")]
    [TestCase("mail me@example.com", "mail me@example.com")]
    public void Text_for_people_shows_no_user_of_any_address(string text, string shown) =>
        Assert.That(KnownSecrets.HideAll(text), Is.EqualTo(shown));

    [TestCase("a\u001b]0;pwn\u0007b", "a?]0;pwn?b")]
    [TestCase("c1 \u009b31m", "c1 ?31m")]
    [TestCase("rtl \u202e gpj.exe", "rtl ? gpj.exe")]
    [TestCase("line\u2028break\r\n\tnext", "line?break?\n\tnext")]
    [TestCase("del\u007f\0", "del??")]
    [TestCase("größe 界 plain", "größe 界 plain")]
    public void Text_of_others_cannot_steer_a_terminal(string text, string shown)
    {
        using var written = new StringWriter();
        using var clean = new CleanWriter(written, TerminalText.Harmless);
        clean.Write(text);
        clean.Write(text.AsSpan());
        clean.Write(text.ToCharArray());
        foreach (var c in text)
        {
            clean.Write(c);
        }

        clean.Write("{0}", text);
        clean.WriteLine(text);

        Assert.That(written.ToString(), Is.EqualTo(string.Concat(Enumerable.Repeat(shown, 6)) + written.NewLine));
    }

    [TestCase("<html>\n<b>", 20, "<html>")]
    [TestCase("  \u001b[2J" + "0123456789", 8, "?[2J0123…")]
    [TestCase("", 8, "")]
    public void What_a_server_said_is_one_short_line(string said, int length, string shown) =>
        Assert.That(TerminalText.Shorten(said, length), Is.EqualTo(shown));

    [Test]
    public void Events_are_hidden_before_a_line_is_cut_to_the_width()
    {
        using var screen = new StringWriter();
        var reporter = new Reporter(new NarrowRendering(screen), new ManualClock(DateTimeOffset.UnixEpoch));
        using (var step = reporter.Step("fetch http://wide-user:wide-password@example.com/x"))
        {
            step.Progress(1, 2, "http://wide-user:wide-password@example.com/x");
            reporter.Note("from http://wide-user:wide-password@example.com/x");
            reporter.Report(Diagnostic.Error("PL0001", "http://wide-user:wide-password@example.com/x is bad"));
        }

        Assert.That(screen.ToString(), Does.Contain("fetch http").And.Not.Contain("wide-"));
    }

    private sealed class NarrowRendering(TextWriter writer) : IRendering
    {
        private readonly TerminalRendering _inner = new(writer, () => 24, colour: false, TimeProvider.System);

        public void Take(RunEvent happened) => _inner.Take(happened);
    }
}
