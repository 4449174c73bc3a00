using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>The files that a header lists, in its order, which is the one that archives number them by.</summary>
internal static class RpmPackageEntries
{
    private const int MostNames = 64 << 20;

    /// <summary>Reads the list.</summary>
    /// <param name="header">The main header.</param>
    /// <param name="limits">Bounds on their number.</param>
    /// <exception cref="BadPackageException">The lists of the header do not fit one another, or are absurdly long.</exception>
    public static RpmPackageEntry[] Read(RpmHeader header, LayerLimits limits)
    {
        var most = limits.Entries;
        var names = header.Names(RpmTag.BaseNames, most);
        var columns = new Columns(header, names.Length, most);
        var paths = Paths(header, names, columns);
        var modes = columns.Numbers(RpmTag.FileModes);
        var (users, groups) = (columns.Names(RpmTag.FileUsers), columns.Names(RpmTag.FileGroups));
        var sizes = columns.Numbers(header.Has(RpmTag.LongFileSizes) ? RpmTag.LongFileSizes : RpmTag.FileSizes);
        var times = columns.Numbers(RpmTag.FileTimes);
        var (digests, targets) = (columns.Names(RpmTag.FileDigests), columns.Names(RpmTag.FileTargets));
        var flags = columns.Numbers(RpmTag.FileFlags);
        var languages = columns.Optional(RpmTag.FileLanguages);
        var capabilities = columns.Optional(RpmTag.FileCapabilities);
        var signatures = columns.Optional(RpmTag.FileSignatures);
        var inodes = columns.OptionalNumbers(RpmTag.FileInodes);
        var devices = columns.OptionalNumbers(RpmTag.FileDevices);

        var entries = new RpmPackageEntry[names.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = new(
                paths[i],
                (int)modes[i],
                users[i],
                groups[i],
                sizes[i],
                times[i],
                digests[i],
                targets[i],
                (RpmFileFlags)unchecked((int)flags[i])
            )
            {
                Language = languages?[i] ?? "",
                Capabilities = capabilities?[i] ?? "",
                Ima = signatures?[i] ?? "",
                Identity = inodes is null || devices is null ? null : (devices[i], inodes[i]),
            };
        }

        return entries;
    }

    /// <summary>Directories are listed apart from the names in them; together they may be no longer than any real package's.</summary>
    private static string[] Paths(RpmHeader header, string[] names, Columns columns)
    {
        var directories = header.Names(RpmTag.DirectoryNames, Math.Max(names.Length, 1));
        var places = columns.Numbers(RpmTag.DirectoryIndexes);
        var paths = new string[names.Length];
        long length = 0;
        for (var i = 0; i < names.Length; i++)
        {
            if (places[i] >= directories.Length)
            {
                throw BadPackageException.Damaged("a file is in a directory that the header does not list");
            }

            var directory = directories[places[i]];
            if (names[i].Contains('/', StringComparison.Ordinal) || !directory.StartsWith('/') || !directory.EndsWith('/'))
            {
                throw BadPackageException.Escape($"'{PackagePath.Show(directory)}' and '{PackagePath.Show(names[i])}' make no path");
            }

            length += directory.Length + names[i].Length;
            if (length > MostNames)
            {
                throw BadPackageException.TooLarge("the names in it are too long together");
            }

            paths[i] = directory + names[i];
        }

        return paths;
    }

    /// <summary>Lists of the header that have one value for each file.</summary>
    private sealed class Columns(RpmHeader header, int count, int most)
    {
        public long[] Numbers(RpmTag tag) => Fitting(header.Numbers(tag, most), tag);

        public string[] Names(RpmTag tag) => Fitting(header.Names(tag, most), tag);

        public string[]? Optional(RpmTag tag) => header.Has(tag) ? Names(tag) : null;

        public long[]? OptionalNumbers(RpmTag tag) => header.Has(tag) ? Numbers(tag) : null;

        private T[] Fitting<T>(T[] values, RpmTag tag) =>
            values.Length == count
                ? values
                : throw BadPackageException.Damaged($"header tag {(int)tag} has {values.Length} values for {count} files");
    }
}
