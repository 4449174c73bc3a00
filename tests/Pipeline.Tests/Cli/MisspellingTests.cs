using Pipeline.Cli;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Tests.Cli;

/// <summary>Every verb and every option with a slip of the pen is wrong usage that names what was meant.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class MisspellingTests
{
    private static readonly string[] All = [.. HelpTests.Shown().Where(v => v.Path.Length > 0).Select(v => v.Path)];

    [TestCaseSource(nameof(All))]
    public async Task A_misspelled_verb_names_the_one_that_was_meant(string path)
    {
        using var directory = new TemporaryDirectory();
        var words = path.Split(' ');
        foreach (var slip in Slips(words[^1], HelpTests.Shown().Select(v => v.Path.Split(' ')[^1])))
        {
            var run = await CliRun.Of([.. words[..^1], slip, "x.json"], directory.Path);

            Assert.That(run.ExitCode, Is.EqualTo(2), slip);
            Assert.That(run.Output, Is.Empty, slip);
            Assert.That(run.Error, Does.StartWith($"error PL0002: unknown verb '{slip}'").And.Contain($"'{words[^1]}'"), slip);
            Assert.That(Directory.EnumerateFileSystemEntries(directory.Path), Is.Empty, slip);
        }
    }

    [TestCaseSource(nameof(All))]
    public async Task A_misspelled_option_names_the_one_that_was_meant(string path)
    {
        using var directory = new TemporaryDirectory();
        var command = HelpTests.Shown().Single(v => v.Path == path).Command;
        if (command is not Verb)
        {
            Assert.That(command.Options, Is.Empty, "a group has no options of its own");
            return;
        }

        var known = command.Options.Where(o => !o.Hidden).Append(Verb.WorkDirectoryOption).Append(Verb.ProgressOption).ToArray();
        foreach (var option in known.Select(o => o.Name))
        {
            foreach (var slip in Slips(option, known.SelectMany(o => o.Aliases.Append(o.Name))))
            {
                string[][] lines =
                [
                    [.. path.Split(' '), slip],
                    [.. path.Split(' '), slip + "=x"],
                    [.. path.Split(' '), slip, "x.json"],
                ];
                foreach (var line in lines)
                {
                    var run = await CliRun.Of(line, directory.Path);

                    var shown = string.Join(' ', line);
                    Assert.That(run.ExitCode, Is.EqualTo(2), shown);
                    Assert.That(run.Output, Is.Empty, shown);
                    Assert.That(run.Error, Does.StartWith($"error PL0002: unknown option '{slip}'").And.Contain($"'{option}'"), shown);
                    Assert.That(Directory.EnumerateFileSystemEntries(directory.Path), Is.Empty, shown);
                }
            }
        }
    }

    [TestCase("list", "unknown verb 'list'", "did you mean 'pipeline kola list' or 'pipeline builds list' or 'pipeline cloud list'?")]
    [TestCase("kola", "'pipeline kola' needs a verb", "one of list, run, sabotage")]
    [TestCase("help compse", "unknown verb 'compse'", "did you mean 'compose'?")]
    [TestCase("help kola rnu", "unknown verb 'rnu' of 'pipeline kola'", "did you mean 'run'?")]
    [TestCase("butane shcema", "unknown verb 'shcema' of 'pipeline butane'", "did you mean 'schema'?")]
    [TestCase("run --firmware efi", "'efi' is not a value for '--firmware'", "did you mean 'uefi'?")]
    [TestCase("completion powershell", "'powershell' is not a value for 'shell'", "expected is one of 'bash', 'zsh', 'fish'")]
    [TestCase("images --platform", "required argument missing for option: '--platform'", "see 'pipeline images --help'")]
    public async Task A_wrong_word_is_named_with_what_is_expected(string line, string message, string hint)
    {
        var run = await CliRun.Of(line.Split(' '));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.StartWith($"error PL0002: {message}\n  hint: {hint}"));
    }

    [TestCase("compose --stream Testing", "PL2302", "'testing'")]
    [TestCase("compose --arch amd64", "PL1091", "say x86_64")]
    [TestCase("compose --version a/b", "PL2303", "letters, digits")]
    [TestCase("compose --mirror debian", "PL2305", "--mirror ID=URL")]
    [TestCase("compose --var x", "PL1092", "--var NAME=VALUE")]
    [TestCase("images --platform qmeu", "PL3001", "'qemu'")]
    [TestCase("builds push --store s4://x", "PL6007", "s3://bucket")]
    [TestCase("contract schema relase", "PL5022", "'release'")]
    [TestCase("compose .", "PL1001", "is a directory, not a manifest")]
    [TestCase("manifest show .", "PL1001", "is a directory, not a manifest")]
    [TestCase("butane .", "PL7271", "is a directory")]
    [TestCase("ignition show .", "PL7271", "is a directory")]
    [TestCase("contract check stream .", "PL5024", "is a directory, not a document")]
    [TestCase("release notes .", "PL5024", "is a directory, not a document")]
    [TestCase("graph build --index . --updates . --arch x86_64", "PL5024", "is a directory, not a document")]
    public async Task A_value_of_the_wrong_form_is_bad_input(string line, string code, string expected)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File(WorkDirectory.Marker), "");
        Directory.CreateDirectory(directory.File("manifests"));
        await File.WriteAllTextAsync(directory.File("manifests/container-host.yaml"), "schema: compose/v1\n");

        var run = await CliRun.Of(line.Split(' '), directory.Path);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
        Assert.That(run.Error, Does.Contain($"error {code}").And.Contain(expected));
    }

    [Test]
    public async Task Alone_the_program_prints_a_guide_whose_lines_are_commands()
    {
        var run = await CliRun.Of([]);

        Assert.That((run.ExitCode, run.Error, run.Output), Is.EqualTo((0, "", Guide.Text)));
        var root = CommandLine.Build(SilentServices.In("/"));
        foreach (var line in Guide.Text.Split('\n').Where(l => l.StartsWith("  pipeline ", StringComparison.Ordinal)))
        {
            var typed = line.Trim().Split("   ")[0]["pipeline ".Length..];
            Assert.That(root.Parse(typed).Errors, Is.Empty, typed);
        }
    }

    [TestCase("help", "--help")]
    [TestCase("help compose", "compose --help")]
    [TestCase("help kola run", "kola run --help")]
    public async Task Help_of_a_verb_is_what_its_option_says(string asked, string same)
    {
        var run = await CliRun.Of(asked.Split(' '));

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, (await CliRun.Of(same.Split(' '))).Output)));
    }

    /// <summary>A letter lost, one twice and two swapped, in the middle; none that is another name or too short to be told.</summary>
    private static IEnumerable<string> Slips(string name, IEnumerable<string> known)
    {
        var dashes = name.Length - name.TrimStart('-').Length;
        var at = dashes + ((name.Length - dashes) / 2);
        string[] slips =
        [
            name.Remove(at, 1),
            name.Insert(at, name[at].ToString()),
            at + 1 < name.Length ? name[..at] + name[at + 1] + name[at] + name[(at + 2)..] : name,
        ];
        return slips.Where(s => s != name && !known.Contains(s) && ClosestName.Of(s, [name]).Count > 0).Distinct(StringComparer.Ordinal);
    }
}
