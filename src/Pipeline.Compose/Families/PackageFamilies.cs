using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families;

/// <summary>The package families there are.</summary>
internal static class PackageFamilies
{
    /// <summary>The family whose file defines the repositories of a manifest.</summary>
    /// <param name="source">The manifest and where it is.</param>
    /// <param name="problems">Receives PL1121 for every repository of a family that cannot be composed.</param>
    /// <returns><c>null</c> after a problem. Debian's when no file defines any of them: reading them then says what is missing.</returns>
    public static IPackageFamily? Choose(RepositorySource source, DiagnosticBag problems)
    {
        IPackageFamily? family = DebFamily.Instance;
        foreach (var wanted in source.Manifest.Repos.Where(r => DebFamily.Instance.FileOf(source.Directory, r.Text) is null))
        {
            if (YumRepositories.FileOf(source.Directory, wanted.Text) is { } file)
            {
                problems.Add(RepositoryDiagnostics.NoFamily(wanted.Text, file, wanted.Span));
                family = null;
            }
        }

        return family;
    }

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
        name == DebFamily.Instance.Name
            ? DebFamily.Instance
            : throw new ArgumentException($"there is no package family '{name}'", nameof(name));
}
