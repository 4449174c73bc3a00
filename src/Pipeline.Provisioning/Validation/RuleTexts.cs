using Pipeline.Model.Diagnostics;
using Pipeline.Provisioning.Tree;

namespace Pipeline.Provisioning.Validation;

/// <summary>The texts of the specification's rules: PL7100–PL7199.</summary>
internal static class RuleTexts
{
    public static Diagnostic PathMissing(Origin at) => Texts.Error("PL7100", at, "the path is missing");

    public static Diagnostic PathRelative(Origin at, string path) =>
        Texts.Error("PL7101", at, $"path '{path}' is not absolute", $"write '/{path.TrimStart('.', '/')}'");

    public static Diagnostic PathNotClean(Origin at, string path, string clean) =>
        Texts.Error("PL7102", at, $"path '{path}' is not in its simplest form", $"write '{clean}'");

    public static Diagnostic Duplicate(Origin at, string key, Origin first) =>
        Texts.Error("PL7103", at, $"'{key}' is given twice", first.Span is { } s ? $"first given at {s}; keep one of them" : null);

    public static Diagnostic IllegalMode(Origin at, long mode) =>
        Texts.Error("PL7104", at, $"illegal mode {mode}", "a mode is 0 to 4095 (octal 07777); JSON has no octal numbers: 0644 is 420");

    public static Diagnostic SpecialMode(Origin at) =>
        Texts.Warning("PL7105", at, "setuid, setgid and sticky bits are not supported before version 3.6.0");

    public static Diagnostic OverwriteWithoutSource(Origin at) => Texts.Error("PL7106", at, "'overwrite' needs a source of contents");

    public static Diagnostic IdAndName(Origin at) => Texts.Error("PL7107", at, "give the id or the name, not both");

    public static Diagnostic ThroughLink(Origin at, string path, string link) =>
        Texts.Error("PL7108", at, $"'{path}' lies below the link '{link}' of the same config", "write the path the link leads to");

    public static Diagnostic LinkTargetMissing(Origin at) => Texts.Error("PL7109", at, "a link needs a target");

    public static Diagnostic HardLinkToDirectory(Origin at, string target) =>
        Texts.Error("PL7110", at, $"hard link to the directory '{target}'");

    public static Diagnostic HardLinkOwner(Origin at) =>
        Texts.Warning("PL7111", at, "a hard link has no owner of its own; this is ignored");

    public static Diagnostic ConflictsWithUnit(Origin at, string path) =>
        Texts.Error("PL7112", at, $"'{path}' is also written by a unit or drop-in of this config", "keep the one in 'systemd'");

    public static Diagnostic ParentIsNoDirectory(Origin at, string path, string parent) =>
        Texts.Error("PL7113", at, $"'{path}' lies below '{parent}', which is not a directory in this config");

    public static Diagnostic UrlInvalid(Origin at, string url) => Texts.Error("PL7120", at, $"'{Short(url)}' is not a valid URL");

    public static Diagnostic UrlScheme(Origin at, string url, string allowed) =>
        Texts.Error("PL7121", at, $"the URL '{Short(url)}' has an unsupported scheme", $"supported are {allowed}");

    public static Diagnostic DataUrl(Origin at, string why) => Texts.Error("PL7122", at, $"invalid data URL: {why}");

    public static Diagnostic S3Version(Origin at) => Texts.Error("PL7123", at, "'versionId' of an S3 object must not be empty");

    public static Diagnostic S3Arn(Origin at) =>
        Texts.Error(
            "PL7124",
            at,
            "not the ARN of an S3 object or access point",
            "arn:aws:s3:::bucket/key or arn:aws:s3:region:account:accesspoint/name/object/key"
        );

    public static Diagnostic FileUrl(Origin at) =>
        Texts.Error("PL7125", at, "a file URL needs an absolute path in its simplest form and no host");

    public static Diagnostic SourceMissing(Origin at) => Texts.Error("PL7126", at, "a source is required");

    public static Diagnostic Compression(Origin at, string value) =>
        Texts.Error("PL7127", at, $"unknown compression '{value}'", "leave it out or write 'gzip'");

    public static Diagnostic HeadersNeedHttp(Origin at) =>
        Texts.Error("PL7128", at, "HTTP headers need a source with scheme http or https");

    public static Diagnostic HeaderName(Origin at) => Texts.Error("PL7129", at, "the name of an HTTP header must not be empty");

    public static Diagnostic HashWithoutSource(Origin at) => Texts.Error("PL7130", at, "a hash needs a source to verify");

    public static Diagnostic HashMalformed(Origin at) =>
        Texts.Error("PL7131", at, "malformed hash", "write 'sha512-' or 'sha256-' and the sum in hexadecimal");

    public static Diagnostic HashFunction(Origin at, string function) =>
        Texts.Error("PL7132", at, $"unsupported hash function '{function}'", "sha512, and since version 3.1.0 sha256");

    public static Diagnostic HashLength(Origin at, int wanted) =>
        Texts.Error("PL7133", at, $"the sum must have {wanted} hexadecimal digits");

    public static Diagnostic ProxyScheme(Origin at) => Texts.Error("PL7134", at, "a proxy URL must start with http:// or https://");

    public static Diagnostic ProxyPlain(Origin at) =>
        Texts.Warning("PL7135", at, "requests to https servers would go through a proxy in plain text");

    public static Diagnostic DeviceMissing(Origin at) => Texts.Error("PL7140", at, "the device is missing");

    public static Diagnostic PartitionUnnamed(Origin at) => Texts.Error("PL7141", at, "a partition needs a number above 0 or a label");

    public static Diagnostic PartitionAbsentWithOthers(Origin at) =>
        Texts.Error("PL7142", at, "a partition that should not exist cannot have a label, size, start, GUID or type");

    public static Diagnostic PartitionLabelLong(Origin at) => Texts.Error("PL7143", at, "a partition label has at most 36 characters");

    public static Diagnostic PartitionLabelColon(Origin at) => Texts.Error("PL7144", at, "a partition label cannot contain a colon");

    public static Diagnostic Guid(Origin at, string guid) =>
        Texts.Error("PL7145", at, $"'{guid}' is not a GUID", "the form is 01234567-89AB-CDEF-EDCB-A98765432101");

    public static Diagnostic PartitionNumbers(Origin at, long number) =>
        Texts.Error("PL7146", at, $"partition number {number} is given twice");

    public static Diagnostic PartitionLabels(Origin at, string label) =>
        Texts.Error("PL7147", at, $"partition label '{label}' is given twice");

    public static Diagnostic PartitionsOverlap(Origin at) => Texts.Error("PL7148", at, "the partition overlaps one before it in the list");

    public static Diagnostic PartitionsMixed(Origin at) =>
        Texts.Error("PL7149", at, "partitions to be removed need all others to be given by number", "number every partition of the disk");

    public static Diagnostic FilesystemFormatMissing(Origin at) =>
        Texts.Error("PL7150", at, "a format is required with path, label, uuid, wipeFilesystem, options or mountOptions");

    public static Diagnostic FilesystemFormat(Origin at, string format, string known) =>
        Texts.Error("PL7151", at, $"unknown filesystem format '{format}'", $"known are {known}");

    public static Diagnostic FilesystemLabelNeedsFormat(Origin at) => Texts.Error("PL7152", at, "a label needs a format");

    public static Diagnostic FilesystemLabelLong(Origin at, string format, int limit) =>
        Texts.Error("PL7153", at, $"a label of {format} has at most {limit} bytes");

    public static Diagnostic FilesystemTag(Origin at, string what) => Texts.Error("PL7154", at, what);

    public static Diagnostic RaidLevelMissing(Origin at) => Texts.Error("PL7155", at, "the RAID level is missing");

    public static Diagnostic RaidLevel(Origin at, string level) =>
        Texts.Error("PL7156", at, $"unknown RAID level '{level}'", "for example linear, raid0, raid1, raid5, raid6 or raid10");

    public static Diagnostic RaidSpares(Origin at) => Texts.Error("PL7157", at, "linear and raid0 arrays cannot have spares");

    public static Diagnostic RaidDevices(Origin at) => Texts.Error("PL7158", at, "an array needs at least one device");

    public static Diagnostic PartitionsOverwritten(Origin at) =>
        Texts.Warning("PL7180", at, "the file system overwrites the partitions of this disk", "name a partition as device");

    public static Diagnostic FilesystemWiped(Origin at) =>
        Texts.Warning("PL7181", at, "'wipeTable' of this disk wipes the file system too", "set wipeFilesystem, or leave out wipeTable");

    public static Diagnostic LuksName(Origin at) => Texts.Error("PL7160", at, "the name of a device cannot contain a slash");

    public static Diagnostic LuksLabel(Origin at) => Texts.Error("PL7161", at, "a LUKS label has at most 47 bytes");

    public static Diagnostic ClevisCustomWithOthers(Origin at) =>
        Texts.Error("PL7162", at, "a custom Clevis config excludes tang, tpm2 and threshold");

    public static Diagnostic ClevisPin(Origin at, string pin) =>
        Texts.Error("PL7163", at, $"unknown Clevis pin '{pin}'", "tpm2, tang or sss");

    public static Diagnostic ClevisPinMissing(Origin at) => Texts.Error("PL7164", at, "a custom Clevis config needs a pin");

    public static Diagnostic ClevisConfigMissing(Origin at) => Texts.Error("PL7165", at, "a custom Clevis pin needs its config");

    public static Diagnostic TangThumbprint(Origin at) => Texts.Error("PL7166", at, "a Tang server needs the thumbprint of its key");

    public static Diagnostic TangAdvertisement(Origin at) => Texts.Error("PL7167", at, "the advertisement of a Tang server is not JSON");

    public static Diagnostic CexWithOthers(Origin at) =>
        Texts.Error("PL7168", at, "a CEX device cannot have a Clevis config or key file too");

    public static Diagnostic UnitSuffix(Origin at, string name) =>
        Texts.Error("PL7170", at, $"'{name}' has no suffix of a unit", "for example .service, .socket, .mount or .timer");

    public static Diagnostic DropinSuffix(Origin at, string name) => Texts.Error("PL7171", at, $"drop-in '{name}' must end in .conf");

    public static Diagnostic UnitText(Origin at, string why, int line) =>
        Texts.Error("PL7172", at, $"invalid unit at its line {line}: {why}");

    public static Diagnostic UnitNoInstall(Origin at, string name) =>
        Texts.Warning("PL7173", at, $"'{name}' is enabled but has no [Install] section, so enabling does nothing");

    public static Diagnostic TemplateNoInstall(Origin at, string template, string instance) =>
        Texts.Warning(
            "PL7174",
            at,
            $"'{instance}' is enabled but its template '{template}' has no [Install] section, so enabling does nothing",
            "add [Install] to the template, for example with WantedBy=multi-user.target"
        );

    private static string Short(string text) => text.Length <= 80 ? text : text[..77] + "…";
}
