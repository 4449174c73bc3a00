using System.Globalization;
using Pipeline.Host.Archives;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Images.Boot;
using Pipeline.Images.Commits;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live.Making;

/// <summary>
/// Deploys a commit with ostree and packs it with mksquashfs. The image is one file system: its <c>/boot</c> is what a disk has in a
/// partition of its own.
/// </summary>
/// <param name="tools">Starts the programs.</param>
/// <param name="reporter">Shows each step.</param>
/// <param name="loader">The boot loader of disks: its files are in <c>/boot</c> for machines that are installed from here.</param>
internal sealed class LiveSystemMaker(IToolRunner tools, IReporter reporter, IBootLoader loader) : ILiveSystemMaker
{
    /// <summary>The programs.</summary>
    public static readonly StepTools Tools = new([Ostree.Program, new("mksquashfs", "squashfs-tools")], []);

    private const string Config = "ostree/repo/config";
    private const string FirstBoot = "ignition.firstboot";

    /// <inheritdoc/>
    public async Task<LiveSystem> MakeAsync(
        Func<string, CancellationToken, Task<ExtractedCommit>> extract,
        string rootImage,
        string scratch,
        CancellationToken cancellationToken
    )
    {
        Sysroot sysroot;
        using (var step = reporter.Step("deploy"))
        {
            var commit = await extract(scratch, cancellationToken);
            var builder = new SysrootBuilder(tools);
            sysroot = await builder.DeployAsync(
                commit,
                await builder.StaterootAsync(commit, cancellationToken),
                scratch,
                loader.OstreeName,
                loader.AddFilesAsync,
                cancellationToken
            );
            Require(sysroot);
            Settle(sysroot);
            step.Done();
        }

        using (var step = reporter.Step("live root file system"))
        {
            await PackAsync(sysroot, rootImage, cancellationToken);
            step.Done();
        }

        using var deployment = TreeHandle.Open(sysroot.DeploymentDirectory);
        TreePath modules = "usr/lib/modules";
        var kernels = deployment.Entries(modules).Where(e => deployment.Is(UnixKind.File, modules / e.Name / "vmlinuz")).ToArray();
        return kernels.Length == 1 && deployment.Is(UnixKind.File, modules / kernels[0].Name / "initramfs.img")
            ? new(
                deployment.PathOnHost(modules / kernels[0].Name / "vmlinuz"),
                deployment.PathOnHost(modules / kernels[0].Name / "initramfs.img"),
                rootImage,
                sysroot.Epoch
            )
            : throw new PipelineException(ImageDiagnostics.NotBootable("it has not one kernel with its initramfs"));
    }

    /// <summary>mksquashfs of Debian 12 takes labels from files only, and no file of this machine has them.</summary>
    private static void Require(Sysroot sysroot)
    {
        if (sysroot.Labels is not null)
        {
            throw new PipelineException(ImageDiagnostics.NoLiveLabels());
        }
    }

    /// <summary>
    /// The medium is read-only, so ostree must not ask for a root file system that can be made writable, and nothing of a first boot is to
    /// be removed. Times of ostree's own files stay 0.
    /// </summary>
    private static void Settle(Sysroot sysroot)
    {
        using var tree = TreeHandle.Open(sysroot.Root);
        tree.Delete("boot");
        UnixFile.Rename(sysroot.Boot, Path.Combine(sysroot.Root, "boot"));
        tree.Delete($"boot/{FirstBoot}");
        tree.ReplaceFile(Config, "[core]\nrepo_version=1\nmode=bare\n\n[sysroot]\nbootloader=none\nreadonly=false\n", FileModes.Plain);
        tree.SetOwner(Config, 0, 0);
        foreach (var entry in tree.Walk(TreePath.Root, TreeOrder.ChildrenFirst))
        {
            if (entry.Status().Modified != 0)
            {
                entry.Directory.SetTimes(entry.Name, sysroot.Epoch);
            }
        }

        tree.SetTimes(TreePath.Root, sysroot.Epoch);
    }

    private Task<ToolResult> PackAsync(Sysroot sysroot, string rootImage, CancellationToken cancellationToken) =>
        tools.RunAsync(
            new(
                "mksquashfs",
                [
                    sysroot.Root,
                    rootImage,
                    "-comp",
                    "zstd",
                    "-Xcompression-level",
                    "12",
                    "-noappend",
                    "-no-progress",
                    "-quiet",
                    "-exit-on-error",
                    "-mkfs-time",
                    sysroot.Epoch.ToString(CultureInfo.InvariantCulture),
                ]
            )
            {
                MissingHint = "install the package 'squashfs-tools'",
            },
            cancellationToken
        );
}
