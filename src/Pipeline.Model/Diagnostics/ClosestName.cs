namespace Pipeline.Model.Diagnostics;

/// <summary>"did you mean": the known names nearest to a mistyped one.</summary>
public static class ClosestName
{
    /// <summary>
    /// Up to <paramref name="most"/> of <paramref name="known"/> within an edit distance of a third of the name's length (at least 2),
    /// nearest first, then by ordinal order.
    /// </summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> known, int most = 3)
    {
        var allowed = Math.Max(2, name.Length / 3);
        return
        [
            .. known
                .Distinct(StringComparer.Ordinal)
                .Where(k => Math.Abs(k.Length - name.Length) <= allowed)
                .Select(k => (Name: k, Distance: Distance(name, k)))
                .Where(c => c.Distance <= allowed)
                .OrderBy(c => c.Distance)
                .ThenBy(c => c.Name, StringComparer.Ordinal)
                .Take(most)
                .Select(c => c.Name),
        ];
    }

    /// <summary>A hint such as <c>did you mean 'packages'?</c>, or <paramref name="otherwise"/> when nothing is near.</summary>
    public static string? Hint(string name, IEnumerable<string> known, string? otherwise = null)
    {
        var near = Of(name, known);
        return near.Count == 0 ? otherwise : $"did you mean {string.Join(" or ", near.Select(n => $"'{n}'"))}?";
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(row[j], row[j - 1]));
                diagonal = row[j];
                row[j] = cost;
            }
        }

        return row[b.Length];
    }
}
