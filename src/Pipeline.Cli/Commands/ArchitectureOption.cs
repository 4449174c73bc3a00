using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary>Values of <c>--arch</c>: names as RPM spells them, because builds, documents and messages do.</summary>
internal static class ArchitectureOption
{
    private const string Everything = "all";

    /// <summary>One architecture.</summary>
    /// <exception cref="PipelineException">PL1091 (class 2), also for another system's spelling.</exception>
    public static Architecture Read(string name) =>
        Architecture.All.FirstOrDefault(a => a.Name == name) ?? throw new PipelineException(Unknown(name));

    /// <summary>Architectures between commas, or <c>all</c>; each once, in the order documents list them.</summary>
    /// <exception cref="PipelineException">PL1091 for each that is unknown (class 2).</exception>
    public static ValueList<Architecture> ReadMany(string names)
    {
        if (names == Everything)
        {
            return Architecture.All;
        }

        var given = names.Split(',', StringSplitOptions.TrimEntries);
        var unknown = given.Where(n => Architecture.All.All(a => a.Name != n)).ToArray();
        return unknown.Length > 0
            ? throw new PipelineException(unknown.Select(Unknown))
            : [.. Architecture.All.Where(a => given.Contains(a.Name))];
    }

    /// <summary>A lockfile is of one architecture.</summary>
    public static Diagnostic OneLock(string file) =>
        Diagnostic.Error("PL1093", $"--lock: '{file}' can only be composed for one architecture", hint: "name that one with --arch");

    private static Diagnostic Unknown(string name) =>
        Diagnostic.Error(
            "PL1091",
            $"--arch: unknown architecture '{name}'",
            hint: Architecture.TryParse(name, out var meant)
                ? $"say {meant.Name}"
                : ClosestName.Hint(
                    name,
                    Architecture.All.Select(a => a.Name),
                    $"one of {string.Join(", ", Architecture.All.Select(a => a.Name))}"
                )
        );
}
