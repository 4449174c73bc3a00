using Pipeline.Host.Files;

namespace Pipeline.Tests.Cli;

/// <summary>A mistyped option is named, at every verb; it is not taken for a file.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class UnknownOptionTests
{
    [TestCaseSource(typeof(HelpTests), nameof(HelpTests.Verbs))]
    public async Task An_unknown_option_is_named_at_every_verb(string verb)
    {
        var words = verb.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var option in (string[])["--frobnicate", "--frobnicate=7", "-~"])
        {
            var run = await CliRun.Of([.. words, option]);

            Assert.That(run.ExitCode, Is.EqualTo(2), option);
            Assert.That(run.Output, Is.Empty, option);
            Assert.That(run.Error, Does.StartWith($"error PL0002: unknown option '{option.Split('=')[0]}'\n  hint: "), option);
        }
    }

    [TestCase("butane --prety config.bu", "--prety", "did you mean '--pretty'?")]
    [TestCase("butane config.bu --prety", "--prety", "did you mean '--pretty'?")]
    [TestCase("butane --pretty=true --strickt=no -", "--strickt", "did you mean '--strict'?")]
    [TestCase("butane --files-dri files config.bu", "--files-dri", "did you mean '--files-dir'?")]
    [TestCase("butane --output --prety config.bu", "--prety", "did you mean '--pretty'?")]
    [TestCase("ignition validate --strickt", "--strickt", "did you mean '--strict'?")]
    [TestCase("ignition merge a.ign --outptu b.ign", "--outptu", "did you mean '--output'?")]
    [TestCase("compose --wrokdir x", "--wrokdir", "did you mean '--workdir'?")]
    [TestCase("ignition validate -x", "-x", "write './-x' when it is the name of a file")]
    [TestCase("ignition validate --version", "--version", "'pipeline --version' prints the version of the program")]
    public async Task A_mistyped_option_is_named_with_the_one_that_was_meant(string line, string option, string hint)
    {
        var run = await CliRun.Of(line.Split(' '));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.StartWith($"error PL0002: unknown option '{option}'\n  hint: {hint}\n  hint: see 'pipeline "));
        Assert.That(run.Error, Does.Not.Contain("config.bu"));
    }

    [Test]
    public async Task Every_unknown_option_is_named()
    {
        var run = await CliRun.Of(["butane", "--prety", "--strickt", "-"]);

        Assert.That(run.Error, Does.Contain("'--prety'").And.Contain("'--strickt'"));
    }

    [Test]
    public async Task What_only_looks_like_an_option_stays_what_it_is()
    {
        const string config = "variant: fcos\nversion: 1.6.0\n";
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("--prety"), config);
        await File.WriteAllTextAsync(directory.File("-c.bu"), config);
        var marked = await CliRun.Of(["butane", "--", "--prety"], directory.Path);
        var dotted = await CliRun.Of(["butane", "./-c.bu"], directory.Path);
        var input = await CliRun.Of(["butane", "-"], directory.Path, config);
        var value = await CliRun.Of(["butane", "--output", "-c.ign", "./-c.bu"], directory.Path);
        var help = await CliRun.Of(["butane", "--prety", "--help"], directory.Path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((marked.ExitCode, marked.Error), Is.EqualTo((0, "")));
            Assert.That((dotted.ExitCode, dotted.Error), Is.EqualTo((0, "")));
            Assert.That((input.ExitCode, input.Error), Is.EqualTo((0, "")));
            Assert.That((value.ExitCode, value.Error), Is.EqualTo((0, "")));
            Assert.That(File.Exists(directory.File("-c.ign")), Is.True);
            Assert.That(help.ExitCode, Is.Zero);
        }
    }

    [TestCase("--progress foo butane", "'foo' is not a value for '--progress'", "one of 'terminal', 'plain'")]
    [TestCase("butane --strict=maybe -", "'maybe' is not a value for '--strict'", "leave it out")]
    public async Task A_value_that_does_not_fit_is_named_with_what_is_expected(string line, string message, string hint)
    {
        var run = await CliRun.Of(line.Split(' '));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.StartWith($"error PL0002: {message}\n  hint: ").And.Contain(hint));
        Assert.That(run.Error, Does.Not.Contain("System.").And.Not.Contain("Pipeline.Host").And.Not.Contain("PL0000"));
    }

    // Whatever the type of an option, a value that is none ends as wrong usage, not as a defect of the program.
    [TestCaseSource(typeof(HelpTests), nameof(HelpTests.Verbs))]
    public async Task No_value_of_an_option_is_an_internal_error(string verb)
    {
        foreach (var option in HelpTests.Typed(verb))
        {
            var run = await CliRun.Of([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), option, "\u0001?"]);

            Assert.That(run.ExitCode, Is.EqualTo(2), option);
            Assert.That(run.Error, Does.StartWith("error PL0002: ").And.Contain(option).And.Not.Contain("System."), option);
        }
    }

    [Test]
    public async Task An_unknown_verb_is_named_before_an_option_behind_it()
    {
        var run = await CliRun.Of(["frobnicate", "--fast"]);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("frobnicate").And.Not.Contain("unknown option"));
    }
}
