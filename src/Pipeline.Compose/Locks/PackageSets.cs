using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>The packages that one architecture resolved to.</summary>
/// <param name="Architecture">Which.</param>
/// <param name="Requests">What its manifest asks for.</param>
/// <param name="Names">Names of all packages.</param>
/// <param name="Common">Names of the packages that the requests of all architectures alone would give.</param>
internal sealed record ArchitectureSet(
    Architecture Architecture,
    ValueList<Sourced> Requests,
    IReadOnlySet<string> Names,
    IReadOnlySet<string> Common
);

/// <summary>
/// Whether every architecture has the same packages. A difference that comes from what the manifest asks for on one architecture is a note
/// with that line; any other, from a dependency that the distribution has on some architectures only, is a warning.
/// </summary>
internal static class PackageSets
{
    /// <summary>The requests that every architecture has; none without an architecture.</summary>
    public static IReadOnlySet<string> CommonRequests(IReadOnlyList<ValueList<Sourced>> requests) =>
        requests
            .SelectMany(r => r.Select(p => p.Text).Distinct(StringComparer.Ordinal))
            .GroupBy(r => r, StringComparer.Ordinal)
            .Where(g => g.Count() == requests.Count)
            .Select(g => g.Key)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>What differs.</summary>
    public static IReadOnlyList<Diagnostic> Compare(IReadOnlyList<ArchitectureSet> sets)
    {
        var remarks = new List<Diagnostic>();
        var common = CommonRequests([.. sets.Select(s => s.Requests)]);
        foreach (var set in sets)
        {
            var own = set.Requests.Where(r => !common.Contains(r.Text)).ToArray();
            var added = set.Names.Except(set.Common).Order(StringComparer.Ordinal).ToArray();
            if (own.Length > 0 && added.Length > 0)
            {
                remarks.Add(SetDiagnostics.Own(set.Architecture, added, own));
            }
        }

        foreach (var name in sets.SelectMany(s => s.Common).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            // A package that one architecture has by its own request is no riddle there.
            var with = sets.Where(s => s.Common.Contains(name) || s.Names.Contains(name)).Select(s => s.Architecture.Name).ToArray();
            if (with.Length < sets.Count)
            {
                remarks.Add(SetDiagnostics.Unexplained(name, with, sets.Select(s => s.Architecture.Name).Except(with)));
            }
        }

        return remarks;
    }
}

/// <summary>Texts about sets of packages that differ between architectures: PL1510–PL1519.</summary>
internal static class SetDiagnostics
{
    public static Diagnostic Own(Architecture architecture, IReadOnlyList<string> packages, IReadOnlyList<Sourced> requests) =>
        new(
            "PL1510",
            Severity.Note,
            $"only on {architecture.Name}: {string.Join(", ", packages)}; asked for by "
                + string.Join(", ", requests.Select(r => $"{r.Text} ({r.Span})")),
            Exit: ExitClass.Done
        );

    public static Diagnostic Unexplained(string package, IEnumerable<string> with, IEnumerable<string> without) =>
        Diagnostic.Warning(
            "PL1511",
            $"package '{package}' is in the set of {string.Join(", ", with)} but not of {string.Join(", ", without)}, "
                + "and the manifest does not say why",
            hint: "a dependency differs: name the package in 'packages-<arch>', or exclude it"
        );
}
