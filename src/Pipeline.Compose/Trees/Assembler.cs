using System.Text;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>What a manifest says beyond packages: layers, removals, units, the default target, scripts.</summary>
internal static class Assembler
{
    private const string Preset = "usr/lib/systemd/system-preset/45-manifest.preset";

    /// <summary>Applies them in the order that treefiles define.</summary>
    /// <exception cref="PipelineException">PL2105, PL2117, PL2126; PL2127–PL2129 for what is named and not there.</exception>
    public static async Task RunAsync(
        Manifest manifest,
        TreeHandle root,
        TreeSandbox sandbox,
        IReporter reporter,
        CancellationToken cancellationToken
    )
    {
        foreach (var overlay in manifest.Layers)
        {
            OverlayFiles.Lay(overlay, root);
            sandbox.Layout.Require(root, $"overlay '{overlay.Name}'");
        }

        foreach (var (path, span) in manifest.RemoveFiles)
        {
            if (!root.Exists(path))
            {
                reporter.Report(TreeDiagnostics.NothingRemoved(path, span));
            }

            root.Delete(path);
        }

        foreach (var file in manifest.AddFiles)
        {
            if (root.Is(UnixKind.Directory, file.Path))
            {
                throw new PipelineException(TreeDiagnostics.AddedOverDirectory(file.Path));
            }

            root.MakeDirectories(TreePath.FromString(file.Path).Parent);
            root.ReplaceFile(file.Path, Convert.FromBase64String(file.Content), file.IsExecutable ? FileModes.Executable : FileModes.Plain);
        }

        if (manifest.Units.Count > 0)
        {
            var text = new StringBuilder("# units of the manifest\n");
            foreach (var unit in manifest.Units)
            {
                text.Append($"enable {unit.Text}\n");
            }

            root.ReplaceFile(Preset, text.ToString(), FileModes.Plain);
        }

        if (manifest.DefaultTarget is { } target)
        {
            root.ReplaceLink("usr/lib/systemd/system/default.target", target.Text);
        }

        for (var i = 0; i < manifest.Postprocess.Count; i++)
        {
            await sandbox.RunAsync($"postprocess script {i + 1}", root, manifest.Postprocess[i], [], cancellationToken);
        }

        new ManifestClaims(manifest, root).Require();
    }
}

/// <summary>Puts the version into os-release.</summary>
internal static class OsRelease
{
    private const string File = "usr/lib/os-release";
    private const int Limit = 1 << 20;

    /// <summary>
    /// Replaces <paramref name="placeholder"/> in VERSION and PRETTY_NAME and adds OSTREE_VERSION; does nothing for <c>null</c>.
    /// </summary>
    /// <exception cref="PipelineException">PL2114: no os-release, or the text is not in it.</exception>
    public static void Stamp(TreeHandle root, string? placeholder, string version)
    {
        if (placeholder is not null)
        {
            var text = root.ReadText(File, Limit) ?? throw new PipelineException(TreeDiagnostics.OsRelease($"'/{File}' is missing"));
            root.ReplaceFile(File, Stamped(text, placeholder, version), FileModes.Plain);
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
