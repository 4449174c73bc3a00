using System.Globalization;
using Pipeline.Model.Contracts;

namespace Pipeline.Model.Lockfiles;

/// <summary>Writes <c>manifest-lock.&lt;arch&gt;.json</c>. The same lock always has the same bytes.</summary>
public static class LockfileWriter
{
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The text of a lock.</summary>
    public static string Write(Lockfile lockfile) => Contract.Write(Document(lockfile), JsonStyles.Lock);

    /// <summary>A lock as a file has it.</summary>
    public static LockDocument Document(Lockfile lockfile)
    {
        var shared = lockfile.Packages.CountBy(p => p.Name).Where(n => n.Value > 1).Select(n => n.Key).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Packages = lockfile
                .Packages.Select(
                    (p, i) => (Key: shared.Contains(p.Name) ? $"{p.Name}:{p.PackageArchitecture}" : p.Name, Package: p, Index: i)
                )
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .ToValueMap(p => p.Key, p => Package(p.Package, p.Index)),
            Metadata = new()
            {
                Generated = Date(lockfile.Generated),
                Repos = lockfile
                    .Repos.OrderBy(r => r.Id, StringComparer.Ordinal)
                    .ToValueMap(r => r.Id, r => new LockDocumentRepo { Generated = Date(r.Date), Release = r.Release.ToString() }),
            },
        };
    }

    private static LockDocumentPackage Package(LockedPackage package, int order) =>
        new()
        {
            Evra = $"{package.Version}.{package.PackageArchitecture}",
            Digest = package.Digest.ToString(),
            Metadata = new()
            {
                Source = package.Source,
                Repo = package.Repo,
                Location = package.Location,
                Size = package.Size,
                Order = order,
                Essential = package.Essential ? true : null,
            },
        };

    private static string Date(DateTimeOffset date) => date.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture);
}
