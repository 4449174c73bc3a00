using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Trees;

/// <summary>Copies and moves parts of a tree with owner, mode and attributes; links are never followed, hard links become files of their own.</summary>
internal static class TreeCopy
{
    /// <summary>Copies <paramref name="from"/> to the path <paramref name="to"/>, which must not exist.</summary>
    public static void Copy(string from, string to, UnixStatus? known = null)
    {
        var status = known ?? UnixFile.Status(from) ?? throw new FileNotFoundException($"'{from}' is missing", from);
        switch (status.Kind)
        {
            case UnixKind.Directory:
                UnixFile.MakeDirectory(to, 0x1c0);
                foreach (var name in Names(from))
                {
                    Copy($"{from}/{name}", $"{to}/{name}");
                }

                break;
            case UnixKind.Symlink:
                UnixFile.Symlink(UnixFile.ReadLink(from), to);
                UnixFile.SetOwner(to, status.UserId, status.GroupId);
                return;
            case UnixKind.File:
                File.Copy(from, to);
                break;
            default:
                throw new PipelineException(TreeDiagnostics.Special(from));
        }

        UnixFile.SetOwner(to, status.UserId, status.GroupId);
        foreach (var (name, value) in UnixFile.Attributes(from))
        {
            UnixFile.SetAttribute(to, name, value);
        }

        UnixFile.SetMode(to, status.Mode);
        UnixFile.SetTimes(to, status.Modified);
    }

    /// <summary>Moves; where overlayfs refuses to rename a directory of a lower layer, by copying.</summary>
    public static void Move(string from, string to)
    {
        const int otherDevice = 18;
        try
        {
            UnixFile.Rename(from, to);
        }
        catch (IOException e) when (e.HResult == otherDevice)
        {
            Copy(from, to);
            UnixFile.DeleteTree(from);
        }
    }

    /// <summary>Sets one modification time on everything below <paramref name="root"/>: what scripts wrote must not remember when.</summary>
    public static void SetTimes(string root, long seconds)
    {
        foreach (var path in Walk(root))
        {
            UnixFile.SetTimes(path, seconds);
        }

        UnixFile.SetTimes(root, seconds);
    }

    /// <summary>Everything below a directory, children before parents, in ordinal order.</summary>
    public static IEnumerable<string> Walk(string directory)
    {
        foreach (var name in Names(directory))
        {
            var path = $"{directory}/{name}";
            if (UnixFile.Status(path) is { Kind: UnixKind.Directory })
            {
                foreach (var below in Walk(path))
                {
                    yield return below;
                }
            }

            yield return path;
        }
    }

    /// <summary>Names in a directory in ordinal order; empty when it is missing.</summary>
    public static IReadOnlyList<string> Names(string directory) =>
        UnixFile.Status(directory) is { Kind: UnixKind.Directory }
            ? [.. Directory.EnumerateFileSystemEntries(directory).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)]
            : [];
}
