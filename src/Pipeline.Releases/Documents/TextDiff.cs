using System.Globalization;
using System.Text;

namespace Pipeline.Releases.Documents;

/// <summary>Unified diffs for people to review; three lines of context.</summary>
internal static class TextDiff
{
    private const int Context = 3;

    /// <summary>The diff of two texts of the same file; empty when they are equal.</summary>
    public static string Unified(string name, string before, string after)
    {
        if (before == after)
        {
            return "";
        }

        var lines = Script(Lines(before), Lines(after));
        var text = new StringBuilder($"--- a/{name.TrimStart('/')}\n+++ b/{name.TrimStart('/')}\n");
        for (var at = 0; at < lines.Count; )
        {
            var first = lines.FindIndex(at, l => l.Mark != ' ');
            if (first < 0)
            {
                break;
            }

            var start = Math.Max(at, first - Context);
            var end = HunkEnd(lines, first);
            AppendHunk(text, lines, start, end);
            at = end;
        }

        return text.ToString();
    }

    private static int HunkEnd(List<(char Mark, string Text)> lines, int first)
    {
        var last = first;
        for (var i = first; i < lines.Count && i - last <= 2 * Context; i++)
        {
            last = lines[i].Mark == ' ' ? last : i;
        }

        return Math.Min(lines.Count, last + 1 + Context);
    }

    private static void AppendHunk(StringBuilder text, List<(char Mark, string Text)> lines, int start, int end)
    {
        var oldBefore = lines.Take(start).Count(l => l.Mark != '+');
        var newBefore = lines.Take(start).Count(l => l.Mark != '-');
        var oldCount = lines[start..end].Count(l => l.Mark != '+');
        var newCount = lines[start..end].Count(l => l.Mark != '-');
        text.Append(
            CultureInfo.InvariantCulture,
            $"@@ -{(oldCount == 0 ? oldBefore : oldBefore + 1)},{oldCount} +{(newCount == 0 ? newBefore : newBefore + 1)},{newCount} @@\n"
        );
        foreach (var (mark, line) in lines[start..end])
        {
            text.Append(mark).Append(line).Append(line.EndsWith('\n') ? "" : "\n\\ No newline at end of file\n");
        }
    }

    private static string[] Lines(string text)
    {
        var lines = text.Split('\n');
        return [.. lines.Select((l, i) => i < lines.Length - 1 ? l + "\n" : l).Where(l => l.Length > 0)];
    }

    /// <summary>Kept, removed and added lines by the longest common subsequence of what common ends leave over.</summary>
    private static List<(char Mark, string Text)> Script(string[] before, string[] after)
    {
        var head = before.Zip(after).TakeWhile(p => p.First == p.Second).Count();
        var tail = before[head..].Reverse().Zip(after[head..].Reverse()).TakeWhile(p => p.First == p.Second).Count();
        var a = before[head..^tail];
        var b = after[head..^tail];
        List<(char, string)> script = [.. before[..head].Select(l => (' ', l))];

        // A table of this size stays below 64 MB; larger changes are shown as one replacement.
        if ((long)a.Length * b.Length > 16_000_000)
        {
            script.AddRange([.. a.Select(l => ('-', l)), .. b.Select(l => ('+', l))]);
        }
        else
        {
            AddCommon(script, a, b);
        }

        script.AddRange(before[^tail..].Select(l => (' ', l)));
        return script;
    }

    private static void AddCommon(List<(char Mark, string Text)> script, string[] a, string[] b)
    {
        var width = b.Length + 1;
        var lengths = new int[(a.Length + 1) * width];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
            {
                lengths[(i * width) + j] =
                    a[i] == b[j]
                        ? lengths[((i + 1) * width) + j + 1] + 1
                        : Math.Max(lengths[((i + 1) * width) + j], lengths[(i * width) + j + 1]);
            }
        }

        int x = 0,
            y = 0;
        while (x < a.Length || y < b.Length)
        {
            if (x < a.Length && y < b.Length && a[x] == b[y])
            {
                script.Add((' ', a[x++]));
                y++;
            }
            else if (y >= b.Length || (x < a.Length && lengths[((x + 1) * width) + y] >= lengths[(x * width) + y + 1]))
            {
                script.Add(('-', a[x++]));
            }
            else
            {
                script.Add(('+', b[y++]));
            }
        }
    }
}
