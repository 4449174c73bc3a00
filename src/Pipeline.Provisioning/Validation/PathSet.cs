namespace Pipeline.Provisioning.Validation;

/// <summary>
/// Paths to look for above other paths. Most lengths occur in no path of the set, so that even a path of thousands of parts costs little.
/// </summary>
internal sealed class PathSet
{
    private readonly HashSet<string> _paths;
    private readonly HashSet<int> _lengths;

    public PathSet(IEnumerable<string> paths)
    {
        _paths = new(paths, StringComparer.Ordinal);
        _lengths = [.. _paths.Select(p => p.Length)];
    }

    /// <summary>Whether the path itself is in the set.</summary>
    public bool Contains(string path) => _paths.Contains(path);

    /// <summary>The nearest path of the set that <paramref name="path"/> lies below, or <c>null</c>.</summary>
    public string? Above(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash >= 0 && _paths.Count > 0; slash = slash == 0 ? -1 : path.LastIndexOf('/', slash - 1))
        {
            if (_lengths.Contains(slash) && _paths.Contains(path[..slash]))
            {
                return path[..slash];
            }
        }

        return null;
    }
}
