using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Images.Commits;

/// <summary>
/// What a deployed commit has where ostree reads it as programs of this machine do. A link there, in a commit that somebody else made,
/// could bring files of this machine into the image: <c>/usr/etc</c> is copied to <c>/etc</c>, kernels are copied to <c>/boot</c>.
/// </summary>
internal static class DeploymentLayout
{
    private static readonly string[] Directories =
    [
        "boot",
        "etc",
        "usr",
        "usr/etc",
        "usr/lib",
        "usr/lib/modules",
        "usr/lib/ostree-boot",
        "var",
    ];
    private static readonly string[] Files = ["devicetree", "initramfs.img", "vmlinuz"];

    /// <summary>Refuses a deployment with anything else in these places; they may be missing.</summary>
    /// <exception cref="PipelineException">PL3013 (class 5).</exception>
    public static void Require(TreeHandle deployment)
    {
        foreach (var path in Directories)
        {
            Require(path, UnixKind.Directory, "a directory");
        }

        TreePath modules = "usr/lib/modules";
        foreach (var kernel in deployment.Entries(modules).Where(e => e.Kind is UnixKind.Directory or UnixKind.Symlink))
        {
            Require(modules / kernel.Name, UnixKind.Directory, "a directory");
            foreach (var file in Files)
            {
                Require(modules / kernel.Name / file, UnixKind.File, "a regular file");
            }
        }

        void Require(TreePath path, UnixKind kind, string wanted)
        {
            if (deployment.Status(path) is { } status && status.Kind != kind)
            {
                throw new PipelineException(ImageDiagnostics.DeploymentLayout(path, wanted));
            }
        }
    }
}
