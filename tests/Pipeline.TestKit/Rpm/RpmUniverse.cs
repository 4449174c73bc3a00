using System.Globalization;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Rpm;

/// <summary>
/// Random repositories with every kind of dependency: versions, capabilities with several providers, paths, rich and weak dependencies,
/// conflicts, obsoletes, two architectures, several versions of a name. The same seed gives the same packages.
/// </summary>
public static class RpmUniverse
{
    /// <summary>The packages.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="count">How many names.</param>
    public static IReadOnlyList<RpmEntry> Packages(int seed, int count)
    {
#pragma warning disable CA5394, RS0030 // repeatable on purpose: seeded
        var random = new Random(seed);
        var packages = new List<RpmEntry>();
        for (var i = 0; i < count; i++)
        {
            var architecture = random.Next(3) == 0 ? "noarch" : "x86_64";
            var versions = random.Next(5) == 0 ? 2 : 1;
            for (var v = 1; v <= versions; v++)
            {
                packages.Add(
                    new(Name(i), $"{v}.{random.Next(20)}{(random.Next(9) == 0 ? "~rc1" : "")}", $"{random.Next(1, 4)}.el", architecture)
                    {
                        Epoch = random.Next(12) == 0 ? 1 : 0,
                        Provides = Some(3, () => random.Next(2) == 0 ? Capability(i) : $"{Capability(random.Next(count))} = {v}"),
                        Requires = Some(4, () => Requirement(i)),
                        Recommends = Some(5, () => random.Next(3) == 0 ? Rich(i) : Later(i)),
                        Supplements = Some(12, () => Later(i)),
                        Conflicts = Some(40, () => $"{Later(i)} < 1.3"),
                        Obsoletes = Some(60, () => $"{Later(i)} < 1.2"),
                        Files = [$"/usr/bin/{Name(i)}", $"/usr/share/{Name(i)}/data"],
                    }
                );
            }

            if (architecture == "x86_64" && random.Next(6) == 0)
            {
                packages.Add(packages[^1] with { Architecture = "i686" });
            }
        }

        return packages;

        // One in `rarity` packages has none, the rest one to three.
        ValueList<string> Some(int rarity, Func<string> one) =>
            random.Next(rarity) switch
            {
                0 => [one(), one()],
                1 => [one()],
                _ => [],
            };

        // Mostly later packages, so that closures end.
        string Later(int i) => Name(random.Next(10) == 0 ? random.Next(count) : Math.Min(count - 1, i + 1 + random.Next(count - i)));

        string Capability(int i) => $"cap{(i / 3).ToString(CultureInfo.InvariantCulture)}";

        string Requirement(int i) =>
            random.Next(8) switch
            {
                0 => Rich(i),
                1 => Capability(Math.Min(count - 1, i + random.Next(count - i))),
                2 => $"/usr/bin/{Later(i)}",
                3 => $"/usr/share/{Later(i)}/data",
                4 => $"{Later(i)} >= 1.{random.Next(6)}",
                _ => Later(i),
            };

        string Rich(int i) =>
            random.Next(5) switch
            {
                0 => $"({Later(i)} if {Later(i)})",
                1 => $"({Later(i)} or {Later(i)})",
                2 => $"({Later(i)} and {Later(i)})",
                3 => $"({Later(i)} if {Later(i)} else {Later(i)})",
                _ => $"({Later(i)} >= 1.2 with {Later(i)} < 3)",
            };
#pragma warning restore CA5394, RS0030
    }

    private static string Name(int i) => $"p{i.ToString("d4", CultureInfo.InvariantCulture)}";
}
