using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Trees;

/// <summary>Puts the one kernel where OSTree looks for it, and makes its initramfs.</summary>
/// <param name="sandbox">Runs depmod and dracut of the tree.</param>
/// <param name="reporter">Is told what dracut leaves out.</param>
internal sealed class Kernel(TreeSandbox sandbox, IReporter reporter)
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
        foreach (var (from, to) in ((string, string)[])[($"vmlinuz-{version}", "vmlinuz"), ($"config-{version}", "config"), ($"System.map-{version}", "System.map")])
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
        foreach (var link in TreeCopy.Names(root).Where(n => n.StartsWith("vmlinuz", StringComparison.Ordinal) || n.StartsWith("initrd.img", StringComparison.Ordinal)))
        {
            UnixFile.DeleteTree($"{root}/{link}");
        }

        return version;
    }

    /// <summary>Where the initramfs of a kernel lies, relative to the tree.</summary>
    public static string InitramfsPath(string version) => $"usr/lib/modules/{version}/initramfs.img";

    /// <summary>Runs dracut once.</summary>
    /// <exception cref="PipelineException">PL2107: it complained, or there is no file.</exception>
    public async Task MakeInitramfsAsync(string root, string version, CancellationToken cancellationToken)
    {
        TreePath.MakeDirectories(root, "var/tmp");
        var path = InitramfsPath(version);
        var errors = new List<string>();
        await sandbox.RunAsync("dracut", root,
            $"#!/bin/sh\nexec dracut --force --no-hostonly --reproducible --kver '{version}' --tmpdir /var/tmp '/{path}'\n", [], cancellationToken, Look);
        var real = TreePath.Inside(root, path);
        if (errors.Count > 0 || UnixFile.Status(real) is not { Kind: UnixKind.File, Size: > 0 })
        {
            throw new PipelineException(TreeDiagnostics.Initramfs(errors.Count > 0 ? errors[0] : "dracut wrote no file", sandbox.Log));
        }

        UnixFile.SetMode(real, 0x1a4);

        void Look(string line)
        {
            // A module whose dependency the tree omits on purpose is left out; that is a choice of the configuration, so it is only told.
            if (line.StartsWith("dracut[E]: Module ", StringComparison.Ordinal) && line.EndsWith("which can't be installed", StringComparison.Ordinal))
            {
                reporter.Report(TreeDiagnostics.DracutModule(line["dracut[E]: ".Length..]));
            }
            else if (line.StartsWith("dracut[E]:", StringComparison.Ordinal))
            {
                errors.Add(line);
            }
        }
    }

    private static void Empty(string directory)
    {
        foreach (var name in TreeCopy.Names(directory))
        {
            UnixFile.DeleteTree($"{directory}/{name}");
        }
    }
}
