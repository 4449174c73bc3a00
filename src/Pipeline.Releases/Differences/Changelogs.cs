using System.Text.RegularExpressions;

namespace Pipeline.Releases.Differences;

/// <summary>
/// Where the changelog of a package is published. Only places that have one for every version are named: Debian's, by source package and
/// version, and Fedora's build system, whose pages of builds show it. Packages of other makers have none.
/// </summary>
internal static partial class Changelogs
{
    private const string Debian = "https://metadata.ftp-master.debian.org/changelogs";
    private const string Fedora = "https://koji.fedoraproject.org/koji/search?match=exact&type=build&terms=";

    /// <summary>Of a package in a pool of Debian.</summary>
    /// <param name="repository">The repository's id; those of Debian begin with its name.</param>
    /// <param name="location">Path in the repository.</param>
    /// <param name="version">The package's version.</param>
    public static string? OfPool(string repository, string location, string version) =>
        repository.StartsWith("debian", StringComparison.Ordinal) && Pool().Match(location) is { Success: true } match
            ? OfSource(match.Groups["area"].Value, match.Groups["source"].Value, version)
            : null;

    /// <summary>Of a source package of Debian.</summary>
    /// <param name="area"><c>main</c>, <c>contrib</c> and the like.</param>
    /// <param name="source">The source package.</param>
    /// <param name="version">Version of one of its packages; the number of a rebuild is not the source's.</param>
    public static string? OfSource(string area, string source, string version)
    {
        // What signs a kernel has a version of its own; its changes are the kernel's.
        var name = IsSigner(source) ? "linux" : source;
        var upstream = Rebuild().Replace(version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..], "");
        return Area().IsMatch(area) && Name().IsMatch(name) && Version().IsMatch(upstream)
            ? $"{Debian}/{area}/{Folder(name)}/{name}/{name}_{upstream}_changelog"
            : null;
    }

    /// <summary>Whether a source package only signs a kernel that another one makes.</summary>
    public static bool IsSigner(string source) => source.StartsWith("linux-signed-", StringComparison.Ordinal);

    /// <summary>Of a package of Fedora, which its release says: <c>1.fc43</c>.</summary>
    /// <param name="source">The source package.</param>
    /// <param name="version">Version and release, perhaps with an epoch.</param>
    public static string? OfFedora(string source, string version)
    {
        var build = $"{source}-{version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..]}";
        return FedoraBuild().IsMatch(build) ? Fedora + Uri.EscapeDataString(build) : null;
    }

    private static string Folder(string source) =>
        source.StartsWith("lib", StringComparison.Ordinal) && source.Length > 3 ? source[..4] : source[..1];

    [GeneratedRegex(
        @"\A(?:\./)?pool/(?:updates/)?(?<area>[a-z-]+)/(?:lib)?[a-z0-9]/(?<source>[a-z0-9][a-z0-9+.-]+)/[^/]+\.deb\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Pool();

    [GeneratedRegex(@"\+b[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rebuild();

    [GeneratedRegex(@"\A(?:main|contrib|non-free|non-free-firmware)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Area();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9.+~-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Version();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+~^-]*\.fc[0-9]+(?:\.[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex FedoraBuild();
}
