using System.Text;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;

namespace Pipeline.Compose.Trees;

/// <summary>What a manifest says beyond packages: layers, removals, units, the default target, scripts.</summary>
internal static class Assembler
{
    private const string Preset = "usr/lib/systemd/system-preset/45-manifest.preset";

    /// <summary>Applies them in the order treefiles promise.</summary>
    public static async Task RunAsync(Manifest manifest, string root, TreeSandbox sandbox, CancellationToken cancellationToken)
    {
        foreach (var overlay in manifest.Layers)
        {
            OverlayFiles.Lay(overlay, root);
        }

        foreach (var path in manifest.RemoveFiles)
        {
            UnixFile.DeleteTree(TreePath.Inside(root, path));
        }

        if (manifest.Units.Count > 0)
        {
            var text = new StringBuilder("# units of the manifest\n");
            foreach (var unit in manifest.Units)
            {
                text.Append($"enable {unit}\n");
            }

            TreePath.WriteFile(root, Preset, text.ToString(), 0x1a4);
        }

        if (manifest.DefaultTarget is { } target)
        {
            TreePath.WriteLink(root, "usr/lib/systemd/system/default.target", target);
        }

        for (var i = 0; i < manifest.Postprocess.Count; i++)
        {
            await sandbox.RunAsync($"postprocess script {i + 1}", root, manifest.Postprocess[i], [], cancellationToken);
        }
    }
}

/// <summary>Puts the version into os-release.</summary>
internal static class OsRelease
{
    private const string File = "usr/lib/os-release";

    /// <summary>Replaces <paramref name="placeholder"/> in VERSION and PRETTY_NAME and adds OSTREE_VERSION; does nothing for <c>null</c>.</summary>
    /// <exception cref="PipelineException">PL2114: no os-release, or the text is not in it.</exception>
    public static void Stamp(string root, string? placeholder, string version)
    {
        if (placeholder is not null)
        {
            var text = TreePath.ReadText(root, File) ?? throw new PipelineException(TreeDiagnostics.OsRelease($"'/{File}' is missing"));
            TreePath.WriteFile(root, File, Stamped(text, placeholder, version), 0x1a4);
        }
    }

    /// <summary>The text with the version.</summary>
    internal static string Stamped(string text, string placeholder, string version)
    {
        var found = false;
        var lines = text.TrimEnd('\n')
            .Split('\n')
            .Where(l => !l.StartsWith("OSTREE_VERSION=", StringComparison.Ordinal))
            .Select(line =>
            {
                if (!line.StartsWith("VERSION=", StringComparison.Ordinal) && !line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
                {
                    return line;
                }

                found |= line.Contains(placeholder, StringComparison.Ordinal);
                return line.Replace(placeholder, version, StringComparison.Ordinal);
            })
            .ToList();
        return found
            ? $"{string.Join('\n', lines)}\nOSTREE_VERSION='{version}'\n"
            : throw new PipelineException(TreeDiagnostics.OsRelease($"neither VERSION nor PRETTY_NAME holds '{placeholder}'"));
    }
}
