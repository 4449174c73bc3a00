using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>
/// Lays a merged tree onto disk by hard links to cache objects. The result is only ever read: scripts see it through an overlay or as a
/// copy.
/// </summary>
internal static class Checkout
{
    /// <summary>Fills the empty tree <paramref name="root"/>.</summary>
    public static void Write(MergedTree tree, LayerObjects objects, TreeHandle root)
    {
        using var store = TreeHandle.Open(objects.Root);
        var directory = root.OpenDirectory(TreePath.Root);
        try
        {
            foreach (var node in tree.Nodes)
            {
                // Parents come before children and all names of a directory mostly in a row: one open directory serves them.
                TreePath path = tree.PathOnDisk(node);
                if (directory.Path != path.Parent)
                {
                    directory.Dispose();
                    directory = root.OpenParent(path, TreeLinks.Refused);
                }

                Lay(node, store, directory, path.Name);
            }
        }
        finally
        {
            directory.Dispose();
        }

        foreach (var alias in PackagePath.UsrAliases.Where(a => root.Is(UnixKind.Symlink, a) && !root.Exists($"usr/{a}")))
        {
            root.Delete(alias); // lib64 on an architecture that has none
        }
    }

    /// <summary>Lays one entry that has no content of its own, or shares it with the cache.</summary>
    public static void Lay(TreeNode node, TreeHandle store, TreeDirectory directory, TreePath name)
    {
        var entry = node.Entry;
        switch (entry.Kind)
        {
            case TarKind.Directory:
                directory.MakeDirectory(name, FileModes.PrivateDirectory);
                directory.SetOwner(name, (uint)entry.UserId, (uint)entry.GroupId);
                directory.SetMode(name, entry.Mode);
                break;
            case TarKind.Symlink:
                directory.Symlink(name, Encoding.UTF8.GetBytes(entry.Target!));
                directory.SetOwner(name, (uint)entry.UserId, (uint)entry.GroupId);
                break;
            default:
                var place = LayerObjects.PlaceOf(entry.Object!);
                using (var shelf = store.OpenDirectory(place.Parent, TreeLinks.Refused))
                {
                    directory.Link(name, shelf, place.Name);
                }

                break;
        }
    }
}
