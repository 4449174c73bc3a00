using System.Globalization;
using System.Text;

namespace Pipeline.Host.Output;

/// <summary>Text as wide as a terminal draws it.</summary>
internal static class Columns
{
    // East Asian Width W and F of Unicode 16 (https://www.unicode.org/Public/16.0.0/ucd/EastAsianWidth.txt), joined to blocks.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115f),
        (0x2e80, 0x303e),
        (0x3041, 0xa4cf),
        (0xa960, 0xa97c),
        (0xac00, 0xd7a3),
        (0xf900, 0xfaff),
        (0xfe10, 0xfe19),
        (0xfe30, 0xfe6f),
        (0xff00, 0xff60),
        (0xffe0, 0xffe6),
        (0x16fe0, 0x18cff),
        (0x1aff0, 0x1b2fb),
        (0x1f300, 0x1faff),
        (0x20000, 0x3fffd),
    ];

    /// <summary>The longest beginning of <paramref name="text"/> that fits in <paramref name="columns"/>.</summary>
    public static string Cut(string text, int columns)
    {
        var used = 0;
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            used += Of(rune);
            if (used > columns)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return end >= text.Length ? text : text[..end];
    }

    private static int Of(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0
        : Wide.Any(w => rune.Value >= w.First && rune.Value <= w.Last) ? 2
        : 1;
}
