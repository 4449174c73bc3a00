using System.Text.RegularExpressions;
using Pipeline.Model.Values;

namespace Pipeline.Releases.Differences;

/// <summary>Everything about a build that is compared.</summary>
/// <param name="Build">What it is called.</param>
/// <param name="Files">Of its commit, by path.</param>
/// <param name="Packages">By name and architecture; <c>null</c> when it does not list them.</param>
/// <param name="KernelArguments">Of <c>usr/lib/bootc/kargs.d</c>, and with their names in front those of disk images.</param>
/// <param name="Artifacts">Sizes by name.</param>
internal sealed record ComparedContent(
    ComparedBuild Build,
    IReadOnlyDictionary<string, ListedFile> Files,
    IReadOnlyDictionary<string, ListedPackage>? Packages,
    IReadOnlyCollection<string> KernelArguments,
    IReadOnlyDictionary<string, long> Artifacts
);

/// <summary>Compares two builds; pure.</summary>
internal static partial class Comparison
{
    /// <summary>What differs.</summary>
    /// <param name="a">The first build.</param>
    /// <param name="b">The second.</param>
    /// <param name="sameContent">
    /// Whether two files of different objects have the same bytes; asked for files of one size, because an object also has owner and mode.
    /// </param>
    public static BuildDifference Of(ComparedContent a, ComparedContent b, Func<ListedFile, ListedFile, bool> sameContent)
    {
        var files = Paths(a.Files.Keys, b.Files.Keys)
            .Select(p => File(a.Files.GetValueOrDefault(p), b.Files.GetValueOrDefault(p), sameContent))
            .OfType<FileChange>()
            .ToValueList();
        return new(
            a.Build,
            b.Build,
            a.Packages is null || b.Packages is null ? null : Packages(a.Packages, b.Packages),
            files,
            Units(files),
            [
                .. a.KernelArguments.Except(b.KernelArguments).Select(k => new NamedChange(k, ChangeKind.Removed)),
                .. b.KernelArguments.Except(a.KernelArguments).Select(k => new NamedChange(k, ChangeKind.Added)),
            ],
            [
                .. Paths(a.Artifacts.Keys, b.Artifacts.Keys)
                    .Select(n => new ArtifactChange(n, Size(a, n), Size(b, n)))
                    .Where(c => c.Before != c.After),
            ]
        );
    }

    private static IEnumerable<string> Paths(IEnumerable<string> a, IEnumerable<string> b) => a.Union(b).Order(StringComparer.Ordinal);

    private static long? Size(ComparedContent content, string name) => content.Artifacts.TryGetValue(name, out var size) ? size : null;

    private static FileChange? File(ListedFile? a, ListedFile? b, Func<ListedFile, ListedFile, bool> sameContent)
    {
        if (a is null || b is null)
        {
            return new((a ?? b)!.Path, a is null ? ChangeKind.Added : ChangeKind.Removed, [], a?.Shown, b?.Shown);
        }

        if (a == b)
        {
            return null;
        }

        var content = a.Type == '-' && b.Type == '-' && (a.Size != b.Size || !sameContent(a, b));
        string?[] found =
        [
            a.Type != b.Type ? "type" : null,
            a.Mode != b.Mode ? "mode" : null,
            a.Owner != b.Owner ? "owner" : null,
            content ? "content" : null,
            a.Target != b.Target ? "target" : null,
        ];
        var what = found.OfType<string>().ToValueList();
        return new(a.Path, ChangeKind.Changed, what.Count > 0 ? what : ["attributes"], a.Shown, b.Shown);
    }

    private static ValueList<PackageChange> Packages(
        IReadOnlyDictionary<string, ListedPackage> a,
        IReadOnlyDictionary<string, ListedPackage> b
    ) =>
        [
            .. Paths(a.Keys, b.Keys)
                .Select(n => (Name: n, Before: a.GetValueOrDefault(n), After: b.GetValueOrDefault(n)))
                .Where(p => p.Before?.Version != p.After?.Version)
                .Select(p => Package(p.Name, p.Before, p.After)),
        ];

    /// <summary>The changelog is that of the newer version, which has the older ones' entries too; what is gone has no news.</summary>
    private static PackageChange Package(string name, ListedPackage? before, ListedPackage? after)
    {
        var kind = Kind(before?.Version, after?.Version);
        return new(name, kind, before?.Version, after?.Version)
        {
            Changelog = kind == ChangeKind.Downgraded ? before?.Changelog : after?.Changelog,
        };
    }

    private static ChangeKind Kind(string? before, string? after) =>
        before is null ? ChangeKind.Added
        : after is null ? ChangeKind.Removed
        : PackageVersions.Compare(before, after) <= 0 ? ChangeKind.Upgraded
        : ChangeKind.Downgraded;

    /// <summary>Unit files by themselves, and links below <c>*.wants</c> and <c>*.requires</c>, which start a unit.</summary>
    private static ValueList<UnitChange> Units(IEnumerable<FileChange> files) =>
        [
            .. files
                .Select(f => (File: f, Match: Unit().Match(f.Path)))
                .Where(f => f.Match.Success)
                .Select(f =>
                    f.Match.Groups["by"].Success
                        ? new UnitChange(f.Match.Groups["name"].Value, Started(f.File.Kind))
                        : new UnitChange(f.Match.Groups["name"].Value, f.File.Kind)
                )
                .Distinct(),
        ];

    private static ChangeKind Started(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.Added => ChangeKind.Enabled,
            ChangeKind.Removed => ChangeKind.Disabled,
            _ => kind,
        };

    [GeneratedRegex(
        @"\A/(?:usr/lib|usr/etc|etc)/systemd/(?:system|user)/(?<by>[^/]+\.(?:wants|requires|upholds)/)?"
            + @"(?<name>[^/]+\.(?:service|socket|target|timer|mount|automount|path|slice|swap|scope|device))(?:\.d/[^/]+)?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Unit();
}
