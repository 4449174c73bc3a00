using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Trees;

/// <summary>SELinux policies of a tree. Files of a tree with one need labels, which are not computed yet.</summary>
internal static class SelinuxPolicy
{
    private const string Directory = "etc/selinux";

    /// <summary>Refuses a tree with a policy, unless the manifest says that it gets no labels.</summary>
    /// <exception cref="PipelineException">PL2122.</exception>
    public static void RequireNone(Manifest manifest, TreeHandle root)
    {
        if (manifest.Labels && root.Entries(Directory).FirstOrDefault(e => IsPolicy(root, e)) is { Name.IsRoot: false } policy)
        {
            throw new PipelineException(TreeDiagnostics.Policy(policy.Name.Text));
        }
    }

    private static bool IsPolicy(TreeHandle root, TreeName name) =>
        name.Kind == UnixKind.Directory && root.Exists($"{Directory}/{name.Name.Text}/contexts/files/file_contexts");
}
