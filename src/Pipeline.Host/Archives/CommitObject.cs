using System.Buffers.Binary;

namespace Pipeline.Host.Archives;

/// <summary>
/// Reads the one field of an OSTree commit object that is needed: its time. The object is a GVariant <c>(a{sv}aya(say)sstayay)</c>.
/// </summary>
internal static class CommitObject
{
    /// <summary>The commit's time in seconds since 1970, or <c>null</c> when the bytes are no commit.</summary>
    public static long? TimestampOf(ReadOnlySpan<byte> commit)
    {
        // Ends of the variable-size members stand at the very end, the first member's last; the fifth is the body's,
        // and the timestamp follows it on the next multiple of eight, in network order.
        const int members = 6;
        const int body = 5;
        var width = commit.Length switch
        {
            <= byte.MaxValue => 1,
            <= ushort.MaxValue => 2,
            _ => 4,
        };
        var at = commit.Length - (body * width);
        if (commit.Length < (members * width) + 8)
        {
            return null;
        }

        var end = width switch
        {
            1 => commit[at],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(commit[at..]),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(commit[at..]),
        };
        var start = ((long)end + 7) / 8 * 8;
        if (start + 8 > commit.Length - (members * width))
        {
            return null;
        }

        var seconds = BinaryPrimitives.ReadInt64BigEndian(commit[(int)start..]);
        return seconds is > 0 and <= uint.MaxValue ? seconds : null;
    }
}
