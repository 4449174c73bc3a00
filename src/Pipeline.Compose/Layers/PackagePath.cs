using System.Text;

namespace Pipeline.Compose.Layers;

/// <summary>Names of files as packages write them, made safe: relative, without <c>.</c> and <c>..</c>, merged-/usr.</summary>
internal static class PackagePath
{
    private static readonly HashSet<string> Aliases = new(
        ["bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"],
        StringComparer.Ordinal
    );

    /// <summary>The top-level names that are links into <c>usr</c>.</summary>
    public static IReadOnlySet<string> UsrAliases => Aliases;

    /// <summary>The name without <c>./</c>; empty for the root itself.</summary>
    /// <exception cref="BadPackageException">Absolute, with <c>..</c>, too long, or with control characters.</exception>
    public static string Clean(string raw)
    {
        if (raw.StartsWith('/'))
        {
            throw BadPackageException.Escape($"'{Show(raw)}' is an absolute path");
        }

        var parts = raw.Split('/').Where(p => p.Length > 0 && p != ".").ToArray();
        if (parts.Contains(".."))
        {
            throw BadPackageException.Escape($"'{Show(raw)}' climbs out with '..'");
        }

        if (raw.Any(char.IsControl))
        {
            throw BadPackageException.Escape($"'{Show(raw)}' holds control characters");
        }

        if (Encoding.UTF8.GetByteCount(raw) > 4000 || parts.Any(p => Encoding.UTF8.GetByteCount(p) > 255))
        {
            throw BadPackageException.TooLarge("a name in it is too long");
        }

        return string.Join('/', parts);
    }

    /// <summary>The place in a merged-/usr tree: <c>lib/x</c> is <c>usr/lib/x</c>. The alias itself (<c>lib</c>) stays.</summary>
    public static string Merge(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && Aliases.Contains(path[..slash]) ? $"usr/{path}" : path;
    }

    /// <summary>The directory part; empty for a top-level name.</summary>
    public static string Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? "" : path[..slash];
    }

    /// <summary>For messages: control characters replaced, at most 200 characters.</summary>
    public static string Show(string raw) => new([.. raw.Take(200).Select(c => char.IsControl(c) ? '?' : c)]);
}
