using System.Security.Cryptography;
using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>One entry of an overlay directory, as a checkout of it has it on every machine.</summary>
/// <param name="Path">Relative to the overlay, and to the tree.</param>
/// <param name="Kind">File, Directory or Symlink.</param>
/// <param name="Executable">Whether the owner may execute it: all that git keeps of a mode.</param>
/// <param name="Target">A symlink's target.</param>
internal sealed record OverlayEntry(string Path, UnixKind Kind, bool Executable, string? Target);

/// <summary>Directories that are laid over the tree.</summary>
internal static class OverlayFiles
{
    /// <summary>The entries of an overlay, parents first, in ordinal order.</summary>
    /// <exception cref="PipelineException">PL2105: devices, or names below a merged-/usr link; all of them at once.</exception>
    public static IReadOnlyList<OverlayEntry> List(Overlay overlay)
    {
        var problems = new DiagnosticBag();
        var found = new List<OverlayEntry>();
        Walk("");
        problems.ThrowIfErrors();
        return found;

        void Walk(string directory)
        {
            foreach (var name in TreeCopy.Names($"{overlay.Directory}/{directory}"))
            {
                var path = directory.Length == 0 ? name : $"{directory}/{name}";
                var status = UnixFile.Status($"{overlay.Directory}/{path}")!.Value;
                if (status.Kind == UnixKind.Special)
                {
                    problems.Add(TreeDiagnostics.OverlayKind(path, overlay.Name, overlay.Span, "is a device, socket or FIFO"));
                }
                else if (PackagePath.UsrAliases.Contains(path))
                {
                    problems.Add(
                        TreeDiagnostics.OverlayKind(
                            path,
                            overlay.Name,
                            overlay.Span,
                            $"is a link in a merged-/usr tree; put it in 'usr/{path}'"
                        )
                    );
                }
                else
                {
                    found.Add(
                        new(
                            path,
                            status.Kind,
                            (status.Mode & 0x40) != 0,
                            status.Kind == UnixKind.Symlink ? UnixFile.ReadLink($"{overlay.Directory}/{path}") : null
                        )
                    );
                    if (status.Kind == UnixKind.Directory)
                    {
                        Walk(path);
                    }
                }
            }
        }
    }

    /// <summary>The digest of names, kinds, executable bits, targets and contents.</summary>
    public static Digest DigestOf(Overlay overlay)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in List(overlay))
        {
            hash.AppendData(
                Encoding.UTF8.GetBytes($"{entry.Path}\0{entry.Kind}\0{entry.Executable && entry.Kind == UnixKind.File}\0{entry.Target}\0")
            );
            if (entry.Kind == UnixKind.File)
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes($"{overlay.Directory}/{entry.Path}")));
            }
        }

        return Digest.FromHash(hash.GetHashAndReset());
    }

    /// <summary>Lays an overlay: root's files, 0644 or 0755; new directories 0755, present ones keep their mode.</summary>
    public static void Lay(Overlay overlay, string root)
    {
        foreach (var entry in List(overlay))
        {
            var real = TreePath.ForWriting(root, entry.Path);
            var there = UnixFile.Status(real);
            if (entry.Kind == UnixKind.Directory)
            {
                if (there is { Kind: UnixKind.File or UnixKind.Special })
                {
                    throw new PipelineException(
                        TreeDiagnostics.OverlayKind(entry.Path, overlay.Name, overlay.Span, "is a directory, but a file in the tree")
                    );
                }

                TreePath.MakeDirectories(root, entry.Path);
                continue;
            }

            if (there is { Kind: UnixKind.Directory })
            {
                throw new PipelineException(
                    TreeDiagnostics.OverlayKind(entry.Path, overlay.Name, overlay.Span, "is a file, but a directory in the tree")
                );
            }

            if (entry.Kind == UnixKind.Symlink)
            {
                TreePath.WriteLink(root, entry.Path, entry.Target!);
            }
            else
            {
                TreePath.WriteFile(
                    root,
                    entry.Path,
                    File.ReadAllBytes($"{overlay.Directory}/{entry.Path}"),
                    entry.Executable ? 0x1ed : 0x1a4
                );
            }
        }
    }
}
