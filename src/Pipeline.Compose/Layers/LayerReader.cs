using Pipeline.Model.Values;

namespace Pipeline.Compose.Layers;

/// <summary>Bounds no honest package reaches.</summary>
/// <param name="Unpacked">Most bytes of a data archive.</param>
/// <param name="Ratio">Most bytes per compressed byte once more than <see cref="Free"/> came out.</param>
/// <param name="Entries">Most entries.</param>
/// <param name="Control">Most bytes of a control archive.</param>
internal sealed record LayerLimits(long Unpacked, long Ratio, int Entries, int Control)
{
    /// <summary>This much may come out of however little.</summary>
    public const long Free = 256L << 20;

    /// <summary>16 GiB, 1000:1, a million entries, 32 MiB of control files.</summary>
    public static LayerLimits Default { get; } = new(16L << 30, 1000, 1_000_000, 32 << 20);

    /// <summary>What an archive of <paramref name="compressed"/> bytes may unpack to.</summary>
    public long For(long compressed) =>
        Math.Min(Unpacked, Math.Max(Free, compressed > long.MaxValue / Ratio ? long.MaxValue : compressed * Ratio));
}

/// <summary>Takes a .deb apart in one pass. </summary>
/// <param name="objects">Where files go; not yet committed.</param>
/// <param name="limits">Bounds.</param>
internal sealed class LayerReader(ObjectWriter objects, LayerLimits limits)
{
    /// <summary>Reads the package.</summary>
    /// <exception cref="BadPackageException">Damaged, hostile or too large.</exception>
    public Layer Read(Stream file, CancellationToken cancellationToken)
    {
        var members = ArReader.Read(file);
        if (
            members.Count < 3
            || members[0].Name != "debian-binary"
            || !members[1].Name.StartsWith("control.tar", StringComparison.Ordinal)
            || !members[2].Name.StartsWith("data.tar", StringComparison.Ordinal)
        )
        {
            throw BadPackageException.Damaged("not a .deb: debian-binary, control.tar and data.tar are expected in this order");
        }

        var version = new byte[4];
        using (var slice = new SliceStream(file, members[0].Offset, members[0].Size))
        {
            _ = slice.ReadAtLeast(version, 4, throwOnEndOfStream: false);
        }

        if (version[0] != '2' || version[1] != '.')
        {
            throw BadPackageException.Damaged("not a .deb of format 2");
        }

        return new() { Control = ReadControl(file, members[1]), Entries = ReadData(file, members[2], cancellationToken) };
    }

    private Dictionary<string, byte[]> ReadControl(Stream file, ArMember member)
    {
        using var stream = Decoder.Open(member.Name, new SliceStream(file, member.Offset, member.Size), limits.Control);
        var tar = new TarReader(stream);
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (tar.Next() is { } entry)
        {
            var name = PackagePath.Clean(entry.Path);
            if (entry.Kind == TarKind.Directory && name.Length == 0)
            {
                continue;
            }

            if (entry.Kind != TarKind.File || name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                throw BadPackageException.Escape($"control archive: '{PackagePath.Show(entry.Path)}' is not a plain file of a plain name");
            }

            if (entry.Size > limits.Control)
            {
                throw BadPackageException.TooLarge($"control archive: '{name}' has {entry.Size} bytes");
            }

            var bytes = new byte[entry.Size];
            for (var at = 0; at < bytes.Length; )
            {
                at += tar.Read(bytes.AsSpan(at));
            }

            if (!found.TryAdd(name, bytes))
            {
                throw BadPackageException.Damaged($"control archive: '{name}' is there twice");
            }
        }

        return found.ContainsKey("control") ? found : throw BadPackageException.Damaged("the control archive has no file 'control'");
    }

    private LayerEntry[] ReadData(Stream file, ArMember member, CancellationToken cancellationToken)
    {
        using var stream = Decoder.Open(member.Name, new SliceStream(file, member.Offset, member.Size), limits.For(member.Size));
        var tar = new TarReader(stream);
        var layout = new LayerLayout();
        var entries = new List<LayerEntry>();
        while (tar.Next() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entries.Count == limits.Entries)
            {
                throw BadPackageException.TooLarge($"more than {limits.Entries} entries");
            }

            if (layout.Place(entry) is not { } placed)
            {
                continue;
            }

            if (entry.Kind == TarKind.File)
            {
                placed = layout.Keep(placed with { Object = objects.Write(tar, entry).Hex });
            }

            entries.Add(placed);
        }

        return [.. entries];
    }
}

/// <summary>Where the entries of one package go; refuses whatever could reach outside or through a link.</summary>
internal sealed class LayerLayout
{
    private readonly Dictionary<string, LayerEntry> _entries = new(StringComparer.Ordinal);
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
        if (entry.Kind == TarKind.Directory && attributes.Count > 0)
        {
            throw BadPackageException.Escape($"'{raw}' is a directory with extended attributes");
        }

        return entry.Kind switch
        {
            TarKind.File => placed,
            TarKind.HardLink => Keep(HardLink(entry, placed)),
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
                    $"'{path}' is written through '{parent}', which is a {(entry.Kind == TarKind.Symlink ? "symbolic link" : "file")} of the same package"
                );
            }

            if (!_directories.Add(parent))
            {
                return;
            }
        }
    }

    private LayerEntry HardLink(TarEntry entry, LayerEntry placed)
    {
        var target = PackagePath.Merge(PackagePath.Clean(entry.Target));
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

    /// <summary>Only what means something in a tree: file capabilities and the user's own attributes, but not those overlayfs gives a meaning to.</summary>
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
