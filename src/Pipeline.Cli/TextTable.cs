namespace Pipeline.Cli;

/// <summary>A table for people.</summary>
internal static class TextTable
{
    /// <summary>The rows in aligned columns, two blanks apart, without blanks at the ends of lines.</summary>
    /// <param name="rows">Each with as many cells as the first, which holds the names of the columns.</param>
    public static string Of(string[][] rows)
    {
        var widths = rows[0].Select((_, column) => rows.Max(r => r[column].Length)).ToArray();
        return string.Concat(rows.Select(r => string.Join("  ", r.Select((c, i) => c.PadRight(widths[i]))).TrimEnd() + "\n"));
    }
}
