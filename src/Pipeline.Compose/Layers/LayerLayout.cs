using Pipeline.Model.Values;

namespace Pipeline.Compose.Layers;

/// <summary>Where the entries of one package go; refuses whatever could reach outside or through a link.</summary>
internal sealed class LayerLayout
{
    private readonly Dictionary<string, LayerEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ValueList<KeyValuePair<string, string>>> _attributes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new([""], StringComparer.Ordinal);

    /// <summary>The checked entry, or <c>null</c> for the root or a directory that is there already.</summary>
    public LayerEntry? Place(TarEntry entry)
    {
        var raw = PackagePath.Clean(entry.Path);
        if (entry.Kind == TarKind.Special)
        {
            throw BadPackageException.Escape($"'{raw}' is a device node or FIFO");
        }

        if (raw.Length == 0)
        {
            return entry.Kind == TarKind.Directory ? null : throw BadPackageException.Escape("the root is not a directory");
        }

        var merged = PackagePath.Merge(raw);
        if (PackagePath.UsrAliases.Contains(raw))
        {
            merged = entry.Kind switch
            {
                TarKind.Directory => $"usr/{raw}",
                TarKind.Symlink when entry.Target.Trim('/') == $"usr/{raw}" => raw,
                _ => throw BadPackageException.Escape($"'{raw}' is neither a directory nor the link to 'usr/{raw}'"),
            };
        }

        Parents(merged);
        var attributes = Attributes(entry);
        var placed = new LayerEntry
        {
            Path = merged,
            Raw = raw == merged ? null : raw,
            Kind = entry.Kind,
            Mode = entry.Kind == TarKind.Symlink ? 0 : entry.Mode,
            UserId = Id(entry.UserId, raw),
            GroupId = Id(entry.GroupId, raw),
            Size = entry.Size,
            Target = entry.Kind == TarKind.Symlink ? Target(entry) : null,
        };
        if (attributes.Count > 0 && entry.Kind is not (TarKind.File or TarKind.HardLink))
        {
            throw BadPackageException.Attribute(raw, attributes[0].Key, "only regular files keep theirs");
        }

        return entry.Kind switch
        {
            TarKind.File => Note(placed, attributes),
            TarKind.HardLink => Keep(HardLink(entry, placed, attributes)),
            TarKind.Directory when _directories.Contains(merged) && !_entries.ContainsKey(merged) => Keep(placed, mayExist: true),
            TarKind.Directory when _entries.TryGetValue(merged, out var before) && before.Kind == TarKind.Directory => null,
            _ => Keep(placed),
        };
    }

    /// <summary>Notes an entry under its path, which must be free.</summary>
    public LayerEntry Keep(LayerEntry entry, bool mayExist = false)
    {
        if ((!mayExist && _directories.Contains(entry.Path)) || !_entries.TryAdd(entry.Path, entry))
        {
            throw BadPackageException.Escape($"'{entry.RawPath}' is there twice");
        }

        if (entry.Kind == TarKind.Directory)
        {
            _directories.Add(entry.Path);
        }

        return entry;
    }

    private void Parents(string path)
    {
        for (var parent = PackagePath.Parent(path); parent.Length > 0; parent = PackagePath.Parent(parent))
        {
            if (_entries.TryGetValue(parent, out var entry) && entry.Kind != TarKind.Directory)
            {
                throw BadPackageException.Escape(
                    $"'{path}' is written through '{parent}', "
                        + $"which is a {(entry.Kind == TarKind.Symlink ? "symbolic link" : "file")} of the same package"
                );
            }

            if (!_directories.Add(parent))
            {
                return;
            }
        }
    }

    private LayerEntry Note(LayerEntry file, ValueList<KeyValuePair<string, string>> attributes)
    {
        if (attributes.Count > 0)
        {
            _attributes[file.Path] = attributes;
        }

        return file;
    }

    /// <summary>A second name of a file; archives may repeat the file's attributes there, but not others.</summary>
    private LayerEntry HardLink(TarEntry entry, LayerEntry placed, ValueList<KeyValuePair<string, string>> attributes)
    {
        var target = PackagePath.Merge(PackagePath.Clean(entry.Target));
        if (attributes.Count > 0 && !attributes.Equals(_attributes.GetValueOrDefault(target)))
        {
            throw BadPackageException.Attribute(placed.RawPath, attributes[0].Key, "the file that it is a second name of has others");
        }

        return _entries.TryGetValue(target, out var file) && file.Kind == TarKind.File
            ? file with
            {
                Path = placed.Path,
                Raw = placed.Raw,
            }
            : throw BadPackageException.Escape(
                $"'{placed.RawPath}' is a hard link to '{PackagePath.Show(entry.Target)}', which is not an earlier file of the package"
            );
    }

    private static string Target(TarEntry entry) =>
        entry.Target.Length is > 0 and < 4096 && !entry.Target.Any(char.IsControl)
            ? entry.Target
            : throw BadPackageException.Escape($"'{PackagePath.Show(entry.Path)}' is a symbolic link without a usable target");

    private static int Id(long id, string path) =>
        id is >= 0 and < 65535 ? (int)id : throw BadPackageException.Escape($"'{path}' belongs to id {id}; a tree has ids below 65535");

    /// <summary>
    /// Only what means something in a tree: file capabilities and the user's own attributes, but not those overlayfs gives a meaning to.
    /// </summary>
    private static ValueList<KeyValuePair<string, string>> Attributes(TarEntry entry)
    {
        foreach (var (name, _) in entry.Attributes)
        {
            if (
                name != "security.capability"
                && (!name.StartsWith("user.", StringComparison.Ordinal) || name.StartsWith("user.overlay.", StringComparison.Ordinal))
            )
            {
                throw BadPackageException.Escape(
                    $"'{PackagePath.Show(entry.Path)}' carries the extended attribute '{PackagePath.Show(name)}'"
                );
            }
        }

        return entry.Attributes;
    }
}
