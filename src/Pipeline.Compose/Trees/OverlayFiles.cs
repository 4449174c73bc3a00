using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Compose.Layers;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Trees;

/// <summary>One entry of an overlay directory, as a checkout of it has it on every machine.</summary>
/// <param name="Path">Relative to the overlay, and to the tree.</param>
/// <param name="Kind">File, Directory or Symlink.</param>
/// <param name="Executable">Whether the owner may execute it: all that git keeps of a mode.</param>
/// <param name="Target">A symlink's target; empty for others.</param>
internal sealed record OverlayEntry(TreePath Path, UnixKind Kind, bool Executable, ReadOnlyMemory<byte> Target);

/// <summary>Directories that are laid over the tree.</summary>
internal static class OverlayFiles
{
    private const int LargestFile = 1 << 30;

    /// <summary>Modes that git does not keep, as coreos-assembler reads them; not laid itself.</summary>
    private const string ModesFile = "statoverride";

    /// <summary>The digest of names, kinds, executable bits, targets and contents.</summary>
    /// <exception cref="PipelineException">
    /// PL2105: a link instead of a directory; devices, names below a merged-/usr link and names that are no plain text, all at once.
    /// </exception>
    public static Digest DigestOf(Overlay overlay)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var source = Open(overlay);
        foreach (var entry in List(overlay, source))
        {
            hash.AppendData(entry.Path.Bytes);
            hash.AppendData(Encoding.UTF8.GetBytes($"\0{entry.Kind}\0{entry.Executable && entry.Kind == UnixKind.File}\0"));
            hash.AppendData(entry.Target.Span);
            hash.AppendData("\0"u8);
            if (entry.Kind == UnixKind.File)
            {
                hash.AppendData(SHA256.HashData(source!.ReadBytes(entry.Path, LargestFile, TreeLinks.Refused)));
            }
        }

        return Digest.FromHash(hash.GetHashAndReset());
    }

    /// <summary>Lays an overlay: root's files, 0644 or 0755; new directories 0755, present ones keep their mode.</summary>
    /// <exception cref="PipelineException">PL2105, also for a file where the tree has a directory, and the reverse.</exception>
    public static void Lay(Overlay overlay, TreeHandle root)
    {
        using var source = Open(overlay);
        var modes = Array.Empty<(TreePath Path, int Mode, bool IsAdded)>();
        foreach (var entry in List(overlay, source))
        {
            if (entry is { Kind: UnixKind.File, Path.IsName: true } && entry.Path.Text == ModesFile)
            {
                modes = [.. Modes(overlay, source!)];
                continue;
            }

            root.MakeDirectories(entry.Path.Parent);
            var there = root.Status(entry.Path);
            if (entry.Kind == UnixKind.Directory)
            {
                if (there is { Kind: UnixKind.File or UnixKind.Special })
                {
                    throw new PipelineException(Problem(overlay, entry.Path, "is a directory, but a file in the tree"));
                }

                root.MakeDirectories(entry.Path);
                continue;
            }

            if (there is { Kind: UnixKind.Directory })
            {
                throw new PipelineException(Problem(overlay, entry.Path, "is a file, but a directory in the tree"));
            }

            if (entry.Kind == UnixKind.Symlink)
            {
                root.ReplaceLink(entry.Path, entry.Target.Span);
            }
            else
            {
                var content = source!.ReadBytes(entry.Path, LargestFile, TreeLinks.Refused);
                root.ReplaceFile(entry.Path, content, entry.Executable ? FileModes.Executable : FileModes.Plain);
            }
        }

        foreach (var (path, mode, isAdded) in modes)
        {
            if (root.Status(path) is not { Kind: UnixKind.File or UnixKind.Directory } there)
            {
                throw new PipelineException(Problem(overlay, path, $"gets a mode by '{ModesFile}', but is not in the tree"));
            }

            root.SetMode(path, isAdded ? (there.Mode & FileModes.All) | mode : mode);
        }
    }

    /// <summary>The lines of <c>statoverride</c>: <c>=MODE PATH</c> sets a mode, <c>+MODE PATH</c> adds bits; modes are decimal.</summary>
    private static IEnumerable<(TreePath Path, int Mode, bool IsAdded)> Modes(Overlay overlay, TreeHandle source)
    {
        foreach (var line in source.ReadText(ModesFile, LargestFile)!.Split('\n').Where(l => l.Length > 0 && l[0] != '#'))
        {
            var words = line.Split(' ', 2);
            if (
                words.Length != 2
                || !words[1].StartsWith('/')
                || words[1].Split('/').Contains("..")
                || !int.TryParse(words[0].TrimStart('=', '+'), NumberStyles.None, CultureInfo.InvariantCulture, out var mode)
                || mode > FileModes.All
            )
            {
                throw new PipelineException(
                    Problem(overlay, ModesFile, $"has the line '{PackagePath.Show(line)}', which is no mode and path")
                );
            }

            yield return (words[1].TrimStart('/'), mode, line[0] != '=');
        }
    }

    /// <summary>A link is refused, because it makes files of elsewhere a part of the image.</summary>
    private static TreeHandle? Open(Overlay overlay) =>
        UnixFile.Status(overlay.Directory)?.Kind switch
        {
            null => null,
            UnixKind.Directory => TreeHandle.Open(overlay.Directory),
            _ => throw new PipelineException(Problem(overlay, TreePath.Root, "is a link or a file, not a directory")),
        };

    /// <summary>The entries of an overlay, parents first, in the order of their bytes.</summary>
    private static List<OverlayEntry> List(Overlay overlay, TreeHandle? source)
    {
        var problems = new DiagnosticBag();
        var found = new List<OverlayEntry>();
        foreach (var entry in source?.Walk(TreePath.Root, TreeOrder.ParentsFirst, e => !IsAlias(e.Path)) ?? [])
        {
            if (entry.Kind == UnixKind.Special)
            {
                problems.Add(Problem(overlay, entry.Path, "is a device, socket or FIFO"));
            }
            else if (!entry.Name.IsText || entry.Name.Text.Any(char.IsControl))
            {
                problems.Add(Problem(overlay, entry.Path, "has a name with control characters, or one that is not UTF-8"));
            }
            else if (IsAlias(entry.Path))
            {
                problems.Add(Problem(overlay, entry.Path, $"is a link in a merged-/usr tree; put it in 'usr{entry.Path}'"));
            }
            else
            {
                found.Add(
                    new(
                        entry.Path,
                        entry.Kind,
                        (entry.Status().Mode & FileModes.OwnerExecutes) != 0,
                        entry.Kind == UnixKind.Symlink ? entry.Directory.ReadLink(entry.Name) : default(ReadOnlyMemory<byte>)
                    )
                );
            }
        }

        problems.ThrowIfErrors();
        return found;
    }

    private static bool IsAlias(TreePath path) => path.IsName && PackagePath.UsrAliases.Contains(path.Text);

    private static Diagnostic Problem(Overlay overlay, TreePath path, string why) =>
        TreeDiagnostics.OverlayKind(path, overlay.Name, overlay.Span, why);
}
