namespace Pipeline.Model.Values;

/// <summary>Permission bits by name, because C# has no octal numbers. Written as the three octal digits they consist of.</summary>
public static class FileModes
{
    /// <summary>0644: a file that everybody may read.</summary>
    public const int Plain = (6 << 6) | (4 << 3) | 4;

    /// <summary>0755: a program or directory that everybody may use.</summary>
    public const int Executable = (7 << 6) | (5 << 3) | 5;

    /// <summary>0700: a directory of the owner alone.</summary>
    public const int PrivateDirectory = 7 << 6;

    /// <summary>0600: a file of the owner alone.</summary>
    public const int PrivateFile = 6 << 6;

    /// <summary>01777: a directory where everybody may write and nobody may delete what is another's.</summary>
    public const int SharedDirectory = (1 << 9) | (7 << 6) | (7 << 3) | 7;

    /// <summary>0100: the owner may execute.</summary>
    public const int OwnerExecutes = 1 << 6;

    /// <summary>0777: the bits of read, write and execute.</summary>
    public const int Permissions = (7 << 6) | (7 << 3) | 7;

    /// <summary>07777: all bits that chmod sets, with set-user-id, set-group-id and sticky.</summary>
    public const int All = (7 << 9) | Permissions;
}
