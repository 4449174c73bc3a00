using System.CommandLine;
using System.Text;
using Pipeline.Cli;
using Pipeline.TestKit;

namespace Pipeline.Tests.Cli;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class HelpTests
{
    public static IEnumerable<string> Verbs() => Walk(CommandLine.Build(SilentServices.In("/")), "").Select(v => v.Path);

    /// <summary>The options of a verb whose values are numbers or names of a list.</summary>
    public static IEnumerable<string> Typed(string verb) =>
        from option in Walk(CommandLine.Build(SilentServices.In("/")), "").Single(v => v.Path == verb).Command.Options
        let type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType
        where type != typeof(bool) && type != typeof(void) && (type.IsPrimitive || type.IsEnum)
        select option.Name;

    /// <summary>Verbs and groups that are not hidden, with the command.</summary>
    public static IEnumerable<(string Path, Command Command)> Shown() =>
        Walk(CommandLine.Build(SilentServices.In("/")), "").Where(v => !v.Command.Hidden);

    [TestCaseSource(nameof(Verbs))]
    public async Task Help_of_every_verb_is_pinned(string verb)
    {
        var run = await CliRun.Of([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.That(run.ExitCode, Is.Zero);
        Golden.Check($"Cli/help{(verb.Length == 0 ? "" : "-" + verb.Replace(' ', '-'))}.txt", Tidy(run.Output));
    }

    [TestCaseSource(nameof(Verbs))]
    public async Task An_option_is_in_the_help_of_a_verb_once(string verb)
    {
        var run = await CliRun.Of([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        var lines = run.Output.Split('\n').SkipWhile(l => l != "Options:").TakeWhile(l => l.Length > 0);
        var names = lines.SelectMany(l => l.Trim().Split("  ")[0].Split(", ")).Select(n => n.Split(' ')[0]).Where(n => n.StartsWith('-'));
        Assert.That(names, Is.Unique);
    }

    [Test]
    public async Task The_directory_of_a_download_is_given_as_to_coreos_installer()
    {
        var parsed = CommandLine.Build(SilentServices.In("/")).Parse(["-C", "/work", "download", "-C", "/target"]);

        Assert.That(parsed.Errors, Is.Empty);
        Assert.That(parsed.CommandResult.GetValue<string>("--directory"), Is.EqualTo("/target"));
        Assert.That(parsed.GetValue(Verb.WorkDirectoryOption), Is.EqualTo("/work"));
        Assert.That(
            (await CliRun.Of(["download", "--help"])).Output,
            Does.Contain("  -C, --directory <DIR> ").And.Contain("  --workdir <DIR> ")
        );
    }

    [Test]
    public void Every_verb_has_an_example_and_every_example_parses()
    {
        var root = CommandLine.Build(SilentServices.In("/"));
        var wrong = new StringBuilder();
        foreach (var verb in Walk(root, "").Select(v => v.Command).OfType<Verb>())
        {
            if (verb.Examples.Count == 0)
            {
                wrong.AppendLine($"{verb.Name}: no example");
            }

            foreach (var example in verb.Examples)
            {
                var line = example.StartsWith("pipeline ", StringComparison.Ordinal) ? example["pipeline ".Length..] : "?";
                var parsed = root.Parse(line.Split('|', '>', '<')[0]);
                if (parsed.Errors.Count > 0 || parsed.CommandResult.Command != verb)
                {
                    wrong.AppendLine($"{verb.Name}: '{example}' does not parse: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
                }
            }
        }

        Assert.That(wrong.ToString(), Is.Empty);
    }

    [Test]
    public async Task An_unknown_verb_is_a_usage_error_with_a_hint()
    {
        var run = await CliRun.Of(["frobnicate"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("PL0002").And.Contain("hint:"));
        }
    }

    private static string Tidy(string help) =>
        string.Join('\n', help.Replace("testhost", "pipeline", StringComparison.Ordinal).Split('\n').Select(l => l.TrimEnd()));

    private static IEnumerable<(string Path, Command Command)> Walk(Command command, string path)
    {
        yield return (path, command);
        foreach (var sub in command.Subcommands)
        {
            foreach (var found in Walk(sub, path.Length == 0 ? sub.Name : $"{path} {sub.Name}"))
            {
                yield return found;
            }
        }
    }
}
