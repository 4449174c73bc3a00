using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Live;

/// <summary>Texts of everything that can go wrong with live media (PL31xx).</summary>
internal static class LiveDiagnostics
{
    private const string Reset = "undo what was embedded with 'pipeline iso reset', or fetch the image again";

    public static Diagnostic NotIso(string file, string what) =>
        Diagnostic.Error("PL3100", $"'{file}' is no ISO 9660 image: {what}", hint: "name a live ISO, such as NAME-VERSION-live.x86_64.iso");

    public static Diagnostic DamagedIso(string file, string what) =>
        Diagnostic.Error("PL3101", $"the ISO image '{file}' is damaged: {what}", hint: "fetch it again and check its digest");

    public static Diagnostic NotLive(string file) =>
        Diagnostic.Error(
            "PL3102",
            $"'{file}' is an ISO image, but not one with an Ignition embed area",
            hint: "live ISOs of Fedora CoreOS and its kin have one since 2020, and those of 'pipeline images --platform live'"
        );

    public static Diagnostic BadArea(string file, string area, string what) =>
        Diagnostic.Error(
            "PL3103",
            $"the {area} of '{file}' {what}",
            hint: "the image was made or changed by something else; fetch it again"
        );

    public static Diagnostic BadDocument(string file, string document, string what) =>
        Diagnostic.Error("PL3104", $"'/{document}' of '{file}': {what}", hint: "fetch the image again and check its digest");

    public static Diagnostic InitrdTooLarge(string file, long needed, long available) =>
        Diagnostic.Error(
            "PL3105",
            $"what is to be embedded needs {needed} bytes compressed, the area of '{file}' has {available}",
            hint: "let a small config fetch the large one: ignition.config.merge with a source"
        );

    public static Diagnostic KernelArgumentsTooLarge(string file, long needed, long available) =>
        Diagnostic.Error(
            "PL3106",
            $"the kernel arguments need {needed} bytes with their line feed, the area of '{file}' has {available}",
            hint: "delete arguments that are not needed with --delete"
        );

    public static Diagnostic NoKernelArguments(string file) =>
        Diagnostic.Error(
            "PL3107",
            $"'{file}' has no embed area for kernel arguments",
            hint: "images have them since January 2021; edit the command line in the boot menu instead"
        );

    public static Diagnostic Already(string file, string what) =>
        Diagnostic.Error("PL3108", $"'{file}' already has {what}", hint: "--force replaces it");

    public static Diagnostic Nothing(string file, string what) =>
        Diagnostic.Error("PL3109", $"there is no {what} in '{file}'", exit: ExitClass.WorkFailed);

    public static Diagnostic BadInitrd(string file, string what) =>
        Diagnostic.Error("PL3110", $"the initramfs image in '{file}' cannot be read: {what}", hint: Reset);

    public static Diagnostic Unsupported(string file, string what) =>
        Diagnostic.Error(
            "PL3111",
            $"the OS in '{file}' does not support {what}",
            hint: "use a newer image; its /coreos/features.json says what it can do"
        );

    public static Diagnostic Exists(string path) => Diagnostic.Error("PL3112", $"'{path}' exists", hint: "remove it, or name another file");

    public static Diagnostic Twice(string what) => Diagnostic.Error("PL3113", $"{what} is given twice", hint: "give each name once");

    public static Diagnostic BadKernelArgument(string argument, string what) =>
        Diagnostic.Error("PL3114", $"'{argument}' {what}", hint: "kernel arguments are KEY or KEY=VALUE, replacements KEY=OLD=NEW");

    public static Diagnostic NotLiveInitrd(string file) =>
        Diagnostic.Error(
            "PL3115",
            $"'{file}' is not the initramfs of a live system",
            hint: "name the file NAME-VERSION-live-initramfs.ARCH.img of a build"
        );

    public static Diagnostic AlreadyCustomized(string file, string hint) =>
        Diagnostic.Error("PL3116", $"'{file}' is customized already", hint: hint);

    public static Diagnostic BadConsole(string spec) =>
        Diagnostic.Error(
            "PL3117",
            $"'{spec}' is no console",
            hint: "known are tty0, hvc0, ttysclp0, and ttySN or ttyAMAN with speed, parity and bits, such as ttyS0,115200n8"
        );

    public static Diagnostic BadInstallerConfig(SourceSpan span, string what, string? hint) =>
        Diagnostic.Error("PL3118", $"not an installer config: {what}", span, hint);

    public static Diagnostic BadFileName(string path) =>
        Diagnostic.Error(
            "PL3119",
            $"the name of '{path}' cannot be used on the machine",
            hint: "rename the file: letters, digits, and any of . _ - @ + : behind the first"
        );

    public static Diagnostic BadMinimal(string file, string what) =>
        Diagnostic.Error("PL3120", $"'/coreos/miniso.dat' of '{file}' {what}", hint: "fetch the image again and check its digest");

    public static Diagnostic MinimalDigest(string file, Digest expected, Digest actual) =>
        Diagnostic.Error(
            "PL3121",
            $"the minimal ISO made of '{file}' has {actual}, it should have {expected}",
            hint: "the image was changed after it was made; fetch it again",
            exit: ExitClass.Refused
        );

    public static Diagnostic Climbs(string file, string name) =>
        Diagnostic.Error(
            "PL3122",
            $"'{file}' has an entry named '{name}', which leads out of its directory",
            hint: "do not use it; somebody made it to write elsewhere",
            exit: ExitClass.Refused
        );

    public static Diagnostic NoDirectory(string path) =>
        Diagnostic.Error("PL3125", $"the directory of '{path}' does not exist", hint: $"mkdir -p {Path.GetDirectoryName(path)}");

    public static Diagnostic Embedded(string file) =>
        Diagnostic.Error(
            "PL3126",
            $"'{file}' is customized, a minimal ISO is made of one as released",
            hint: "run 'pipeline iso reset' on it first"
        );

    public static Diagnostic BadUrl(string url) =>
        Diagnostic.Error(
            "PL3127",
            $"'{url}' is no address for coreos.live.rootfs_url=",
            hint: "give an http, https or tftp URL without blanks"
        );

    public static Diagnostic BadCertificate(string file) =>
        Diagnostic.Error("PL3128", $"'{file}' holds no certificate", hint: "certificates are PEM: -----BEGIN CERTIFICATE-----");

    public static Diagnostic NoMedia(string build, string artifact) =>
        Diagnostic.Error(
            "PL3131",
            $"build '{build}' has no '{artifact}'",
            hint: $"pipeline images {build} --platform live",
            exit: ExitClass.BadInput
        );

    public static Diagnostic NoTls(string url) =>
        Diagnostic.Error("PL3130", $"GRUB cannot fetch '{url}'", hint: "give it an http or tftp URL; iPXE can do https");
}
