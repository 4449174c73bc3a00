using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Butane;

/// <summary>The texts of Butane's own rules: PL7200–PL7299.</summary>
internal static class ButaneTexts
{
    public static Diagnostic VariantMissing(Origin at) =>
        Texts.Error("PL7200", at, "'variant' is missing", "add 'variant: fcos' or 'variant: flatcar'");

    public static Diagnostic VersionMissing(Origin at) => Texts.Error("PL7201", at, "'version' is missing", "for example 'version: 1.6.0'");

    public static Diagnostic Unsupported(Origin at, string variant, string version)
    {
        var known = ButaneVersion.All.Where(v => v.Variant == variant).Select(v => v.Version).ToArray();
        return Texts.Error(
            "PL7202",
            at,
            $"unsupported variant and version '{variant}' '{version}'",
            known.Length == 0
                ? "supported variants are fcos and flatcar"
                : $"supported versions of {variant} are {string.Join(", ", known)}"
        );
    }

    public static Diagnostic ForeignVariant(Origin? at, ForeignVariant variant) =>
        Diagnostic.Error(
            "PL7203",
            $"variant '{variant.Name}' ({variant.Makes}) is not translated here",
            at?.Span,
            variant.Hint,
            path: at?.Path
        );

    public static Diagnostic TooManySources(Origin at) => Texts.Error("PL7210", at, "give only one of 'inline', 'local' and 'source'");

    public static Diagnostic TooManyContents(Origin at) => Texts.Error("PL7211", at, "give only one of 'contents' and 'contents_local'");

    public static Diagnostic NoLocalFiles(Origin at) =>
        Texts.Error("PL7212", at, "local files need a directory they are relative to", "pass it with --files-dir");

    public static Diagnostic LocalFile(Origin at, Diagnostic why) =>
        Texts.Error("PL7213", at, why.Message, why.Hint) with
        {
            Exit = why.Exit,
        };

    public static Diagnostic LocalNotText(Origin at, string path) => Texts.Error("PL7214", at, $"'{path}' is not UTF-8 text");

    public static Diagnostic LocalEscapes(Origin at, string path) =>
        Texts.Error("PL7215", at, $"'{path}' leads outside of the directory of local files", "use a path below that directory");

    public static Diagnostic ChildInvalid(Origin at, Severity severity) =>
        (
            severity == Severity.Error
                ? Texts.Error("PL7216", at, "the embedded config is not valid")
                : Texts.Warning("PL7216", at, "the embedded config is not valid")
        );

    public static Diagnostic ChildUnknown(Origin at, string why) =>
        Texts.Warning("PL7217", at, $"the embedded config is not checked: {why}", "a newer machine may know it");

    public static Diagnostic ChildWarning(Origin at, Diagnostic warning) =>
        Texts.Warning(
            "PL7218",
            at,
            $"in the embedded config: {warning.Message}{(warning.Path is null ? "" : $" (at {warning.Path})")}",
            warning.Hint
        );

    public static Diagnostic DecimalMode(Origin at, long mode) =>
        Texts.Warning("PL7220", at, $"mode {mode} is unusual, but would not be in octal", $"write 0{mode}");

    public static Diagnostic MountUnitPath(Origin at) => Texts.Error("PL7221", at, "a mount unit needs a path");

    public static Diagnostic MountUnitFormat(Origin at) => Texts.Error("PL7222", at, "a mount unit needs a format");

    public static Diagnostic MountPointForbidden(Origin at, string path) =>
        Texts.Error("PL7223", at, $"'{path}' cannot be mounted from a unit", "mount below /etc or /var");

    public static Diagnostic ReuseByLabel(Origin at) =>
        Texts.Warning("PL7224", at, "an existing partition is reused by its label", "give its number too, or set wipe_table");

    public static Diagnostic ReservedLabel(Origin at, string label, long number) =>
        Texts.Warning("PL7225", at, $"the image has '{label}' as partition {number}", $"set 'number: {number}'");

    public static Diagnostic RootTooSmall(Origin at) =>
        Texts.Warning("PL7226", at, "the root partition is smaller than 8 GiB", "updates will run out of space");

    public static Diagnostic RootConstrained(Origin at) =>
        Texts.Warning(
            "PL7227",
            at,
            "the root partition cannot grow because one behind it has no start",
            "give the root partition a size of at least 8192, or what follows it a start"
        );

    public static Diagnostic TreeLocalMissing(Origin at) => Texts.Error("PL7230", at, "a tree needs 'local'");

    public static Diagnostic TreeFileType(Origin at, string path) =>
        Texts.Error("PL7231", at, $"'{path}' is neither a file, a directory nor a symbolic link");

    public static Diagnostic NodeExists(Origin at, string path) =>
        Texts.Error("PL7232", at, $"'{path}' already has contents or is another kind of entry");

    public static Diagnostic Layout(Origin at, string layout, string known) =>
        Texts.Error("PL7240", at, $"unknown layout '{layout}'", $"known are {known}");

    public static Diagnostic MirrorTooFew(Origin at) => Texts.Error("PL7241", at, "mirroring needs at least two devices");

    public static Diagnostic MirrorUnsupported(Origin at, string layout) =>
        Texts.Error("PL7242", at, $"layout {layout} cannot be mirrored");

    public static Diagnostic BootLuksDevice(Origin at, string layout, string form) =>
        Texts.Error("PL7243", at, $"layout {layout} needs the whole disk as luks device", $"for example {form}");

    public static Diagnostic CexLayout(Origin at) =>
        Texts.Error("PL7244", at, "CEX cards exist only on s390x", "set 'layout' to s390x-eckd, s390x-zfcp or s390x-virt");

    public static Diagnostic CexWithClevis(Origin at) => Texts.Error("PL7245", at, "give either cex or tang and tpm2");

    public static Diagnostic LuksWithoutMethod(Origin at) =>
        Texts.Error("PL7246", at, "no way to unlock the device is given", "set tpm2, tang or cex");

    public static Diagnostic MirrorNeedsLayout(Origin at, Severity severity)
    {
        var hint = "set boot_device.layout to the architecture";
        return severity == Severity.Error
            ? Texts.Error("PL7247", at, "mirroring needs the layout of the image", hint)
            : Texts.Warning("PL7247", at, "mirroring without the layout of the image assumes x86_64", hint);
    }

    public static Diagnostic GrubName(Origin at) => Texts.Error("PL7250", at, "a GRUB user needs a name");

    public static Diagnostic GrubPassword(Origin at) =>
        Texts.Error("PL7251", at, "a GRUB user needs a password_hash", "make one with grub2-mkpasswd-pbkdf2");

    public static Diagnostic QuadletSuffix(Origin at, string name) =>
        Texts.Error(
            "PL7252",
            at,
            $"'{name}' has no suffix of a quadlet",
            "one of .container, .volume, .network, .kube, .image, .build, .pod and .artifact"
        );

    public static Diagnostic QuadletInstance(Origin at) =>
        Texts.Error("PL7253", at, "an instance of a template is a link and cannot have contents");

    public static Diagnostic FlatcarClevis(Origin at) =>
        Texts.Error("PL7260", at, "clevis is not supported by this version of flatcar", "use a key file, or version 1.2.0-experimental");

    public static Diagnostic FlatcarCex(Origin at) => Texts.Error("PL7261", at, "cex is not supported by flatcar", "use a key file");
}
