using System.Text.RegularExpressions;
using Pipeline.TestKit;

namespace Pipeline.Tests.Steps;

/// <summary>No step without a golden, and no golden of another version: what can be known without running a step.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed partial class StepVersionTests
{
    [Test]
    public void Every_version_constant_has_a_golden() =>
        Assert.That(
            StepVersions.Constants.Keys.Order(StringComparer.Ordinal),
            Is.EqualTo(StepVersions.Goldens.Keys.Order(StringComparer.Ordinal)),
            "a new step gets a row in StepVersions.Goldens and a test that calls StepVersions.Check"
        );

    [Test]
    public void Every_golden_is_of_the_version_of_its_step()
    {
        var files = Directory.GetFiles(StepGolden.Root).Select(f => Path.GetFileNameWithoutExtension(f)!).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(files, Is.EquivalentTo(StepVersions.Goldens.Values));
            foreach (var step in files)
            {
                Assert.That(StepGolden.VersionOf(StepGolden.Root, step), Is.EqualTo(StepVersions.Of(step)), step);
            }
        }
    }

    [Test]
    public void Every_golden_is_compared_by_a_test()
    {
        var tests = string.Concat(SourceTree.CSharp("tests/Pipeline.Tests/Steps").Select(File.ReadAllText));

        foreach (var step in StepVersions.Goldens.Values)
        {
            Assert.That(tests, Does.Match($@"StepVersions\.Check\(\s*""{step}"","), step);
        }
    }

    /// <summary>A version written as a number, or kept under another name, would escape the search by reflection.</summary>
    [Test]
    public void A_step_takes_its_version_from_such_a_constant()
    {
        var made = SourceTree
            .CSharp("src")
            .Select(f => (Type: Path.GetFileNameWithoutExtension(f), Text: File.ReadAllText(f)))
            .Where(f => f.Text.Contains("StepInputs", StringComparison.Ordinal))
            .SelectMany(f => Made().Matches(f.Text).Select(m => $"{f.Type}.{m.Groups["version"].Value}"))
            .Order(StringComparer.Ordinal)
            .ToArray();

        Assert.That(made, Has.Length.GreaterThanOrEqualTo(7));
        Assert.That(made, Is.SubsetOf(StepVersions.Constants.Keys));
    }

    /// <summary>The first two arguments of a new <c>StepInputs</c>: a name, and something that is not a name or a digest.</summary>
    [GeneratedRegex("""new(?: StepInputs)?\(\s*(?:\$?"[^"\s]*"|[A-Z]\w*Step),\s*(?<version>\w*Version|[0-9]+),""", RegexOptions.None, 1000)]
    private static partial Regex Made();
}
