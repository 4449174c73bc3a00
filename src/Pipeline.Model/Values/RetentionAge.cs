using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pipeline.Model.Values;

/// <summary>How long something is kept, counted by the calendar: <c>6w</c>, <c>18m</c> or <c>2y</c>.</summary>
/// <param name="Count">How many units; at least 1.</param>
/// <param name="Unit"><c>w</c> weeks, <c>m</c> months or <c>y</c> years.</param>
public readonly record struct RetentionAge(int Count, char Unit)
{
    /// <summary>What every age looks like, as a regular expression.</summary>
    public const string Pattern = "^[1-9][0-9]{0,3}[wmy]$";

    /// <summary>The name of <see cref="Pattern"/> in messages.</summary>
    public const string Expected = "an age such as 6w, 18m or 2y";

    /// <summary>Reads an age; other units and zero are refused.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RetentionAge? age)
    {
        age = null;
        if (
            text is not { Length: >= 2 and <= 5 }
            || text[0] == '0'
            || text[^1] is not ('w' or 'm' or 'y')
            || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        )
        {
            return false;
        }

        age = new(count, text[^1]);
        return true;
    }

    /// <summary>
    /// The last day that is too old: what was made on it or before may go. <see cref="DateOnly.MinValue"/> at the earliest.
    /// </summary>
    public DateOnly Before(DateOnly today)
    {
        var (days, months) = Unit switch
        {
            'w' => (Count * 7, 0),
            'm' => (0, Count),
            _ => (0, Count * 12),
        };
        return days > today.DayNumber || months > ((today.Year - 1) * 12) + today.Month - 1
            ? DateOnly.MinValue
            : today.AddDays(-days).AddMonths(-months);
    }

    /// <summary>As it is written.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count}{Unit}");
}
