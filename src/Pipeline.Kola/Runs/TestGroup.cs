using Pipeline.Kola.Machines;
using Pipeline.Kola.Tests;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>Tests that run one after the other on one machine.</summary>
/// <param name="Name">Folder name: the test's own, or <c>shared-N</c>.</param>
/// <param name="Tests">At least one.</param>
/// <param name="Shared">Whether they share: no reboots, one merged config.</param>
internal sealed record TestGroup(string Name, ValueList<SelectedTest> Tests, bool Shared)
{
    /// <summary>The shape that its tests ask for together, at least <paramref name="least"/>.</summary>
    public MachineShape Shape(MachineShape least) => Tests.Aggregate(least, (shape, t) => HeaderKeys.Shape(t.Test.Header, shape));

    /// <summary>The configs of its tests, each once.</summary>
    public IReadOnlyList<string> Configs =>
        [.. Tests.Where(t => t.Ignition is not null).DistinctBy(t => t.Test.Config!.Path).Select(t => t.Ignition!)];

    /// <summary>How long its tests took the last time; <c>null</c> when one of them never ran.</summary>
    public TimeSpan? Expected(TestHistory history) =>
        Tests.Aggregate((TimeSpan?)TimeSpan.Zero, (sum, t) => sum + history.Duration(t.Test.Name));

    /// <summary>Whether a machine of the shape <paramref name="least"/> that booted with nothing but our key serves.</summary>
    public bool CanFork(MachineShape least) =>
        Tests.All(t => t.Test.Config is null && !t.Test.Header.Tags.Contains("cold-boot")) && Shape(least) == least;

    /// <summary>Whether it pays to save a machine of the shape <paramref name="least"/>: more than one group starts from it.</summary>
    /// <param name="groups">The groups of a run.</param>
    /// <param name="least">The shape.</param>
    /// <param name="keepsSaved">Whether later runs start from it too; then one group is enough.</param>
    public static bool PaysToFork(IEnumerable<TestGroup> groups, MachineShape least, bool keepsSaved) =>
        groups.Count(g => g.CanFork(least)) > (keepsSaved ? 0 : 1);

    /// <summary>
    /// Puts tests into groups: those that share greedily into the first group without a conflict, each of the others alone.
    /// Shared groups come first, since one boot gives most results.
    /// </summary>
    public static IReadOnlyList<TestGroup> Plan(IReadOnlyList<SelectedTest> tests)
    {
        var shared = new List<List<SelectedTest>>();
        foreach (var test in tests.Where(t => !t.Test.Header.NeedsOwnMachine))
        {
            var group = shared.FirstOrDefault(g => !g.Any(o => Conflict(o.Test, test.Test)));
            if (group is null)
            {
                shared.Add(group = []);
            }

            group.Add(test);
        }

        return
        [
            .. shared.Select((g, i) => new TestGroup($"shared-{i}", g.ToValueList(), true)),
            .. tests.Where(t => t.Test.Header.NeedsOwnMachine).Select(t => new TestGroup(t.Test.Name, [t], false)),
        ];
    }

    private static bool Conflict(KolaTest one, KolaTest other) =>
        one.Header.Conflicts.Any(c => Names(c, other)) || other.Header.Conflicts.Any(c => Names(c, one));

    /// <summary>A conflict names the whole test, or its last part.</summary>
    private static bool Names(string conflict, KolaTest test) =>
        test.Name == conflict || test.Name.EndsWith("." + conflict, StringComparison.Ordinal);
}
