using System.Globalization;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Relations of a package to others as the header has them: three lists for each kind.</summary>
internal static class RpmPackageRelations
{
    private const int Most = 1_000_000;

    /// <summary>Comparisons (rpm 6.0, include/rpm/rpmds.h).</summary>
    private const long Less = 1 << 1;
    private const long Greater = 1 << 2;
    private const long Equal = 1 << 3;

    /// <summary>The scripts that need what is required.</summary>
    private static readonly (long Flag, string Name)[] Scripts =
    [
        (1 << 5, "posttrans"),
        (1 << 7, "pretrans"),
        (1 << 8, "interp"),
        (1 << 9, "pre"),
        (1 << 10, "post"),
        (1 << 11, "preun"),
        (1 << 12, "postun"),
        (1 << 13, "verify"),
        (1 << 24, "rpmlib"),
    ];

    private static readonly (string Kind, RpmTag Name, RpmTag Flags, RpmTag Version)[] Kinds =
    [
        ("provides", RpmTag.ProvideName, RpmTag.ProvideFlags, RpmTag.ProvideVersion),
        ("requires", RpmTag.RequireName, RpmTag.RequireFlags, RpmTag.RequireVersion),
        ("conflicts", RpmTag.ConflictName, RpmTag.ConflictFlags, RpmTag.ConflictVersion),
        ("obsoletes", RpmTag.ObsoleteName, RpmTag.ObsoleteFlags, RpmTag.ObsoleteVersion),
        ("recommends", RpmTag.RecommendName, RpmTag.RecommendFlags, RpmTag.RecommendVersion),
        ("suggests", RpmTag.SuggestName, RpmTag.SuggestFlags, RpmTag.SuggestVersion),
        ("supplements", RpmTag.SupplementName, RpmTag.SupplementFlags, RpmTag.SupplementVersion),
        ("enhances", RpmTag.EnhanceName, RpmTag.EnhanceFlags, RpmTag.EnhanceVersion),
    ];

    /// <summary>All of them; a rich one is kept as it is written: <c>(a if b)</c>.</summary>
    /// <exception cref="Layers.BadPackageException">The three lists of a kind do not fit one another.</exception>
    public static ValueList<PackageRelation> Read(RpmHeader header) =>
        Kinds.SelectMany(k => Read(header, k.Kind, k.Name, k.Flags, k.Version)).ToValueList();

    /// <summary>A name with its comparison, as <c>rpm -q --requires</c> writes it.</summary>
    public static string Text(string name, long flags, string version)
    {
        var comparison = $"{((flags & Less) != 0 ? "<" : "")}{((flags & Greater) != 0 ? ">" : "")}{((flags & Equal) != 0 ? "=" : "")}";
        return comparison.Length > 0 && version.Length > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{name} {comparison} {version}")
            : name;
    }

    private static IEnumerable<PackageRelation> Read(RpmHeader header, string kind, RpmTag name, RpmTag flag, RpmTag version)
    {
        var names = header.Texts(name, Most);
        var flags = header.Numbers(flag, Most);
        var versions = header.Texts(version, Most);
        if (flags.Length != names.Length || versions.Length != names.Length)
        {
            throw Layers.BadPackageException.Damaged($"header tags {(int)name}, {(int)flag} and {(int)version} have different lengths");
        }

        return names.Select((n, i) => new PackageRelation(kind + For(kind, flags[i]), Text(n, flags[i], versions[i])));
    }

    private static string For(string kind, long flags)
    {
        var scripts = kind == "requires" ? Scripts.Where(s => (flags & s.Flag) != 0).Select(s => s.Name).ToArray() : [];
        return scripts.Length == 0 ? "" : $"({string.Join(',', scripts)})";
    }
}
