using Pipeline.Host.Files;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary>Documents and options as release engineers write them, through the command line.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UntidyDocumentsTests : IDisposable
{
    private const string Offset = "2019-09-10T13:49:17+00:00";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("updates", "\"releases\": []")]
    [TestCase("releases", "\"releases\": []")]
    [TestCase("stream", "\"architectures\": {}")]
    [TestCase("release", "\"release\": \"44.20260720.3.1\",\n  \"architectures\": {}")]
    public async Task A_time_with_an_offset_is_read_and_is_style(string kind, string members)
    {
        var text = $"{{\n  \"stream\": \"testing\",\n  \"metadata\": {{\n    \"last-modified\": \"{Offset}\"\n  }},\n  {members}\n}}\n";
        await File.WriteAllTextAsync(_directory.File("f.json"), text);

        var check = await RunAsync("contract", "check", kind, "f.json");
        var strict = await RunAsync("contract", "check", kind, "f.json", "--strict");

        Assert.That(check.Output, Does.StartWith($"f.json: /metadata/last-modified: style: the time is written {Offset}"));
        Assert.That((check.ExitCode, strict.ExitCode, strict.Output), Is.EqualTo((0, 1, check.Output)));
        Assert.That(check.Error, Does.Contain("--strict"));
    }

    [Test]
    public async Task A_time_with_an_offset_stays_until_the_document_is_changed()
    {
        await File.WriteAllTextAsync(_directory.File("updates.json"), Updates(Offset));
        var pause = await RunAsync("rollout", "print", "updates.json");
        var add = await RunAsync([.. Add("10 am ET today", "48"), "--now", "2026-07-20T12:30:00Z"]);

        Assert.That((pause.ExitCode, add.ExitCode), Is.EqualTo((0, 0)), add.Error);
        Assert.That(
            await File.ReadAllTextAsync(_directory.File("updates.json")),
            Does.Contain("\"start_epoch\": 1784556000").And.Contain("\"last-modified\": \"2026-07-20T12:30:00Z\"")
        );
    }

    [TestCase("0", "--hours 0: a rollout takes more than 0 hours")]
    [TestCase("-3", "--hours -3: a rollout takes more than 0 hours")]
    [TestCase("87601", "--hours 87601: a rollout takes at most 87600 hours")]
    [TestCase("0.51", "--hours 0.51 is 30.6 minutes: a rollout takes whole minutes")]
    [TestCase("two", "--hours: 'two' is not a number")]
    public async Task An_error_about_hours_names_the_limit(string hours, string expected)
    {
        await File.WriteAllTextAsync(_directory.File("updates.json"), Updates("2026-07-20T12:00:00Z"));

        var run = await RunAsync(Add("@1784556000", hours));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public async Task Blanks_at_the_ends_of_lines_are_style_and_hide_nothing()
    {
        await File.WriteAllTextAsync(
            _directory.File("n.yml"),
            "releases:  \n  42.20250316.1.0:\n    issues:\n      - text:   \"a change\"\n        url: \"https://issues.example.org/1\"  \n"
        );
        await File.WriteAllTextAsync(
            _directory.File("wrong.yml"),
            "releases:\n  newest:\n    issues:\n      - text: \"a change\"\n        url: \"https://issues.example.org/1\" \n"
        );

        var style = await RunAsync("contract", "check", "notes", "n.yml");
        var json = await RunAsync("contract", "check", "notes", "n.yml", "--json");
        var content = await RunAsync("contract", "check", "notes", "wrong.yml");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(style.ExitCode, Is.Zero);
            Assert.That(
                style.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                Is.EqualTo([
                    "n.yml: /releases: style: line 1 ends in blanks",
                    "n.yml: /releases/42.20250316.1.0/issues/0/url: style: line 5 ends in blanks",
                    "n.yml: /releases/42.20250316.1.0/issues/0/text: style: line 4, column 15: the layout is "
                        + "'      - text:   \"a change\"', printed it is '      - text: \"a change\"'",
                ])
            );
            Assert.That((json.ExitCode, json.Output.Split("\"style\":true").Length), Is.EqualTo((0, 4)));
            Assert.That(content.ExitCode, Is.EqualTo(1));
            Assert.That(content.Output, Does.StartWith("wrong.yml: /releases/newest: the key is not a version"));
        }
    }

    [Test]
    public async Task Line_ends_of_another_system_are_one_remark()
    {
        await File.WriteAllTextAsync(_directory.File("d.yaml"), "- pattern: a\r\n  tracker: b\r\n");

        var run = await RunAsync("contract", "check", "denylist", "d.yaml");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, "d.yaml: /: style: lines end in CR LF, its publisher writes LF\n")));
    }

    [Test]
    public async Task A_diff_of_documents_that_differ_in_their_stream_is_one_line()
    {
        const string text = "{\"stream\": \"stable\", \"metadata\": {\"generator\": \"g\"}, \"architectures\": {}}";
        await File.WriteAllTextAsync(_directory.File("a.json"), text);
        await File.WriteAllTextAsync(_directory.File("b.json"), text.Replace("stable", "next-devel", StringComparison.Ordinal));

        var run = await RunAsync("stream", "diff", "a.json", "b.json");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, "~ /stream: \"stable\" -> \"next-devel\"\n")));
    }

    [Test]
    public async Task A_lower_version_reaches_the_index_by_an_option()
    {
        await File.WriteAllTextAsync(
            _directory.File("releases.json"),
            "{\"releases\": [{\"commits\": [], \"version\": \"38.20230310.1.0\", \"metadata\": \"https://b.example.org/r\"}], "
                + "\"stream\": \"next\"}"
        );
        await File.WriteAllTextAsync(
            _directory.File("release.json"),
            "{\"release\": \"37.20230303.1.1\", \"stream\": \"next\", \"architectures\": {\"x86_64\": {\"commit\": \""
                + new string('d', 64)
                + "\", \"media\": {}}}}"
        );
        const string url = "https://b.example.org/streams";
        string[] index = ["release", "index", "releases.json", "--add", "release.json", "--url", url, "--allow-untested", "a barrier"];

        var refused = await RunAsync(index);
        var done = await RunAsync([.. index, "--allow-lower"]);

        Assert.That((refused.ExitCode, done.ExitCode), Is.EqualTo((5, 0)), done.Error);
        Assert.That(done.Error, Does.Contain("warning PL5040"));
        Assert.That(await File.ReadAllTextAsync(_directory.File("releases.json")), Does.Contain("37.20230303.1.1"));
    }

    private static string Updates(string modified) =>
        $"{{\n  \"stream\": \"stable\",\n  \"metadata\": {{\n    \"last-modified\": \"{modified}\"\n  }},\n  \"releases\": []\n}}\n";

    private static string[] Add(string start, string hours) =>
        ["rollout", "add", "updates.json", "44.20260720.3.1", "--start", start, "--hours", hours];

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.Of(arguments, _directory.Path);
}
