using Pipeline.Compose.Layers;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>What a package says of a file (rpm 6.0, include/rpm/rpmfiles.h).</summary>
[Flags]
internal enum RpmFileFlags
{
    None = 0,

    /// <summary>A configuration file.</summary>
    Config = 1,

    /// <summary>Documentation; not installed with <c>nodocs</c>.</summary>
    Documentation = 2,

    /// <summary>May be missing.</summary>
    MissingOk = 8,

    /// <summary>A configuration file that an update leaves as the administrator changed it.</summary>
    NoReplace = 16,

    /// <summary>Belongs to the package, but is not in it.</summary>
    Ghost = 64,

    /// <summary>A license text; kept with <c>nodocs</c>.</summary>
    License = 128,

    /// <summary>Not installed with <c>nodocs</c> either.</summary>
    ReadMe = 256,

    /// <summary>Something that only the build made.</summary>
    Artifact = 4096,
}

/// <summary>A file as the header lists it; its path is not checked yet.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Mode">With the bits of its kind.</param>
/// <param name="User">Owner, by name.</param>
/// <param name="Group">Group, by name.</param>
/// <param name="Size">Bytes; of a link, of its target.</param>
/// <param name="Time">Modification time, Unix seconds.</param>
/// <param name="Digest">Hexadecimal; empty for everything but regular files.</param>
/// <param name="Target">Target of a symbolic link, else empty.</param>
/// <param name="Flags">What the package says of it.</param>
internal sealed record RpmPackageEntry(
    string Path,
    int Mode,
    string User,
    string Group,
    long Size,
    long Time,
    string Digest,
    string Target,
    RpmFileFlags Flags
)
{
    private const int KindMask = 0xf000;

    /// <summary>Languages that need it, separated by <c>|</c>; empty for all.</summary>
    public required string Language { get; init; }

    /// <summary>File capabilities as text (cap_from_text(3)), or empty.</summary>
    public required string Capabilities { get; init; }

    /// <summary>The IMA signature, hexadecimal, or empty.</summary>
    public required string Ima { get; init; }

    /// <summary>The same for all names of one file, or <c>null</c>: a file with one name.</summary>
    public required (long Device, long Inode)? Identity { get; init; }

    /// <summary>What it is.</summary>
    public TarKind Kind =>
        (Mode & KindMask) switch
        {
            0x8000 => TarKind.File,
            0x4000 => TarKind.Directory,
            0xa000 => TarKind.Symlink,
            _ => TarKind.Special,
        };

    /// <summary>Whether it is listed, but not in the archive.</summary>
    public bool IsGhost => Flags.HasFlag(RpmFileFlags.Ghost);

    /// <summary>Whether two names of one file say the same of it.</summary>
    public bool IsSameFile(RpmPackageEntry other) =>
        (Mode, User, Group, Size, Digest, Capabilities, Ima)
        == (other.Mode, other.User, other.Group, other.Size, other.Digest, other.Capabilities, other.Ima);
}
