namespace Pipeline.Compose.Layers;

/// <summary>Bounds that no regular package reaches.</summary>
/// <param name="Unpacked">Most bytes of a data archive.</param>
/// <param name="Ratio">Most bytes per compressed byte once more than <see cref="Free"/> came out.</param>
/// <param name="Entries">Most entries.</param>
/// <param name="Control">Most bytes of a control archive.</param>
internal sealed record LayerLimits(long Unpacked, long Ratio, int Entries, int Control)
{
    /// <summary>This much may come out of however little.</summary>
    public const long Free = 256L << 20;

    /// <summary>16 GiB, 1000:1, a million entries, 32 MiB of control files.</summary>
    public static LayerLimits Default { get; } = new(16L << 30, 1000, 1_000_000, 32 << 20);

    /// <summary>What an archive of <paramref name="compressed"/> bytes may unpack to.</summary>
    public long For(long compressed) =>
        Math.Min(Unpacked, Math.Max(Free, compressed > long.MaxValue / Ratio ? long.MaxValue : compressed * Ratio));
}
