using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipeline.Tests.Cli;

/// <summary>Damaged forms of a good file, the same in every run.</summary>
internal static partial class Garbage
{
    private const int MostNodes = 12;
    private const int MostNumbers = 4;
    private const int EachPlace = 2;

    private static readonly string[] Numbers =
    [
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999999999999999999",
        "1e400",
        "0.5",
        "-9223372036854775809",
    ];

    private static readonly string[] Values =
    [
        "null",
        "[]",
        "{}",
        "\"\"",
        "\"\\u0000\\u001b[2J\"",
        "true",
        "[[null]]",
        "-1",
        "\"\\ud800\"",
    ];

    /// <summary>Each with a name.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Of(byte[] good) =>
        Bytes(good).Concat(Lines(good)).Concat(Nodes(good)).Concat(NumbersOf(good));

    private static IEnumerable<(string Name, byte[] Bytes)> Bytes(byte[] good)
    {
        yield return ("empty", []);
        yield return ("a NUL", [0]);
        yield return ("NULs", new byte[4096]);
        yield return ("NULs within", [.. good[..(good.Length / 2)], 0, 0, .. good[(good.Length / 2)..]]);
        yield return ("not UTF-8", [.. good[..(good.Length / 2)], 0xff, 0xc0, 0x80, .. good[(good.Length / 2)..]]);
        yield return ("binary", [.. Enumerable.Range(0, 5000).Select(i => (byte)(((i * 167) + (i >> 3)) & 0xff))]);
        yield return ("UTF-16", [0xff, 0xfe, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(good))]);
        yield return ("twice", [.. good, .. good]);
        yield return ("a qcow2", [(byte)'Q', (byte)'F', (byte)'I', 0xfb, .. new byte[600]]);
        foreach (var part in new[] { 1, 3, 5, 7, 9 })
        {
            yield return ($"the first {part} tenths", good[..(good.Length * part / 10)]);
        }

        foreach (var (name, open) in new[] { ("lists", "["), ("objects", "{\"a\":"), ("yaml lists", "- "), ("quotes", "\"") })
        {
            yield return ($"deep {name}", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, 50_000))));
        }

        yield return ("a long line", Encoding.UTF8.GetBytes("a: " + new string('x', 500_000)));
        foreach (var text in new[] { "null", "[]", "{}", "\"x\"", "1", "~", "---", "a: &a [*a]", "- ", ": ", "!!binary x", "\ufeff" })
        {
            yield return ($"just '{text}'", Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>Lines lost, repeated and with another value.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> Lines(byte[] good)
    {
        var lines = Encoding.UTF8.GetString(good).Split('\n');
        var step = Math.Max(1, lines.Length / 5);
        for (var i = 0; i < lines.Length; i += step)
        {
            var colon = lines[i].IndexOf(':', StringComparison.Ordinal);
            yield return ($"without line {i + 1}", Joined(lines, i, []));
            yield return ($"line {i + 1} twice", Joined(lines, i, [lines[i], lines[i]]));
            foreach (var value in colon < 0 ? [] : Some(Values, i))
            {
                yield return ($"line {i + 1} with {value}", Joined(lines, i, [$"{lines[i][..colon]}: {value}"]));
            }
        }
    }

    /// <summary>Others at each place, so that each is used at many.</summary>
    private static IEnumerable<string> Some(string[] all, int place) =>
        Enumerable.Range(0, EachPlace).Select(n => all[((place * EachPlace) + n) % all.Length]);

    private static byte[] Joined(string[] lines, int at, string[] instead) =>
        Encoding.UTF8.GetBytes(string.Join('\n', [.. lines[..at], .. instead, .. lines[(at + 1)..]]));

    /// <summary>Every kind of place in a JSON document with values of other types.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> Nodes(byte[] good)
    {
        var paths = Paths(good);
        var step = Math.Max(1, paths.Count / MostNodes);
        for (var i = 0; i < paths.Count; i += step)
        {
            foreach (var value in Some(Values, i))
            {
                yield return ($"{string.Join('/', paths[i])} = {value}", With(good, paths[i], value));
            }
        }
    }

    private static IEnumerable<(string Name, byte[] Bytes)> NumbersOf(byte[] good)
    {
        var text = Encoding.UTF8.GetString(good);
        var found = NumberText().Matches(text);
        var step = Math.Max(1, found.Count / MostNumbers);
        for (var i = 0; i < found.Count; i += step)
        {
            foreach (var number in Some(Numbers, i))
            {
                yield return (
                    $"number {i} = {number}",
                    Encoding.UTF8.GetBytes(text.Remove(found[i].Index, found[i].Length).Insert(found[i].Index, number))
                );
            }
        }
    }

    private static List<object[]> Paths(byte[] good)
    {
        var paths = new List<object[]>();
        try
        {
            Walk(JsonNode.Parse(good), []);
        }
        catch (System.Text.Json.JsonException)
        {
            // Not JSON: lines must do.
        }

        return paths;

        void Walk(JsonNode? node, object[] path)
        {
            paths.Add(path);
            if (node is JsonObject o)
            {
                foreach (var (name, value) in o)
                {
                    Walk(value, [.. path, name]);
                }
            }
            else if (node is JsonArray a)
            {
                for (var i = 0; i < Math.Min(a.Count, 2); i++)
                {
                    Walk(a[i], [.. path, i]);
                }
            }
        }
    }

    private static byte[] With(byte[] good, object[] path, string value)
    {
        const string mark = "\"@here@\"";
        if (path.Length == 0)
        {
            return Encoding.UTF8.GetBytes(value);
        }

        var root = JsonNode.Parse(good)!;
        var at = root;
        foreach (var part in path[..^1])
        {
            at = part is int i ? at![i] : at![(string)part];
        }

        var here = JsonNode.Parse(mark);
        if (path[^1] is int index)
        {
            at![index] = here;
        }
        else
        {
            at![(string)path[^1]] = here;
        }

        // As text: the values are not all ones that a library would write.
        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace(mark, value, StringComparison.Ordinal));
    }

    [GeneratedRegex("""(?<![\w."-])-?\d+(\.\d+)?(?![\w.])""")]
    private static partial Regex NumberText();
}
