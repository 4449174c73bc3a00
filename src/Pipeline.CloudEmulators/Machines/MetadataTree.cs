namespace Pipeline.CloudEmulators.Machines;

/// <summary>Values by path, which answers as metadata services do: a value, or the names below a folder.</summary>
internal sealed class MetadataTree
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Sets a value; <c>null</c> leaves it out.</summary>
    public string? this[string path]
    {
        set
        {
            if (value is not null)
            {
                _values[path] = value;
            }
        }
    }

    /// <summary>
    /// The answer for a path: the value, or the names of a folder one per line (folders with a slash); <c>null</c> for nothing.
    /// </summary>
    public string? Find(string path)
    {
        path = path.TrimEnd('/');
        if (_values.TryGetValue(path, out var value))
        {
            return value;
        }

        var prefix = path.Length == 0 ? "" : path + "/";
        var names = _values
            .Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..])
            .Select(k => k.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? k[..(slash + 1)] : k)
            .Distinct()
            .ToArray();
        return names.Length == 0 ? null : string.Join('\n', names);
    }
}
