namespace Pipeline.Releases.Simulation;

/// <summary>Numbers that look random and are the same for the same seed everywhere, for ever (SplitMix64).</summary>
/// <param name="seed">Any number.</param>
internal sealed class SeededSource(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Next()
    {
        unchecked
        {
            _state += 0x9e3779b97f4a7c15;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }

    /// <summary>From 0 to below 1.</summary>
    public double NextShare() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to below <paramref name="bound"/>, which is at least 1.</summary>
    public long NextBelow(long bound) => (long)(NextShare() * bound);
}
