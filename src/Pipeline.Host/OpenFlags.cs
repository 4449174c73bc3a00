using Pipeline.Model.Values;

namespace Pipeline.Host;

/// <summary>Flags of open(2). Four of them, and ioctl numbers, have other values on Arm and POWER than on x86 and IBM Z.</summary>
internal sealed record OpenFlags
{
    /// <summary>O_RDONLY.</summary>
    public const int ReadOnly = 0;

    /// <summary>O_WRONLY.</summary>
    public const int WriteOnly = 1;

    /// <summary>O_RDWR.</summary>
    public const int ReadWrite = 2;

    /// <summary>O_CREAT.</summary>
    public const int Create = 0x40;

    /// <summary>O_EXCL.</summary>
    public const int Exclusive = 0x80;

    /// <summary>O_NONBLOCK: opening a FIFO does not wait for its other end.</summary>
    public const int NonBlocking = 0x800;

    /// <summary>O_CLOEXEC.</summary>
    public const int CloseOnExec = 0x80000;

    /// <summary>O_PATH: a place, not its content; needs no right to read.</summary>
    public const int Place = 0x200000;

    private const int NewTemporary = 0x400000;

    /// <summary>O_DIRECTORY.</summary>
    public required int Directory { get; init; }

    /// <summary>O_NOFOLLOW.</summary>
    public required int NoFollow { get; init; }

    /// <summary>O_DIRECT.</summary>
    public required int Direct { get; init; }

    /// <summary>O_TMPFILE, which contains O_DIRECTORY.</summary>
    public int Temporary => NewTemporary | Directory;

    /// <summary>FICLONE of ioctl(2).</summary>
    public required uint ShareBlocks { get; init; }

    /// <summary>FS_IOC_GETFLAGS of ioctl(2): the flags that chattr sets.</summary>
    public required uint GetFlags { get; init; }

    /// <summary>FS_IOC_SETFLAGS of ioctl(2).</summary>
    public required uint SetFlags { get; init; }

    /// <summary>TIOCGWINSZ of ioctl(2): rows and columns of a terminal.</summary>
    public required uint GetWindowSize { get; init; }

    /// <summary>Those of the architecture this process runs on.</summary>
    public static OpenFlags Host { get; } = Of(Architecture.Host);

    /// <summary>Those of an architecture, as its kernel's <c>asm/fcntl.h</c> and <c>asm/ioctl.h</c> define them.</summary>
    public static OpenFlags Of(Architecture architecture) =>
        architecture.Name switch
        {
            "aarch64" => new()
            {
                Directory = 0x4000,
                NoFollow = 0x8000,
                Direct = 0x10000,
                ShareBlocks = 0x40049409,
                GetFlags = 0x80086601,
                SetFlags = 0x40086602,
                GetWindowSize = 0x5413,
            },
            "ppc64le" => new()
            {
                Directory = 0x4000,
                NoFollow = 0x8000,
                Direct = 0x20000,
                ShareBlocks = 0x80049409,
                GetFlags = 0x40086601,
                SetFlags = 0x80086602,
                GetWindowSize = 0x40087468,
            },
            _ => new()
            {
                Directory = 0x10000,
                NoFollow = 0x20000,
                Direct = 0x4000,
                ShareBlocks = 0x40049409,
                GetFlags = 0x80086601,
                SetFlags = 0x40086602,
                GetWindowSize = 0x5413,
            },
        };
}
