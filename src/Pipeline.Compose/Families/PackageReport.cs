using Pipeline.Model.Values;

namespace Pipeline.Compose.Families;

/// <summary>Everything that a package file says of itself, and which of it was checked. Texts are the package's own.</summary>
public sealed record PackageReport
{
    /// <summary>The form of the file: <c>deb 2.0</c>, <c>rpm 4</c>, <c>rpm 6</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Name of the package.</summary>
    public required string Name { get; init; }

    /// <summary>The whole version, as its family compares it: with the epoch when there is one.</summary>
    public required string Version { get; init; }

    /// <summary>The architecture as the family spells it.</summary>
    public required string Architecture { get; init; }

    /// <summary>Further fields in the package's order, by the family's names in lower case.</summary>
    public required ValueList<KeyValuePair<string, string>> Fields { get; init; }

    /// <summary>Digests that the package gives of its parts.</summary>
    public required ValueList<PackageDigest> Digests { get; init; }

    /// <summary>Its signatures.</summary>
    public required ValueList<PackageSignature> Signatures { get; init; }

    /// <summary>Relations to other packages, in the package's order.</summary>
    public required ValueList<PackageRelation> Relations { get; init; }

    /// <summary>Scripts that run when it is installed or removed, and for triggers.</summary>
    public required ValueList<PackageScript> Scripts { get; init; }

    /// <summary>Its files, those that it only owns included.</summary>
    public required ValueList<PackagedFile> Files { get; init; }

    /// <summary>
    /// Why the package must not be trusted, or <c>null</c>: a wrong digest, or no good signature of the keys that were given.
    /// </summary>
    public string? Problem { get; init; }
}

/// <summary>States of what was checked.</summary>
public enum PackageCheck
{
    /// <summary>It fits.</summary>
    Good,

    /// <summary>It does not fit.</summary>
    Bad,

    /// <summary>It could not be checked: no key was given, or this machine does not know the algorithm.</summary>
    NotChecked,

    /// <summary>Made by a key that was not given, or one that cannot be read.</summary>
    UnknownKey,

    /// <summary>Expired, revoked or weak.</summary>
    NotTrusted,
}

/// <summary>A digest of a part of a package.</summary>
/// <param name="Algorithm">As <c>SHA-256</c>.</param>
/// <param name="Covers">Which part.</param>
/// <param name="Value">Hexadecimal; empty for digests of many files.</param>
/// <param name="State">Whether it fits.</param>
public sealed record PackageDigest(string Algorithm, string Covers, string Value, PackageCheck State);

/// <summary>A signature of a package.</summary>
/// <param name="Name">What the family calls it.</param>
/// <param name="Covers">What it is over.</param>
/// <param name="State">What became of it.</param>
/// <param name="Key">Fingerprint or id of its key, or <c>null</c> where that is not known.</param>
/// <param name="Reason">Why it is not good, or <c>null</c>.</param>
public sealed record PackageSignature(string Name, string Covers, PackageCheck State, string? Key, string? Reason);

/// <summary>A relation to other packages.</summary>
/// <param name="Kind">By the family's name in lower case: <c>requires</c>, <c>depends</c>.</param>
/// <param name="Text">As the family writes it.</param>
public sealed record PackageRelation(string Kind, string Text);

/// <summary>A script of a package.</summary>
/// <param name="Name">By the family's name.</param>
/// <param name="Interpreter">What runs it, with its arguments; empty when the script itself says so.</param>
/// <param name="Condition">For triggers: what they wait for; else empty.</param>
/// <param name="Text">The script.</param>
public sealed record PackageScript(string Name, string Interpreter, string Condition, string Text);

/// <summary>A file of a package.</summary>
/// <param name="Path">Absolute, as the package has it.</param>
/// <param name="Kind"><c>file</c>, <c>directory</c>, <c>link</c> or <c>special</c>.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="User">Owner: a name, or a number where the family stores numbers.</param>
/// <param name="Group">Group, as the owner.</param>
/// <param name="Size">Bytes of content; of a link, of its target; 0 for directories.</param>
/// <param name="Digest"><c>algorithm:hexadecimal</c> of the content, checked; empty for all but files.</param>
/// <param name="Target">Target of a symbolic link, else empty.</param>
/// <param name="Capabilities">File capabilities as cap_to_text(3), or empty.</param>
/// <param name="Flags">What the package says of it: <c>config</c>, <c>noreplace</c>, <c>doc</c>, <c>ghost</c>, <c>license</c>, …</param>
public sealed record PackagedFile(
    string Path,
    string Kind,
    int Mode,
    string User,
    string Group,
    long Size,
    string Digest,
    string Target,
    string Capabilities,
    ValueList<string> Flags
)
{
    /// <summary>The languages that need it, or empty for all.</summary>
    public string Language { get; init; } = "";

    /// <summary>Its IMA signature, hexadecimal, or empty.</summary>
    public string Ima { get; init; } = "";
}
