using Pipeline.Kola.Tests;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>Tests that run one after the other on one machine.</summary>
/// <param name="Name">Folder name: the test's own, or <c>shared-N</c>.</param>
/// <param name="Tests">At least one.</param>
/// <param name="Shared">Whether they share: no reboots, one merged config.</param>
internal sealed record TestGroup(string Name, ValueList<SelectedTest> Tests, bool Shared)
{
    private const int DefaultMemory = 1024;

    /// <summary>Memory of the machine in MiB.</summary>
    public int MemoryMiB(int? least) => Tests.Select(t => t.Test.Header.MinMemory ?? 0).Append(least ?? DefaultMemory).Max();

    /// <summary>Least size of the disk, or <c>null</c>.</summary>
    public ByteSize? DiskSize => Tests.Max(t => t.Test.Header.MinDisk) is { } gib ? ByteSize.FromGiB(gib) : null;

    /// <summary>Whether a machine that booted with nothing but our key serves: no config and no special shape.</summary>
    public bool CanFork(int? least) =>
        Tests.All(t => t.Test.ConfigKind == TestConfigKind.None && !t.Test.Header.Tags.Contains("cold-boot"))
        && DiskSize is null
        && MemoryMiB(least) == (least ?? DefaultMemory);

    /// <summary>
    /// Puts tests into groups: those that share greedily into the first group without a conflict, each of the others alone.
    /// Shared groups come first, since one boot answers for most tests.
    /// </summary>
    public static IReadOnlyList<TestGroup> Plan(IReadOnlyList<SelectedTest> tests)
    {
        var shared = new List<List<SelectedTest>>();
        foreach (var test in tests.Where(t => !t.Test.Header.Exclusive))
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
            .. tests.Where(t => t.Test.Header.Exclusive).Select(t => new TestGroup(t.Test.Name, [t], false)),
        ];
    }

    private static bool Conflict(KolaTest one, KolaTest other) =>
        one.Header.Conflicts.Any(c => Names(c, other)) || other.Header.Conflicts.Any(c => Names(c, one));

    /// <summary>A conflict names the whole test, or its last part.</summary>
    private static bool Names(string conflict, KolaTest test) =>
        test.Name == conflict || test.Name.EndsWith("." + conflict, StringComparison.Ordinal);
}
