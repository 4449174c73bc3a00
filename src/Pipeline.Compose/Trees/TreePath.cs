using Pipeline.Compose.Layers;
using Pipeline.Host.Files;

namespace Pipeline.Compose.Trees;

/// <summary>Names inside a tree on disk, followed as the tree's own programs would: a link never leads out of the root.</summary>
internal static class TreePath
{
    /// <summary>The host path of <paramref name="path"/> with links in its parents followed inside <paramref name="root"/>; the last component is not followed.</summary>
    public static string Inside(string root, string path) =>
        LinkWalk.Resolve(
            path,
            p => UnixFile.Status($"{root}/{p}") is { Kind: UnixKind.Symlink } ? UnixFile.ReadLink($"{root}/{p}") : null,
            slashFollows: false
        )
            is { Length: > 0 } real
            ? $"{root}/{real}"
            : root;

    /// <summary>As <see cref="Inside"/>, making missing parents (0755, root).</summary>
    public static string ForWriting(string root, string path)
    {
        var parent = PackagePath.Parent(path);
        if (parent.Length > 0)
        {
            MakeDirectories(root, parent);
        }

        return Inside(root, path);
    }

    /// <summary>Makes a directory and its parents where they are missing (0755, root).</summary>
    public static void MakeDirectories(string root, string path)
    {
        var done = "";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            done = done.Length == 0 ? part : $"{done}/{part}";
            var here = Inside(root, done + "/.");
            if (UnixFile.Status(here) is null)
            {
                UnixFile.MakeDirectory(here, 0x1ed);
            }
        }
    }

    /// <summary>Replaces whatever non-directory is at <paramref name="path"/> by a new file of root, so that no other name of an old inode changes.</summary>
    public static void WriteFile(string root, string path, ReadOnlySpan<byte> content, int mode)
    {
        var real = ForWriting(root, path);
        UnixFile.DeleteTree(real);
        using (var handle = File.OpenHandle(real, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(handle, content, 0);
        }

        UnixFile.SetMode(real, mode);
    }

    /// <summary>As above with UTF-8 text.</summary>
    public static void WriteFile(string root, string path, string content, int mode) =>
        WriteFile(root, path, System.Text.Encoding.UTF8.GetBytes(content), mode);

    /// <summary>Replaces whatever non-directory is at <paramref name="path"/> by a link.</summary>
    public static void WriteLink(string root, string path, string target)
    {
        var real = ForWriting(root, path);
        UnixFile.DeleteTree(real);
        UnixFile.Symlink(target, real);
    }

    /// <summary>The text of a file of the tree, or <c>null</c>; also through a link in the last place.</summary>
    public static string? ReadText(string root, string path)
    {
        var real = Inside(root, path);
        for (var links = 0; UnixFile.Status(real) is { Kind: UnixKind.Symlink } && links < 40; links++)
        {
            var target = UnixFile.ReadLink(real);
            real = Inside(root, target.StartsWith('/') ? target : $"{PackagePath.Parent(real[root.Length..])}/{target}");
        }

        return UnixFile.Status(real) is { Kind: UnixKind.File } ? File.ReadAllText(real) : null;
    }
}
