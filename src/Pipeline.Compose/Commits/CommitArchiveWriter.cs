using System.Formats.Tar;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Commits;

/// <summary>Packs an archive-mode repository into a tar whose bytes depend on nothing but the repository's content.</summary>
internal static class CommitArchiveWriter
{
    private const string Config = "[core]\nrepo_version=1\nmode=archive-z2\n";

    /// <summary>Writes <c>config</c>, the objects and the refs, sorted; what a client can make anew is left out.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="file">The tar to write.</param>
    /// <param name="time">Modification time of every entry.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task WriteAsync(string repository, string file, DateTimeOffset time, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        await using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
        await AddAsync(tar, "config", new MemoryStream(System.Text.Encoding.ASCII.GetBytes(Config)), time, cancellationToken);
        foreach (var directory in (string[])["extensions", "objects", "refs", "refs/heads", "refs/mirrors", "refs/remotes", "state", "tmp"])
        {
            await tar.WriteEntryAsync(
                Plain(new UstarTarEntry(TarEntryType.Directory, directory), time, FileModes.Executable),
                cancellationToken
            );
        }

        using var tree = TreeHandle.Open(repository);
        foreach (var top in (string[])["objects", "refs/heads"])
        {
            var files = tree.Walk(top, TreeOrder.ParentsFirst).Where(e => e.Kind == UnixKind.File).Select(e => e.Path).Order();
            foreach (var path in files)
            {
                await using var content = tree.OpenRead(path, TreeLinks.Refused);
                await AddAsync(tar, path.Text, content, time, cancellationToken);
            }
        }
    }

    private static Task AddAsync(TarWriter tar, string name, Stream content, DateTimeOffset time, CancellationToken cancellationToken) =>
        tar.WriteEntryAsync(
            Plain(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = content }, time, FileModes.Plain),
            cancellationToken
        );

    private static UstarTarEntry Plain(UstarTarEntry entry, DateTimeOffset time, int mode)
    {
        entry.ModificationTime = time;
        entry.Mode = (UnixFileMode)mode;
        (entry.Uid, entry.Gid, entry.UserName, entry.GroupName) = (0, 0, "root", "root");
        return entry;
    }
}
