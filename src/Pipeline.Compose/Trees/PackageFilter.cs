using System.Text.RegularExpressions;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Manifests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Trees;

/// <summary>Leaves files of packages out: what <c>remove-from-packages</c> and <c>install-langs</c> say, for every family.</summary>
/// <param name="manifest">Says it.</param>
internal sealed partial class PackageFilter(Manifest manifest)
{
    private readonly ILookup<string, Regex> _removals = (
        from removal in manifest.RemoveFromPackages
        from pattern in removal.Patterns
        select (removal.Package, Pattern: PathPattern.Compile(pattern)!)
    ).ToLookup(r => r.Package, r => r.Pattern, StringComparer.Ordinal);

    /// <summary>The layers without the entries that are left out.</summary>
    /// <exception cref="PipelineException">PL2123: a pattern takes too long.</exception>
    public IReadOnlyList<PackageLayer> Of(IReadOnlyList<PackageLayer> layers) =>
        manifest.InstallLanguages.Count == 0 && _removals.Count == 0 ? layers : [.. layers.Select(Of)];

    private PackageLayer Of(PackageLayer package)
    {
        Regex[] patterns = [.. _removals[package.Package.Name]];
        if (patterns.Length == 0 && manifest.InstallLanguages.Count == 0)
        {
            return package;
        }

        var removed = new Dictionary<string, bool>(StringComparer.Ordinal);
        LayerEntry[] kept =
        [
            .. package.Layer.Entries.Where(e =>
                !(patterns.Length > 0 && IsRemoved(e.Path, package.Package.Name, patterns, removed)) && IsSpoken(e)
            ),
        ];
        return package with { Layer = package.Layer with { Entries = kept } };
    }

    /// <summary>Whether a pattern matches the path that an entry has in a commit, or that of a directory above it.</summary>
    private static bool IsRemoved(string path, string package, Regex[] patterns, Dictionary<string, bool> known)
    {
        if (path.Length == 0)
        {
            return false;
        }

        if (!known.TryGetValue(path, out var removed))
        {
            var shown = path == "etc" || path.StartsWith("etc/", StringComparison.Ordinal) ? $"/usr/{path}" : $"/{path}";
            try
            {
                removed = IsRemoved(PackagePath.Parent(path), package, patterns, known) || Array.Exists(patterns, p => p.IsMatch(shown));
            }
            catch (RegexMatchTimeoutException e)
            {
                throw new PipelineException(TreeDiagnostics.SlowPattern(package, e.Pattern), e);
            }

            known[path] = removed;
        }

        return removed;
    }

    /// <summary>
    /// Whether a file is for everybody or in a language that is wanted, by its place; most packages do not say what language a file has.
    /// </summary>
    private bool IsSpoken(LayerEntry entry)
    {
        if (manifest.InstallLanguages.Count == 0 || entry.Language is not null)
        {
            return true; // what a package says of a file counts before its place, when layers are merged
        }

        var place = TranslationPlace().Match(entry.Path);
        return !place.Success || manifest.InstallLanguages.Any(l => IsPartOf(place.Groups["language"].Value, l));
    }

    /// <summary>Whether programs in <paramref name="wanted"/> look into the directory: in <c>de_DE.UTF-8</c> into <c>de</c>.</summary>
    private static bool IsPartOf(string directory, string wanted) =>
        wanted.StartsWith(directory, StringComparison.OrdinalIgnoreCase)
        && (wanted.Length == directory.Length || wanted[directory.Length] is '_' or '.' or '@');

    // The directories of manuals are sections (man1) or languages (de, de/man1).
    [GeneratedRegex(
        @"\Ausr/share/(locale/(?!locale\.alias\z)(?<language>[^/]+)(/|\z)|man/(?!man[0-9a-z]*(/|\z))(?<language>[^/]+)(/|\z))",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex TranslationPlace();
}
