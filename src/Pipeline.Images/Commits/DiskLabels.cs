using Pipeline.Host.Archives;
using Pipeline.Host.Files.Trees;

namespace Pipeline.Images.Commits;

/// <summary>
/// Labels of SELinux for everything in a root file system: those of the commit for its deployment and objects, and what lies around has the
/// labels of the commit's <c>/</c>, <c>/boot</c> and <c>/var</c>.
/// </summary>
/// <param name="commit">Labels of the commit.</param>
/// <param name="deployment">Path of the deployment, absolute.</param>
internal sealed class DiskLabels(CommitLabels commit, string deployment)
{
    private const string Objects = "ostree/repo/objects/";
    private const string FileObject = ".file";

    // /ostree/deploy/OS/deploy/CHECKSUM.0 and /ostree/deploy/OS/var
    private readonly TreePath _deployment = TreePath.FromString(deployment);
    private readonly TreePath _var = TreePath.FromString(deployment).Parent.Parent / "var";

    /// <summary>The label of a path in the root file system, with its NUL; <c>null</c> for none.</summary>
    public byte[]? OfRoot(TreePath path)
    {
        var text = path.Bytes;
        if (Below(text, _deployment.Bytes) is { } inside)
        {
            return OfDeployment(TreePath.FromBytes(text[inside..]));
        }

        if (Below(text, _var.Bytes) is { } variable)
        {
            return Nearest("var" / TreePath.FromBytes(text[variable..]));
        }

        var name = path.Text;
        return name.StartsWith(Objects, StringComparison.Ordinal) && name.EndsWith(FileObject, StringComparison.Ordinal)
                ? commit.OfObject(name[Objects.Length..^FileObject.Length].Replace("/", "", StringComparison.Ordinal))
            : name == "boot" ? OfBoot
            : Nearest(TreePath.Root);
    }

    /// <summary>The label of everything in the boot file system.</summary>
    public byte[]? OfBoot => Nearest("boot");

    /// <summary>ostree copies <c>/usr/etc</c> to <c>/etc</c>.</summary>
    private byte[]? OfDeployment(TreePath path) =>
        commit.TryFind(path, out var label) ? label
        : Below(path.Bytes, "etc"u8) is { } below ? Nearest("usr/etc" / TreePath.FromBytes(path.Bytes[below..]))
        : Nearest(path);

    private byte[]? Nearest(TreePath path)
    {
        for (; ; path = path.Parent)
        {
            if (commit.TryFind(path, out var label) || path.IsRoot)
            {
                return label;
            }
        }
    }

    /// <summary>Where the rest of a path begins that is a directory or lies below it.</summary>
    private static int? Below(ReadOnlySpan<byte> path, ReadOnlySpan<byte> directory) =>
        path.StartsWith(directory) && (path.Length == directory.Length || path[directory.Length] == '/') ? directory.Length : null;
}
