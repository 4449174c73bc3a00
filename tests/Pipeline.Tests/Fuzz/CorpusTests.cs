using Pipeline.Build.Proof;
using Pipeline.Fuzz;
using Pipeline.TestKit;

namespace Pipeline.Tests.Fuzz;

/// <summary>Every input that fuzzing found worth keeping is run again.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class CorpusTests
{
    private static readonly FuzzTarget[] Targets = [.. TextTargets.All, .. ByteTargets.All, .. CloudTargets.All];

    private static IEnumerable<string> Names() => Targets.Select(t => t.Name);

    [TestCaseSource(nameof(Names))]
    public void The_parser_reads_or_refuses_its_corpus(string name)
    {
        var target = Targets.Single(t => t.Name == name);
        var inputs = target.Inputs().ToArray();

        Assert.That(inputs, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var input in inputs)
            {
                Assert.That(() => target.Run(input), Throws.Nothing, () => Convert.ToHexStringLower(input[..Math.Min(input.Length, 64)]));
            }
        });
    }

    [Test]
    public void Each_target_is_a_proof() => Assert.That(ProofParts.Parsers, Is.EqualTo(Names()));

    [Test]
    public void Each_target_has_a_name_of_its_own_and_no_corpus_lacks_its_target()
    {
        Assert.That(Names(), Is.Unique);
        var folders = Directory.GetDirectories(SourceTree.Path("tests/Pipeline.Fuzz/Corpus")).Select(Path.GetFileName);
        Assert.That(folders, Is.SubsetOf(Names()));
    }
}
