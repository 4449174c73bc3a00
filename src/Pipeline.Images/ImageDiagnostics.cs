using Pipeline.Host.Files.Trees;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images;

/// <summary>Texts of everything that can go wrong while making images (PL30xx).</summary>
internal static class ImageDiagnostics
{
    public static Diagnostic UnknownPlatform(string platform, IEnumerable<string> known) =>
        Diagnostic.Error("PL3001", $"unknown platform '{platform}'", hint: ClosestName.Hint(platform, known, $"known are {Names(known)}"));

    public static Diagnostic PlatformNotForArchitecture(string platform, Architecture architecture, IEnumerable<Architecture> known) =>
        Diagnostic.Error(
            "PL3002",
            $"platform '{platform}' does not exist on {architecture}",
            hint: $"it exists on {Names(known.Select(a => a.Name))}"
        );

    public static Diagnostic CannotMake(string platform, Architecture architecture, string obstacle, IEnumerable<string> possible)
    {
        var names = possible.ToArray();
        return Diagnostic.Error(
            "PL3003",
            $"cannot make an image for '{platform}' on {architecture}: {obstacle}",
            hint: names.Length == 0 ? "no platform can be made on this architecture yet; x86_64 works" : $"possible here are {Names(names)}"
        );
    }

    public static Diagnostic BadMeta(string file, string what) =>
        Diagnostic.Error("PL3006", $"'{file}': {what}", hint: "compose the build again");

    public static Diagnostic CommitDigest(string file, Digest expected, Digest actual) =>
        Diagnostic.Error(
            "PL3010",
            $"'{file}' has {actual}, but the build says {expected}",
            hint: "the file was changed after it was made; compose or fetch the build again",
            exit: ExitClass.Refused
        );

    public static Diagnostic DeploymentLayout(TreePath path, string wanted) =>
        Diagnostic.Error(
            "PL3013",
            $"'{path}' of the commit is not {wanted}, so files of this machine could get into the image",
            hint: "compose the build again here, or find out who made it",
            exit: ExitClass.Refused
        );

    public static Diagnostic NotBootable(string what) =>
        Diagnostic.Error(
            "PL3020",
            $"the commit cannot be made bootable: {what}",
            hint: "see 'What the image builder does' in manifests/README.md",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic CoreTooLarge(long size, long limit) =>
        Diagnostic.Error(
            "PL3021",
            $"the boot loader's core has {size} bytes, its partition {limit}",
            hint: "the tree's early.cfg is too large",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic BootTooLarge(ByteSize content, ByteSize partition) =>
        Diagnostic.Error(
            "PL3022",
            $"the boot files need {content}, the boot partition has {partition}",
            hint: "make the initramfs smaller",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic NoLiveLabels() =>
        Diagnostic.Error(
            "PL3023",
            "live media of a commit with labels of SELinux cannot be made yet",
            hint: "compose without SELinux, or install from the metal image",
            exit: ExitClass.BadInput
        );

    public static Diagnostic LiveTooLarge(long size) =>
        Diagnostic.Error(
            "PL3024",
            $"the live root file system has {size} bytes, more than the {uint.MaxValue} that an initramfs can hold",
            hint: "leave packages out",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic MinimalTooLarge(long size, long limit) =>
        Diagnostic.Error(
            "PL3025",
            $"what the minimal ISO has of its own takes {size} bytes, there are {limit}",
            hint: "this is a defect of the toolchain, or another version of xorriso",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic LiveArgument(string argument) =>
        Diagnostic.Error(
            "PL3026",
            $"the kernel argument '{argument}' cannot be in the boot menu of live media",
            hint: "only letters, digits and . _ , : = / @ % + ~ - can be",
            exit: ExitClass.BadInput
        );

    public static Diagnostic NotRoot() =>
        Diagnostic.Error(
            "PL3030",
            "making a root file system needs to give files to their owners",
            hint: "run as root, or as a user with ranges in /etc/subuid and /etc/subgid",
            exit: ExitClass.MissingTool
        );

    public static Diagnostic NoSpace(string directory, ByteSize free, ByteSize needed, string what) =>
        Diagnostic.Error(
            "PL3031",
            $"{what} needs about {needed} in '{directory}', free are {free}",
            hint: "free space, or point -C at a larger disk",
            exit: ExitClass.WorkFailed
        );

    public static Diagnostic NoBootLoader(string directory, string package) =>
        Diagnostic.Error(
            "PL3032",
            $"'{directory}' is missing",
            hint: $"install the package '{package}', or run './build.sh' once",
            exit: ExitClass.MissingTool
        );

    public static Diagnostic BadFileSystem(string what) =>
        Diagnostic.Error(
            "PL3040",
            $"the file system just made is damaged: {what}",
            hint: "this is a defect, or the disk is failing",
            exit: ExitClass.WorkFailed
        );

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Distinct(StringComparer.Ordinal));
}
