using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Bisection;

/// <summary>
/// Packages of one source that differ between two locks; they change together, because they often need one another's version.
/// </summary>
/// <param name="Source">Name of the source package, or of the package when its source is not known.</param>
/// <param name="Before">The packages of the first lock; empty when all are new.</param>
/// <param name="After">The packages of the second lock; empty when all are gone.</param>
internal sealed record PackageChange(string Source, ValueList<LockedPackage> Before, ValueList<LockedPackage> After)
{
    /// <summary>One line for people: <c>bash 5.2-1 → 5.2-2</c>.</summary>
    public string Text =>
        string.Join(
            ", ",
            Before
                .Concat(After)
                .Select(p => p.Name)
                .Distinct()
                .Order(StringComparer.Ordinal)
                .Select(name => (Name: name, Old: VersionOf(Before, name), New: VersionOf(After, name)))
                .Select(p =>
                    p.Old is null ? $"{p.Name} {p.New} (new)"
                    : p.New is null ? $"{p.Name} {p.Old} (gone)"
                    : $"{p.Name} {p.Old} → {p.New}"
                )
        );

    /// <summary>What differs between two locks, in the order of installation: what others need comes first.</summary>
    public static ValueList<PackageChange> Between(Lockfile before, Lockfile after)
    {
        var ranks = Ranks(before, after);
        var old = before.Packages.ToLookup(SourceOf, StringComparer.Ordinal);
        var current = after.Packages.ToLookup(SourceOf, StringComparer.Ordinal);
        return
        [
            .. old.Select(g => g.Key)
                .Union(current.Select(g => g.Key), StringComparer.Ordinal)
                .Select(source => new PackageChange(source, [.. old[source]], [.. current[source]]))
                .Where(c => !Digests(c.Before).SetEquals(Digests(c.After)))
                .OrderBy(c => c.Before.Concat(c.After).Min(p => ranks[p.Name]))
                .ThenBy(c => c.Source, StringComparer.Ordinal),
        ];
    }

    /// <summary>The first lock with some of the changes that lead to the second.</summary>
    public static Lockfile Apply(Lockfile before, Lockfile after, IReadOnlyCollection<PackageChange> changes)
    {
        var ranks = Ranks(before, after);
        var changed = changes.Select(c => c.Source).ToHashSet(StringComparer.Ordinal);
        return before with
        {
            Packages =
            [
                .. before
                    .Packages.Where(p => !changed.Contains(SourceOf(p)))
                    .Concat(changes.SelectMany(c => c.After))
                    .OrderBy(p => ranks[p.Name])
                    .ThenBy(p => p.PackageArchitecture, StringComparer.Ordinal),
            ],
        };
    }

    private static string? VersionOf(ValueList<LockedPackage> packages, string name) =>
        packages.FirstOrDefault(p => p.Name == name)?.Version;

    private static HashSet<Digest> Digests(ValueList<LockedPackage> packages) => [.. packages.Select(p => p.Digest)];

    /// <summary>Debian writes <c>NAME (VERSION)</c> or <c>NAME VERSION</c>, RPM <c>NAME-VERSION-RELEASE.src.rpm</c>.</summary>
    private static string SourceOf(LockedPackage package)
    {
        if (package.Source is not { Length: > 0 } source)
        {
            return package.Name;
        }

        if (!source.EndsWith(".rpm", StringComparison.Ordinal))
        {
            return source.Split(' ')[0];
        }

        var release = source.LastIndexOf('-');
        var version = release <= 0 ? -1 : source.LastIndexOf('-', release - 1);
        return version <= 0 ? source : source[..version];
    }

    /// <summary>The place of each name in the installation: that of the second lock, and for what it has not that of the first.</summary>
    private static Dictionary<string, int> Ranks(Lockfile before, Lockfile after)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var lockfile in new[] { after, before })
        {
            foreach (var (index, package) in lockfile.Packages.Index())
            {
                ranks.TryAdd(package.Name, index);
            }
        }

        return ranks;
    }
}
