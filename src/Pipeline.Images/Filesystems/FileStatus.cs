namespace Pipeline.Images.Filesystems;

/// <summary>What the kernel knows about one path; symlinks are not followed.</summary>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="Owner">User id.</param>
/// <param name="Group">Group id.</param>
/// <param name="Inode">Inode number, unique on <paramref name="Device"/>.</param>
/// <param name="Device">Device as major and minor.</param>
/// <param name="Links">Number of names.</param>
/// <param name="Size">Length in bytes.</param>
internal readonly record struct FileStatus(uint Mode, uint Owner, uint Group, ulong Inode, ulong Device, uint Links, long Size)
{
    private const uint TypeMask = 0xF000;

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Mode & TypeMask) == 0x4000;

    /// <summary>Whether it is a regular file.</summary>
    public bool IsRegular => (Mode & TypeMask) == 0x8000;

    /// <summary>Whether it is a symlink.</summary>
    public bool IsSymlink => (Mode & TypeMask) == 0xA000;

    /// <summary>Permission bits with set-id and sticky bits.</summary>
    public uint Permissions => Mode & 0xFFF;

    /// <summary>Asks the kernel.</summary>
    /// <exception cref="IOException">There is no such path, or it cannot be reached.</exception>
    public static unsafe FileStatus Of(string path)
    {
        var buffer = stackalloc byte[256];
        Interop.Check(Interop.statx(Interop.AtCurrentDirectory, path, Interop.AtNoFollow, Interop.StatxBasic, buffer), $"stat {path}");
        var stat = new ReadOnlySpan<byte>(buffer, 256);
        return new(
            Mode: BitConverter.ToUInt16(stat[28..]),
            Owner: BitConverter.ToUInt32(stat[20..]),
            Group: BitConverter.ToUInt32(stat[24..]),
            Inode: BitConverter.ToUInt64(stat[32..]),
            Device: ((ulong)BitConverter.ToUInt32(stat[136..]) << 32) | BitConverter.ToUInt32(stat[140..]),
            Links: BitConverter.ToUInt32(stat[16..]),
            Size: BitConverter.ToInt64(stat[40..]));
    }
}
