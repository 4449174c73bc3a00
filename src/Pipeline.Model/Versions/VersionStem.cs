using System.Globalization;

namespace Pipeline.Model.Versions;

/// <summary>
/// The part of a version that its content decides: <c>X.YYYYMMDD.Z.</c>, at a desk <c>X.YYYYMMDD.Z.dev</c>. What follows is the
/// iteration A, one number that counts the builds of the same stem. Composing, <c>version compute</c> and <c>version reserve</c>
/// all number by this type.
/// </summary>
/// <param name="Prefix">X: the major of the base system, or what a manifest's automatic version prefix says.</param>
/// <param name="Day">Y: day of the package set, UTC.</param>
/// <param name="StreamCode">Z: see <see cref="StreamCodes"/>; 0 without a stream.</param>
/// <param name="IsDev">Whether it is for a desk.</param>
public sealed record VersionStem(string Prefix, DateOnly Day, long StreamCode, bool IsDev)
{
    /// <summary>More digits than this are no iteration: they could not be counted on.</summary>
    private const int MostDigits = 18;

    /// <summary>The stem, ending just before the iteration.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Prefix}.{Day:yyyyMMdd}.{StreamCode}.{(IsDev ? "dev" : "")}");

    /// <summary>The version of that iteration.</summary>
    public string With(long iteration) => string.Create(CultureInfo.InvariantCulture, $"{Text}{iteration}");

    /// <summary>One above the highest iteration of this stem among <paramref name="ids"/>, 0 when there is none.</summary>
    /// <param name="ids">Ids of builds in any order; those of other stems and those that are no versions do not count.</param>
    public long NextIteration(IEnumerable<string> ids)
    {
        var stem = Text;
        return ids.Where(id => id.StartsWith(stem, StringComparison.Ordinal))
                .Select(id => Iteration(id.AsSpan(stem.Length)))
                .DefaultIfEmpty(-1)
                .Max() + 1;
    }

    private static long Iteration(ReadOnlySpan<char> digits) =>
        digits.Length <= MostDigits
        && (digits.Length == 1 || !digits.StartsWith("0", StringComparison.Ordinal))
        && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;
}
