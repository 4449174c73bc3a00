using Pipeline.Model.Configs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Locks;

/// <summary>What extensions.yaml adds to a locked manifest.</summary>
internal static class ExtensionStep
{
    /// <summary>A manifest that may take packages from the repositories of its extensions too.</summary>
    public static Manifest WithRepositories(Manifest manifest, ExtensionSet set)
    {
        var more = set.Repos.Concat(set.On(manifest.Architecture).SelectMany(e => e.Repos));
        return manifest with { Repos = [.. manifest.Repos.Concat(more).DistinctBy(r => r.Text)] };
    }

    /// <summary>
    /// The requests of an extension: those that must have the version of a package of the image name it. <c>null</c> after a problem.
    /// </summary>
    /// <param name="extension">Which.</param>
    /// <param name="locked">The image.</param>
    /// <param name="problems">Receives PL1508, PL1509.</param>
    public static ValueList<Sourced>? RequestsOf(Extension extension, LockedManifest locked, DiagnosticBag problems)
    {
        var before = problems.Items.Count;
        var present = locked.Lockfile.Packages.ToLookup(p => p.Name, StringComparer.Ordinal);
        var version = extension.MatchBase is { } name ? present[name].FirstOrDefault()?.Version : null;
        if (extension.MatchBase is { } missing && version is null)
        {
            problems.Add(LockDiagnostics.NoBase(extension.Name, missing, extension.Span));
        }

        foreach (var package in extension.Packages.Where(p => !extension.IsDevelopment && present.Contains(p.Text)))
        {
            problems.Add(LockDiagnostics.InBase(extension.Name, package.Text, package.Span));
        }

        return problems.Items.Count > before ? null
            : version is null ? extension.Packages
            : [.. extension.Packages.Select(p => p with { Text = $"{p.Text} = {version}" })];
    }
}
