using System.Globalization;

namespace Pipeline.Model.Values;

/// <summary>A size in bytes, zero or more; arithmetic is checked because a wrapped disk offset corrupts silently.</summary>
public readonly record struct ByteSize : IComparable<ByteSize>
{
    private ByteSize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
    }

    /// <summary>The number of bytes.</summary>
    public long Bytes { get; }

    /// <summary>A size of <paramref name="bytes"/> bytes.</summary>
    public static ByteSize FromBytes(long bytes) => new(bytes);

    /// <summary>A size of <paramref name="kibibytes"/> × 1024 bytes.</summary>
    public static ByteSize FromKiB(long kibibytes) => new(checked(kibibytes * 1024));

    /// <summary>A size of <paramref name="mebibytes"/> × 1024² bytes.</summary>
    public static ByteSize FromMiB(long mebibytes) => new(checked(mebibytes * 1024 * 1024));

    /// <summary>A size of <paramref name="gibibytes"/> × 1024³ bytes.</summary>
    public static ByteSize FromGiB(long gibibytes) => new(checked(gibibytes * 1024 * 1024 * 1024));

    /// <summary>The smallest multiple of <paramref name="unit"/> that is not below this size.</summary>
    public ByteSize RoundUp(ByteSize unit) => new(checked((Bytes + unit.Bytes - 1) / unit.Bytes * unit.Bytes));

    /// <summary>The sum.</summary>
    public static ByteSize operator +(ByteSize left, ByteSize right) => new(checked(left.Bytes + right.Bytes));

    /// <summary>The sum.</summary>
    public static ByteSize Add(ByteSize left, ByteSize right) => left + right;

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>For people, with one decimal: <c>512 B</c>, <c>1.5 MiB</c>.</summary>
    public override string ToString()
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = Bytes;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0 ? $"{Bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {units[unit]}");
    }
}
