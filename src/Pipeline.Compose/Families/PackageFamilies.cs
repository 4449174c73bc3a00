using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Families.Rpm;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families;

/// <summary>The package families there are.</summary>
internal static class PackageFamilies
{
    private static readonly ValueList<IPackageFamily> All = [DebFamily.Instance, RpmFamily.Instance];

    /// <summary>The family whose files define the repositories of a manifest.</summary>
    /// <param name="source">The manifest and where it is.</param>
    /// <param name="problems">Receives PL1121 when there are several.</param>
    /// <returns>
    /// <c>null</c> after a problem. Debian's when no file defines any of them: reading them then says what is missing.
    /// </returns>
    public static IPackageFamily? Choose(RepositorySource source, DiagnosticBag problems)
    {
        var manifest = source.Manifest;
        var wanted = source.Wanted.ToArray();
        var found = (
            from name in wanted
            from definition in manifest.InlineRepos.FirstOrDefault(r => r.Id == name.Text) is { } inline
                ? All.Where(f => f.Name == inline.Family).Select(f => (Family: f, File: inline.Span.File))
                : FilesOf(source, name.Text)
            select (name, family: definition.Family, file: definition.File)
        ).ToArray();
        var families = found.Select(f => f.family).Distinct().ToArray();
        if (families.Length > 1)
        {
            var repositories = found.Select(f => (f.name.Text, f.family.Name, f.file));
            problems.Add(RepositoryDiagnostics.MixedFamilies(repositories, found.First(f => f.family != found[0].family).name.Span));
            return null;
        }

        return families.Length == 1 ? families[0]
            : wanted.Length == 0 && RepoReader.Enabled(source.Directory, source.Display).Count > 0 ? RpmFamily.Instance
            : DebFamily.Instance;
    }

    /// <summary>The files of the first directory that define a repository, each with its family.</summary>
    private static (IPackageFamily Family, string File)[] FilesOf(RepositorySource source, string repository) =>
        source
            .PlacesOf(repository)
            .Select(d =>
                All.Select(f => (Family: f, File: f.FileOf(d.Path, repository)))
                    .Where(f => f.File is not null)
                    .Select(f => (f.Family, d == source.Root ? f.File! : Path.Combine(d.Display, f.File!)))
                    .ToArray()
            )
            .FirstOrDefault(f => f.Length > 0)
        ?? [];

    /// <summary>What the package manager of the host says about mirrors, whatever the manifest's family.</summary>
    /// <param name="root">Where its configuration and state are.</param>
    /// <param name="cacheFile">Keeps what was found.</param>
    /// <param name="offline">Ask no server.</param>
    /// <param name="downloader">Asks servers.</param>
    public static IHostMirrors HostMirrors(string root, string cacheFile, bool offline, Downloader downloader) =>
        new AptMirrors(root, cacheFile, offline, downloader);

    /// <summary>The family of a locked request.</summary>
    /// <exception cref="ArgumentException">There is no such family.</exception>
    public static IPackageFamily Named(string name) =>
        All.FirstOrDefault(f => f.Name == name) ?? throw new ArgumentException($"there is no package family '{name}'", nameof(name));
}
