using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Deb;

/// <summary>Takes a .deb apart.</summary>
internal sealed class DebReader : IPackageReader
{
    /// <inheritdoc/>
    public Layer Read(Stream file, ObjectWriter objects, LayerLimits limits, CancellationToken cancellationToken) =>
        Read(file, (entry, content) => objects.Write(content, entry), limits, cancellationToken);

    /// <summary>Reads a package in one pass, for whatever is done with the contents of its files.</summary>
    /// <exception cref="BadPackageException">Damaged, hostile or too large.</exception>
    public static Layer Read(Stream file, StoreContent store, LayerLimits limits, CancellationToken cancellationToken)
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

        return new()
        {
            Control = ReadControl(file, members[1], limits),
            Entries = ReadData(file, members[2], store, limits, cancellationToken),
        };
    }

    private static Dictionary<string, byte[]> ReadControl(Stream file, ArMember member, LayerLimits limits)
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

    private static LayerEntry[] ReadData(
        Stream file,
        ArMember member,
        StoreContent store,
        LayerLimits limits,
        CancellationToken cancellationToken
    )
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
                placed = layout.Keep(placed with { Object = store(entry, tar.Read).Hex });
            }

            entries.Add(placed);
        }

        return [.. entries];
    }
}
