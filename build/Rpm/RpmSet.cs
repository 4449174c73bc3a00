using Pipeline.Model.Values;

namespace Pipeline.Build.Rpm;

/// <summary>The packages that become RPMs, and how their relations are written.</summary>
internal sealed class RpmSet
{
    /// <summary>Needs all packages that Debian marks essential; what is not below it needs it.</summary>
    public const string Essential = "essential";

    /// <summary>
    /// What an RPM system does without: Debian's package manager and what its maintainer scripts call, and full Perl, which only the
    /// dependency generators of rpmbuild need.
    /// </summary>
    private static readonly HashSet<string> Excluded = new(StringComparer.Ordinal)
    {
        "adduser",
        "cdebconf",
        "debconf",
        "debconf-2.0",
        "debugedit",
        "dpkg",
        "init-system-helpers",
        "install-info",
        "libgdbm6t64",
        "libgdbm-compat4t64",
        "libperl5.40",
        "libtext-charwidth-perl",
        "libtext-wrapi18n-perl",
        "perl",
        "perl-modules-5.40",
        "runit-helper",
        "ucf",
        "usr-is-merged",
    };

    private readonly Dictionary<string, List<DebPackage>> _providers = new(StringComparer.Ordinal);
    private readonly HashSet<DebPackage> _basic = [];

    /// <summary>Chooses among the packages of a lock.</summary>
    public RpmSet(IEnumerable<DebPackage> packages)
    {
        Packages = [.. packages.Where(p => !Excluded.Contains(p.Name)).OrderBy(p => p.Name, StringComparer.Ordinal)];
        foreach (var package in Packages)
        {
            foreach (var name in package.Relations("Provides").Select(p => p[0].Name).Prepend(package.Name))
            {
                if (!_providers.TryGetValue(name, out var providers))
                {
                    _providers[name] = providers = [];
                }

                providers.Add(package);
            }
        }

        var open = new Stack<DebPackage>(Packages.Where(p => p.Essential));
        while (open.TryPop(out var package))
        {
            if (_basic.Add(package))
            {
                foreach (var needed in package.Relations("Pre-Depends", "Depends").SelectMany(Providers))
                {
                    open.Push(needed);
                }
            }
        }
    }

    /// <summary>The packages, by name.</summary>
    public ValueList<DebPackage> Packages { get; }

    /// <summary>Names of the essential packages.</summary>
    public IEnumerable<string> EssentialNames => Packages.Where(p => p.Essential).Select(p => p.Name);

    /// <summary>The relations of a package as lines of a spec file's preamble.</summary>
    public IEnumerable<string> Lines(DebPackage package)
    {
        foreach (var (tag, fields) in Tags)
        {
            foreach (var text in package.Relations(fields).Select(Text).OfType<string>())
            {
                yield return $"{tag}: {text}";
            }
        }

        if (!_basic.Contains(package))
        {
            yield return $"Requires(pre): {Essential}";
        }
    }

    private static IEnumerable<(string Tag, string[] Fields)> Tags =>
        [
            ("Requires(pre)", ["Pre-Depends"]),
            ("Requires", ["Depends"]),
            ("Recommends", ["Recommends"]),
            ("Suggests", ["Suggests"]),
            ("Supplements", ["Enhances"]),
            ("Provides", ["Provides"]),
            ("Conflicts", ["Conflicts", "Breaks"]),
        ];

    /// <summary>An item as RPM writes it; <c>null</c> when only packages that are left out satisfy it.</summary>
    private static string? Text(ValueList<DebRelation> alternatives)
    {
        var left = alternatives.Where(a => !Excluded.Contains(a.Name)).Select(a => a.Text).Distinct().ToArray();
        return left.Length switch
        {
            0 => null,
            1 => left[0],
            _ => $"({string.Join(" or ", left)})",
        };
    }

    private IEnumerable<DebPackage> Providers(ValueList<DebRelation> alternatives) =>
        alternatives.Select(a => _providers.GetValueOrDefault(a.Name)).OfType<List<DebPackage>>().FirstOrDefault() ?? [];
}
