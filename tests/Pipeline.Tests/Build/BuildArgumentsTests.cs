using System.Text.RegularExpressions;
using Pipeline.Build;
using Pipeline.TestKit;

namespace Pipeline.Tests.Build;

/// <summary>Arguments of <c>build.sh</c>: a mistyped one is refused before the first task, and names what was meant.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class BuildArgumentsTests
{
    private static readonly string[] Names = [.. BuildArguments.All.Select(a => a.Name).Where(n => n.Length > 3)];

    [TestCaseSource(nameof(Names))]
    public void A_misspelled_argument_names_the_one_that_was_meant(string name)
    {
        var slip = "--" + name.Remove(name.Length / 2, 1);
        foreach (
            var line in (string[][])
                [
                    [slip],
                    [slip + "=x"],
                    [slip, "x"],
                ]
        )
        {
            var problem = BuildArguments.Check(line).Single();

            Assert.That(problem.Message, Is.EqualTo($"unknown argument '{slip}'"));
            Assert.That(problem.Hint, Does.Contain($"'--{name}'"));
        }
    }

    [TestCase("--target=Tset", "'Tset' is not a value for '--target'", "did you mean 'Test'?")]
    [TestCase("--target Tset", "'Tset' is not a value for '--target'", "did you mean 'Test'?")]
    [TestCase("--tier=fats", "'fats' is not a value for '--tier'", "did you mean 'fast'?")]
    [TestCase("--setup=no", "'no' is not a value for '--setup'", "expected is one of auto, never")]
    [TestCase("--force=maybe", "'maybe' is not a value for '--force'", "leave it out, or write true or false")]
    [TestCase("--manifest", "'--manifest' needs a value", "write --manifest=FILE")]
    [TestCase("--manifest= --force", "'--manifest' needs a value", "write --manifest=FILE")]
    [TestCase("test", "unknown argument 'test'", "did you mean '--target=Test'?")]
    [TestCase("frobnicate", "unknown argument 'frobnicate'", "arguments begin with '--'; see './build.sh --help'")]
    public void A_wrong_word_is_named_with_what_is_expected(string line, string message, string hint)
    {
        var problem = BuildArguments.Check(line.Split(' ')).Single();

        Assert.That((problem.Code, problem.Message, problem.Hint), Is.EqualTo(("PL0002", message, hint)));
    }

    [TestCase("--target=Images --manifest=manifests/minimal.yaml --force")]
    [TestCase("--target Test --tier fast --filter A&B")]
    [TestCase("-t test -e --dryrun --verbosity=Quiet --settings_x=y")]
    [TestCase("--Target=compose --arch=all --mirror=debian=http://a.example/ --mirror=b=c --force=false")]
    public void A_right_line_has_no_problems(string line) => Assert.That(BuildArguments.Check(line.Split(' ')), Is.Empty);

    [Test]
    public void The_script_knows_the_same_arguments_as_the_program()
    {
        var list = KnownToScript().Match(File.ReadAllText(Path.Combine(SourceTree.Root, "build.sh"))).Groups[1].Value;
        var names = list.Replace("\\\n", " ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // The script itself takes --setup.
        Assert.That(
            names.Where(n => !n.StartsWith('-')).Order(),
            Is.EqualTo(BuildArguments.All.Select(a => a.Name).Where(n => n != "setup").Order())
        );
    }

    [GeneratedRegex(@"case "" (target [^""]*) "" in")]
    private static partial Regex KnownToScript();
}
