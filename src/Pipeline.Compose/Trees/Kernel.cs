using System.Text.RegularExpressions;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Trees;

/// <summary>Puts the one kernel where OSTree looks for it.</summary>
/// <param name="sandbox">Runs depmod of the tree.</param>
internal sealed partial class Kernel(TreeSandbox sandbox)
{
    /// <summary>Compressed, and not: POWER boots the plain ELF file.</summary>
    private static readonly string[] Prefixes = ["vmlinuz-", "vmlinux-"];

    /// <summary>
    /// Moves the kernel from <c>/boot</c> to <c>/usr/lib/modules/VERSION</c>, if it is not there already; <c>/boot</c> is empty
    /// afterwards.
    /// </summary>
    /// <returns>
    /// The kernel's version; <c>null</c> for a tree without a kernel that cannot make an initramfs either (a base for containers, a test).
    /// </returns>
    /// <exception cref="PipelineException">PL2106: not exactly one; PL2116 (class 5): it is no file.</exception>
    public async Task<string?> MoveAsync(TreeHandle root, CancellationToken cancellationToken)
    {
        const string boot = "boot";
        var found = Find(root, boot);
        if (found.Length == 0 && !root.Exists("usr/bin/dracut"))
        {
            return null;
        }

        if (found.Length != 1 || !Name().IsMatch(found[0]))
        {
            throw new PipelineException(TreeDiagnostics.Kernels(found));
        }

        var version = found[0][(found[0].IndexOf('-', StringComparison.Ordinal) + 1)..];
        var modules = $"usr/lib/modules/{version}";
        root.MakeDirectories(modules);
        foreach (
            var (from, to) in ((string, string)[])
                [(found[0], "vmlinuz"), ($"config-{version}", "config"), ($"System.map-{version}", "System.map")]
        )
        {
            if (root.Is(UnixKind.File, $"{boot}/{from}"))
            {
                TreeCopy.Move(root, $"{boot}/{from}", $"{modules}/{to}");
            }
        }

        var image = $"{modules}/vmlinuz";
        if (!root.Is(UnixKind.Directory, modules) || !root.Is(UnixKind.File, image))
        {
            throw new PipelineException(TreeDiagnostics.NoKernelFile($"{boot}/{found[0]}", image));
        }

        if (!root.Exists($"{modules}/modules.dep"))
        {
            await sandbox.RunAsync("depmod", root, $"#!/bin/sh\nexec depmod -a '{version}'\n", [], cancellationToken);
        }

        root.Clear(boot);
        foreach (var entry in root.Entries(TreePath.Root).Where(e => IsLink(e.Name.Text)))
        {
            root.Delete(entry.Name);
        }

        return version;
    }

    /// <summary>
    /// Names of kernels: files of <c>/boot</c>, and those that packages put beside their modules, as they would be named there.
    /// </summary>
    private static string[] Find(TreeHandle root, string boot)
    {
        var inBoot = root.Entries(boot)
            .Select(n => n.Name.Text)
            .Where(n => Prefixes.Any(p => n.StartsWith(p, StringComparison.Ordinal)))
            .ToArray();
        var besideModules = root.Entries("usr/lib/modules")
            .Where(n => n.Kind == UnixKind.Directory && root.Is(UnixKind.File, $"usr/lib/modules/{n.Name.Text}/vmlinuz"))
            .Select(n => n.Name.Text)
            .Where(version => !Prefixes.Any(p => inBoot.Contains(p + version)))
            .Select(version => Prefixes[0] + version);
        return [.. inBoot, .. besideModules];
    }

    [GeneratedRegex(@"\Avmlinu[xz]-[A-Za-z0-9][A-Za-z0-9.+_~-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    /// <summary>The links that packages put into the root for the kernel and initramfs that were installed last.</summary>
    private static bool IsLink(string name) =>
        name.StartsWith("vmlinu", StringComparison.Ordinal) || name.StartsWith("initrd.img", StringComparison.Ordinal);
}
