namespace Pipeline.Provisioning.Butane;

/// <summary>Finds modes that were meant in octal but written in decimal (<c>mode: 644</c>).</summary>
internal static class MistypedModes
{
    private const long LargestDecimal = 7777;

    /// <summary>Whether the mode is unusual as it is and usual when its decimal digits are read as octal.</summary>
    public static bool LooksDecimal(long mode, bool directory) =>
        AsOctal(mode) is { } octal && !IsUsual(mode, directory) && IsUsual(octal, directory);

    private static long? AsOctal(long mode)
    {
        if (mode is < 0 or > LargestDecimal)
        {
            return null;
        }

        long octal = 0;
        foreach (var digit in mode.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            if (digit > '7')
            {
                return null;
            }

            octal = (octal * 8) + (digit - '0');
        }

        return octal;
    }

    /// <summary>
    /// A plausible mode: whoever has less specific rights has no more of them, writing and executing imply reading, and the
    /// special bits stand where they make sense.
    /// </summary>
    private static bool IsUsual(long mode, bool directory)
    {
        if (mode == 0)
        {
            return true;
        }

        long seen = 0;
        foreach (var rights in (long[])[mode & 7, (mode >> 3) & 7, (mode >> 6) & 7])
        {
            var (read, execute) = ((rights & 4) != 0, (rights & 1) != 0);
            var lacksWhatOthersHave = (seen & ~rights) != 0;
            var othersReadOnly = (seen & 4) != 0 && (seen & 1) == 0;
            if (lacksWhatOthersHave || (execute && othersReadOnly) || (rights != 0 && !read))
            {
                return false;
            }

            seen |= rights;
        }

        return (seen & 4) != 0 && SpecialBitsAreUsual(mode, directory, seen);
    }

    private static bool SpecialBitsAreUsual(long mode, bool directory, long seen)
    {
        var (write, execute) = ((seen & 2) != 0, (seen & 1) != 0);
        var (setuid, setgid, sticky) = ((mode & (1 << 11)) != 0, (mode & (1 << 10)) != 0, (mode & (1 << 9)) != 0);
        return directory
            ? execute && !setuid && (write || !(setgid || sticky))
            : !sticky && (!(setuid || setgid) || (execute && (mode & 2) == 0));
    }
}
