using Pipeline.Compose.Layers;
using Pipeline.Host.Files;

namespace Pipeline.Compose.Trees;

/// <summary>Lays a merged tree onto disk by hard links to cache objects. The result is only ever read: scripts see it through an overlay or as a copy.</summary>
internal static class Checkout
{
    /// <summary>Fills the empty directory <paramref name="root"/>.</summary>
    public static void Write(MergedTree tree, ObjectStore objects, string root)
    {
        var configuration = tree.Packages.SelectMany(p => p.ConfigurationFiles.Select(c => (p.Control.Package, c))).ToHashSet();
        foreach (var node in tree.Nodes)
        {
            // dpkg moves a new configuration file into place itself when it configures the package.
            var waits =
                node.Owner is { } owner
                && node.Entry.Kind == TarKind.File
                && configuration.Contains((owner.Control.Package, "/" + node.Entry.RawPath));
            Lay(node, objects, $"{root}/{node.Path}{(waits ? ".dpkg-new" : "")}");
        }

        foreach (
            var alias in PackagePath.UsrAliases.Where(a =>
                UnixFile.Status($"{root}/{a}") is { Kind: UnixKind.Symlink } && UnixFile.Status($"{root}/usr/{a}") is null
            )
        )
        {
            File.Delete($"{root}/{alias}"); // lib64 on an architecture that has none
        }
    }

    /// <summary>Lays one entry at a host path.</summary>
    public static void Lay(TreeNode node, ObjectStore objects, string path)
    {
        var entry = node.Entry;
        switch (entry.Kind)
        {
            case TarKind.Directory:
                UnixFile.MakeDirectory(path, 0x1c0);
                UnixFile.SetOwner(path, (uint)entry.UserId, (uint)entry.GroupId);
                UnixFile.SetMode(path, entry.Mode);
                break;
            case TarKind.Symlink:
                UnixFile.Symlink(entry.Target!, path);
                UnixFile.SetOwner(path, (uint)entry.UserId, (uint)entry.GroupId);
                break;
            default:
                UnixFile.Link(objects.PathOf(entry.Object!), path);
                break;
        }
    }
}
