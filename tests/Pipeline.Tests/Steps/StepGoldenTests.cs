using Pipeline.Host.Files;
using Pipeline.TestKit;

namespace Pipeline.Tests.Steps;

/// <summary>The rule itself: other bytes need another version, and no acceptance gets around it.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StepGoldenTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string GoldenFile => _directory.File("tree.txt");

    public void Dispose() => _directory.Dispose();

    [Test]
    public void The_same_bytes_of_the_same_version_pass([Values] bool accept)
    {
        Write("stepVersion 2\na\nb\n");

        Assert.That(Compare(2, "a\nb\n", accept), Is.Null);
    }

    [Test]
    public void Other_bytes_of_the_same_version_fail_even_when_accepted([Values] bool accept)
    {
        Write("stepVersion 2\na\nb\n");

        var problem = Compare(2, "a\nc\n", accept);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem, Does.Contain("bump the stepVersion of tree").And.Contain("- b").And.Contain("+ c"));
            Assert.That(File.ReadAllText(GoldenFile), Is.EqualTo("stepVersion 2\na\nb\n"), "it stays as it was");
        }
    }

    [TestCase("b\na\n")]
    [TestCase("a\nb\nb\n")]
    [TestCase("a\nb")]
    public void Order_number_and_end_of_lines_count(string made)
    {
        Write("stepVersion 2\na\nb\n");

        Assert.That(Compare(2, made, accept: true), Does.Contain("bump the stepVersion of tree"));
    }

    [TestCase("a\n", Description = "the same bytes")]
    [TestCase("b\n", Description = "other bytes")]
    public void A_raised_version_is_accepted_by_a_second_run(string made)
    {
        Write("stepVersion 2\na\n");

        var asked = Compare(3, made, accept: false);
        var untouched = File.ReadAllText(GoldenFile);
        var accepted = Compare(3, made, accept: true);
        var again = Compare(3, made, accept: false);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(asked, Does.Contain("is of version 2, the step's is 3").And.Contain("PIPELINE_ACCEPT=1"));
            Assert.That(untouched, Is.EqualTo("stepVersion 2\na\n"));
            Assert.That(accepted, Does.Contain("it was written; review it and run again"));
            Assert.That(File.ReadAllText(GoldenFile), Is.EqualTo($"stepVersion 3\n{made}"));
            Assert.That(again, Is.Null);
        }
    }

    [Test]
    public void A_version_never_goes_back([Values] bool accept)
    {
        Write("stepVersion 2\na\n");

        Assert.That(Compare(1, "a\n", accept), Does.Contain("went back from 2 to 1"));
        Assert.That(File.ReadAllText(GoldenFile), Is.EqualTo("stepVersion 2\na\n"));
    }

    [Test]
    public void A_step_without_a_golden_fails_until_one_was_accepted()
    {
        Assert.That(Compare(1, "a\n", accept: false), Does.Contain("has no golden"));
        Assert.That(File.Exists(GoldenFile), Is.False);
        Assert.That(Compare(1, "a\n", accept: true), Does.Contain("review it and run again"));
        Assert.That(Compare(1, "a\n", accept: false), Is.Null);
        Assert.That(StepGolden.VersionOf(_directory.Path, "tree"), Is.EqualTo(1));
    }

    [TestCase(""), TestCase("a\n"), TestCase("stepVersion\n"), TestCase("stepVersion two\na\n"), TestCase("stepVersion 2")]
    public void A_file_without_a_version_is_no_golden(string text)
    {
        Write(text);

        Assert.That(() => Compare(2, "a\n", accept: true), Throws.InstanceOf<InvalidDataException>());
        Assert.That(File.ReadAllText(GoldenFile), Is.EqualTo(text));
    }

    private string? Compare(int version, string made, bool accept) => StepGolden.Compare(_directory.Path, "tree", version, made, accept);

    private void Write(string text) => File.WriteAllText(GoldenFile, text);
}
