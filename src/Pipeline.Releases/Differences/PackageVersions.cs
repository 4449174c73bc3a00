using System.Globalization;
using Pipeline.Model.Versions;

namespace Pipeline.Releases.Differences;

/// <summary>Which of two versions of a package is newer.</summary>
internal static class PackageVersions
{
    /// <summary>
    /// Less than 0 when <paramref name="a"/> is older: epoch, version and release by the rules of dpkg, which agree with those of rpm for
    /// the versions of one package.
    /// </summary>
    public static int Compare(string a, string b)
    {
        var (left, right) = (PackageVersion.Parse(a), PackageVersion.Parse(b));
        return Epoch(left).CompareTo(Epoch(right)) is var epoch and not 0 ? epoch
            : Part(left.Version, right.Version) is var version and not 0 ? version
            : Part(left.Release, right.Release);
    }

    private static long Epoch(PackageVersion version) =>
        long.TryParse(version.Epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Runs of other characters and numbers in turn; <c>~</c> is before the end, letters before all but it.</summary>
    private static int Part(string a, string b)
    {
        var (i, j) = (0, 0);
        while (i < a.Length || j < b.Length)
        {
            while ((i < a.Length && !char.IsAsciiDigit(a[i])) || (j < b.Length && !char.IsAsciiDigit(b[j])))
            {
                var order = Weight(a, i).CompareTo(Weight(b, j));
                if (order != 0)
                {
                    return order;
                }

                i++;
                j++;
            }

            var (x, y) = (Number(a, ref i), Number(b, ref j));
            var size = x.Length != y.Length ? x.Length.CompareTo(y.Length) : string.CompareOrdinal(x, y);
            if (size != 0)
            {
                return size;
            }
        }

        return 0;
    }

    private static int Weight(string text, int at) =>
        at >= text.Length || char.IsAsciiDigit(text[at]) ? 0
        : text[at] == '~' ? -1
        : char.IsAsciiLetter(text[at]) ? text[at]
        : text[at] + 256;

    private static string Number(string text, ref int at)
    {
        var start = Math.Min(at, text.Length);
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return text[start..Math.Min(Math.Max(at, start), text.Length)].TrimStart('0');
    }
}
