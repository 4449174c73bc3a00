using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Trees;

/// <summary>Puts the one kernel where OSTree looks for it.</summary>
/// <param name="sandbox">Runs depmod of the tree.</param>
internal sealed class Kernel(TreeSandbox sandbox)
{
    /// <summary>Moves the kernel from <c>/boot</c> to <c>/usr/lib/modules/VERSION</c>; <c>/boot</c> is empty afterwards.</summary>
    /// <returns>The kernel's version; <c>null</c> for a tree without a kernel that cannot make an initramfs either (a base for containers, a test).</returns>
    /// <exception cref="PipelineException">PL2106: not exactly one.</exception>
    public async Task<string?> MoveAsync(string root, CancellationToken cancellationToken)
    {
        const string prefix = "vmlinuz-";
        var boot = TreePath.Inside(root, "boot");
        var found = TreeCopy.Names(boot).Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        if (found.Length == 0 && UnixFile.Status(TreePath.Inside(root, "usr/bin/dracut")) is null)
        {
            return null;
        }

        if (found.Length != 1 || !found[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+' or '_' or '~'))
        {
            throw new PipelineException(TreeDiagnostics.Kernels(found));
        }

        var version = found[0][prefix.Length..];
        TreePath.MakeDirectories(root, $"usr/lib/modules/{version}");
        foreach (
            var (from, to) in ((string, string)[])
                [($"vmlinuz-{version}", "vmlinuz"), ($"config-{version}", "config"), ($"System.map-{version}", "System.map")]
        )
        {
            if (UnixFile.Status($"{boot}/{from}") is { Kind: UnixKind.File })
            {
                TreeCopy.Move($"{boot}/{from}", TreePath.Inside(root, $"usr/lib/modules/{version}/{to}"));
            }
        }

        if (UnixFile.Status(TreePath.Inside(root, $"usr/lib/modules/{version}/modules.dep")) is null)
        {
            await sandbox.RunAsync("depmod", root, $"#!/bin/sh\nexec depmod -a '{version}'\n", [], cancellationToken);
        }

        Empty(boot);
        foreach (
            var link in TreeCopy
                .Names(root)
                .Where(n => n.StartsWith("vmlinuz", StringComparison.Ordinal) || n.StartsWith("initrd.img", StringComparison.Ordinal))
        )
        {
            UnixFile.DeleteTree($"{root}/{link}");
        }

        return version;
    }

    private static void Empty(string directory)
    {
        foreach (var name in TreeCopy.Names(directory))
        {
            UnixFile.DeleteTree($"{directory}/{name}");
        }
    }
}
