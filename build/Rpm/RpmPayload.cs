using System.Formats.Tar;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;

namespace Pipeline.Build.Rpm;

/// <summary>What a path of a package is.</summary>
internal enum PayloadKind
{
    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A symbolic link.</summary>
    Link,
}

/// <summary>A path of a package and what the spec file says of it.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Kind">What it is.</param>
internal sealed record PayloadEntry(string Path, PayloadKind Kind)
{
    /// <summary>Permissions, also setuid, setgid and sticky.</summary>
    public int Mode { get; init; } = 0b110_100_100;

    /// <summary>Name of its user.</summary>
    public string Owner { get; init; } = "root";

    /// <summary>Name of its group.</summary>
    public string Group { get; init; } = "root";

    /// <summary>Directives of the spec file in front of it: <c>%config(noreplace)</c>, <c>%ghost</c>, <c>%caps(…)</c>.</summary>
    public string Directives { get; init; } = "";
}

/// <summary>The files of a package while it is being changed from Debian's to an RPM: unpacked, with a record for each path.</summary>
/// <param name="root">The directory they are unpacked in.</param>
internal sealed class RpmPayload(string root)
{
    /// <summary>
    /// Files of programs that an RPM system does not have: package managers, their menus, init systems, cron. A path ends with a slash.
    /// </summary>
    private static readonly string[] Left =
    [
        "/etc/apt/",
        "/etc/cron.d/",
        "/etc/cron.daily/",
        "/etc/cron.weekly/",
        "/etc/dpkg/",
        "/etc/grub.d/",
        "/etc/init.d/",
        "/etc/initramfs-tools/",
        "/etc/kernel/",
        .. "0123456S".Select(level => $"/etc/rc{level}.d/"),
        "/etc/runit/",
        "/etc/selinux/",
        "/etc/sv/",
        "/etc/update-motd.d/",
        "/usr/share/bug/",
        "/usr/share/doc-base/",
        "/usr/share/initramfs-tools/",
        "/usr/share/lintian/",
        "/usr/share/menu/",
        "/var/lib/dpkg/",
        "/var/log/runit/",
    ];

    private readonly SortedDictionary<string, PayloadEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Where the files are.</summary>
    public string Root => root;

    /// <summary>The paths in their order.</summary>
    public IReadOnlyCollection<PayloadEntry> Entries => _entries.Values;

    /// <summary>The newest time of a file of the package: nothing that is made of it is younger.</summary>
    public DateTimeOffset Newest { get; private set; } = DateTimeOffset.UnixEpoch;

    /// <summary>Unpacks a package.</summary>
    public static async Task<RpmPayload> UnpackAsync(
        DebPackage package,
        string root,
        string archive,
        IToolRunner tools,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(root);
        await tools.RunAsync(new("dpkg-deb", ["--fsys-tarfile", package.File]) { OutputFile = archive }, cancellationToken);
        await tools.RunAsync(
            new("tar", ["--extract", "--file", archive, "--directory", root, "--no-same-owner", "--preserve-permissions"]),
            cancellationToken
        );
        var payload = new RpmPayload(root);
        await using (var stream = File.OpenRead(archive))
        {
            using var reader = new TarReader(stream);
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                payload.Add(entry, package);
            }
        }

        File.Delete(archive);
        payload.LeaveOut();
        return payload;
    }

    /// <summary>Whether it has a path.</summary>
    public bool Has(string path) => _entries.ContainsKey(path);

    /// <summary>The file of a path.</summary>
    public string FileOf(string path) => root + path;

    /// <summary>Changes what the spec file says of a path.</summary>
    public void Change(string path, Func<PayloadEntry, PayloadEntry> change) => _entries[path] = change(_entries[path]);

    /// <summary>Adds a file, or replaces one.</summary>
    public void Write(PayloadEntry entry, string text)
    {
        Prepare(entry.Path);
        File.WriteAllText(FileOf(entry.Path), text);
        _entries[entry.Path] = entry;
    }

    /// <summary>Adds a link, or replaces what is at its path.</summary>
    public void Link(string path, string target)
    {
        Prepare(path);
        UnixFile.Symlink(target, FileOf(path));
        _entries[path] = new(path, PayloadKind.Link);
    }

    /// <summary>Adds a directory, or changes one.</summary>
    public void MakeDirectory(PayloadEntry entry)
    {
        Directory.CreateDirectory(FileOf(entry.Path));
        _entries[entry.Path] = entry;
    }

    /// <summary>Moves a file.</summary>
    public void Move(string path, string to)
    {
        Prepare(to);
        File.Move(FileOf(path), FileOf(to));
        _entries[to] = _entries[path] with { Path = to };
        _entries.Remove(path);
    }

    /// <summary>Leaves out a path and all that is below it.</summary>
    public void Remove(string path)
    {
        foreach (var gone in _entries.Keys.Where(p => p == path || p.StartsWith(path + "/", StringComparison.Ordinal)).ToArray())
        {
            _entries.Remove(gone);
        }

        if (File.Exists(FileOf(path)) || new FileInfo(FileOf(path)).LinkTarget is not null)
        {
            File.Delete(FileOf(path));
        }
        else if (Directory.Exists(FileOf(path)))
        {
            Directory.Delete(FileOf(path), recursive: true);
        }
    }

    private void Add(TarEntry entry, DebPackage package)
    {
        var path = Absolute(entry.Name);
        if (entry.ModificationTime > Newest)
        {
            Newest = entry.ModificationTime;
        }

        var kind = entry.EntryType switch
        {
            TarEntryType.Directory => PayloadKind.Directory,
            TarEntryType.SymbolicLink => PayloadKind.Link,
            _ => PayloadKind.File,
        };
        // A hard link says nothing of its own: owner and mode are those of the file it leads to.
        _entries[path] =
            entry.EntryType is TarEntryType.HardLink
                ? _entries[Absolute(entry.LinkName)] with
                {
                    Path = path,
                }
                : new(path, kind)
                {
                    Mode = (int)entry.Mode,
                    Owner = Name(entry, p => p.UserName),
                    Group = Name(entry, p => p.GroupName),
                    Directives = package.ConfigFiles.Contains(path) ? "%config(noreplace)" : "",
                };
    }

    /// <summary>The path of a name of the archive: <c>./usr/bin/</c> is <c>/usr/bin</c>.</summary>
    private static string Absolute(string name) => "/" + (name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name).Trim('/');

    private static string Name(TarEntry entry, Func<PosixTarEntry, string> name) =>
        entry is PosixTarEntry posix && name(posix) is { Length: > 0 } text ? text : "root";

    private void LeaveOut()
    {
        _entries.Remove("/");
        _entries.Remove("/.");
        foreach (var path in _entries.Keys.Where(p => Left.Any(l => $"{p}/".StartsWith(l, StringComparison.Ordinal))).ToArray())
        {
            Remove(path);
        }
    }

    private void Prepare(string path)
    {
        if (_entries.ContainsKey(path))
        {
            Remove(path);
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(FileOf(path))!);
    }
}
