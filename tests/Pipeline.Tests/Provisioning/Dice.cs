namespace Pipeline.Tests.Provisioning;

/// <summary>Repeatable pseudo-random numbers (xorshift64*), so that a failing seed fails again.</summary>
internal sealed class Dice(int seed)
{
    private ulong _state = unchecked(((ulong)(uint)seed * 0x9E3779B97F4A7C15UL) | 1);

    /// <summary>A number from 0 to below <paramref name="limit"/>.</summary>
    public int Next(int limit) => (int)(Step() % (ulong)limit);

    /// <summary>A number from <paramref name="low"/> to below <paramref name="high"/>.</summary>
    public int Next(int low, int high) => low + Next(high - low);

    private ulong Step()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return unchecked(_state * 0x2545F4914F6CDD1DUL) >> 11;
    }
}
