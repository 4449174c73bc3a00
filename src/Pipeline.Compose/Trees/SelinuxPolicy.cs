using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Trees;

/// <summary>The SELinux policy of a finished tree that its own settings turn on.</summary>
/// <param name="Name">Its type, such as <c>targeted</c>.</param>
/// <param name="Contexts">Its <c>file_contexts</c>; its other files lie beside it and begin with the same name.</param>
internal sealed record SelinuxPolicy(string Name, TreePath Contexts)
{
    private const int LargestSettings = 1 << 16;

    /// <summary>Where settings and policies are, in the order in which ostree looks.</summary>
    private static readonly string[] Directories = ["etc/selinux", "usr/etc/selinux"];

    /// <summary>
    /// Finds it as ostree does: <c>SELINUX=enforcing</c> or <c>permissive</c> and <c>SELINUXTYPE=NAME</c> in <c>/etc/selinux/config</c>.
    /// </summary>
    /// <returns><c>null</c> for a tree without settings, and for one that turns SELinux off.</returns>
    /// <exception cref="PipelineException">PL2122: it turns on a policy that is not there.</exception>
    public static SelinuxPolicy? Find(TreeHandle root)
    {
        var directory = Directories.FirstOrDefault(d => root.Is(UnixKind.Directory, d));
        if (directory is null || !root.Is(UnixKind.File, $"{directory}/config"))
        {
            return null;
        }

        var settings = Encoding.UTF8.GetString(root.ReadBytes($"{directory}/config", LargestSettings)).Split('\n');
        if (
            Last(settings, "SELINUX=") is not { } mode
            || !(Is(mode, "enforcing") || Is(mode, "permissive"))
            || Last(settings, "SELINUXTYPE=")?.Trim() is not { } name
        )
        {
            return null;
        }

        TreePath contexts = $"{directory}/{name}/contexts/files/file_contexts";
        return name.Length > 0 && !name.Contains('/') && name is not "." and not ".." && root.Is(UnixKind.File, contexts)
            ? new(name, contexts)
            : throw new PipelineException(TreeDiagnostics.NoPolicy(name));
    }

    /// <summary>A policy that lies in a tree whose settings do not turn it on, or <c>null</c>.</summary>
    public static string? Idle(TreeHandle root) =>
        Directories
            .Where(d => root.Is(UnixKind.Directory, d))
            .SelectMany(d => root.Entries(d).Select(e => (Directory: d, Entry: e)))
            .Where(e => e.Entry.Kind == UnixKind.Directory && e.Entry.Name.IsText)
            .Where(e => root.Is(UnixKind.File, $"{e.Directory}/{e.Entry.Name.Text}/contexts/files/file_contexts"))
            .Select(e => e.Entry.Name.Text)
            .FirstOrDefault();

    private static string? Last(string[] lines, string key) =>
        lines.LastOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?[key.Length..];

    private static bool Is(string value, string mode) => value.StartsWith(mode, StringComparison.OrdinalIgnoreCase);
}
