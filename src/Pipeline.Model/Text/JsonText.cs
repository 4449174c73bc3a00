using System.Text;
using System.Text.Json;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Model.Text;

/// <summary>
/// Reads JSON (RFC 8259) into nodes that keep member order, raw number and string text, and spans. Duplicate members,
/// comments, trailing commas and invalid UTF-8 are errors. Memory and depth are bounded by <see cref="TextLimits"/>.
/// </summary>
public static class JsonText
{
    /// <summary>Parses one document.</summary>
    /// <param name="file">Name for spans.</param>
    /// <param name="utf8">The bytes of the whole document; a byte-order mark is skipped.</param>
    /// <param name="problems">Receives PL0020–PL0023.</param>
    /// <param name="limits">Bounds; <see cref="TextLimits.Default"/> when <c>null</c>.</param>
    /// <returns>The root, or <c>null</c> after an error that ended the reading.</returns>
    public static JsonTextNode? Parse(string file, ReadOnlyMemory<byte> utf8, DiagnosticBag problems, TextLimits? limits = null)
    {
        limits ??= TextLimits.Default;
        if (utf8.Span.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        if (utf8.Length > limits.MaxLength)
        {
            problems.Error("PL0020", $"the document is larger than {ByteSize.FromBytes(limits.MaxLength)}", new SourceSpan(file, 1, 1));
            return null;
        }

        var lines = new LineIndex(file, utf8);
        var reader = new Utf8JsonReader(utf8.Span, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        try
        {
            var nodes = 0;
            reader.Read();
            var root = Read(ref reader, lines, problems, limits, ref nodes);
            reader.Read();
            return root;
        }
        catch (TooManyValuesException)
        {
            problems.Error("PL0021", $"more than {limits.MaxNodes} values", lines.SpanOf(reader.TokenStartIndex, reader.BytesConsumed));
            return null;
        }
        catch (JsonException e)
        {
            // The reader speaks to programmers; what it found is named here in the words of JSON.
            var line = (int)(e.LineNumber ?? 0) + 1;
            var fault = JsonFault.Find(utf8.Span, limits.MaxDepth);
            problems.Error(
                "PL0021",
                fault is { } found ? $"not valid JSON: {found.Message}" : "not valid JSON",
                fault is { } known ? lines.SpanOf(known.Offset, known.Offset) : lines.At(line, (int)(e.BytePositionInLine ?? 0)),
                fault?.Hint ?? "check for a missing comma, quote or bracket at this place"
            );
            return null;
        }
        catch (InvalidOperationException)
        {
            problems.Error(
                "PL0022",
                "a string holds bytes that are not valid UTF-8 or an unpaired surrogate",
                lines.SpanOf(reader.TokenStartIndex, reader.BytesConsumed)
            );
            return null;
        }
    }

    /// <summary>As <see cref="Parse(string, ReadOnlyMemory{byte}, DiagnosticBag, TextLimits?)"/> for text in memory.</summary>
    public static JsonTextNode? Parse(string file, string text, DiagnosticBag problems, TextLimits? limits = null) =>
        Parse(file, Encoding.UTF8.GetBytes(text), problems, limits);

    private static JsonTextNode Read(ref Utf8JsonReader reader, LineIndex lines, DiagnosticBag problems, TextLimits limits, ref int nodes)
    {
        if (++nodes > limits.MaxNodes)
        {
            throw new TooManyValuesException();
        }

        var start = reader.TokenStartIndex;
        var place = lines.PlaceOf(start);
        JsonTextNode node = reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(ref reader, lines, problems, limits, ref nodes),
            JsonTokenType.StartArray => ReadArray(ref reader, lines, problems, limits, ref nodes),
            JsonTokenType.String => new JsonTextString(reader.GetString()!, lines.Text(start, reader.BytesConsumed)),
            JsonTokenType.Number => new JsonTextNumber(lines.Text(start, reader.BytesConsumed)),
            JsonTokenType.True => new JsonTextBool(true),
            JsonTokenType.False => new JsonTextBool(false),
            _ => new JsonTextNull(),
        };
        return node with { Span = lines.SpanFrom(place, reader.BytesConsumed) };
    }

    private static JsonTextObject ReadObject(
        ref Utf8JsonReader reader,
        LineIndex lines,
        DiagnosticBag problems,
        TextLimits limits,
        ref int nodes
    )
    {
        var members = new List<JsonTextMember>();
        var seen = new Dictionary<string, SourceSpan>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var span = lines.SpanOf(reader.TokenStartIndex, reader.BytesConsumed - 1);
            reader.Read();
            var value = Read(ref reader, lines, problems, limits, ref nodes);
            if (!seen.TryAdd(name, span))
            {
                problems.Error("PL0023", $"duplicate member '{name}'", span, $"first given at line {seen[name].Line}; keep one of them");
                continue;
            }

            members.Add(new(name, value, span));
        }

        return new(members.ToValueList());
    }

    private static JsonTextArray ReadArray(
        ref Utf8JsonReader reader,
        LineIndex lines,
        DiagnosticBag problems,
        TextLimits limits,
        ref int nodes
    )
    {
        var items = new List<JsonTextNode>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Read(ref reader, lines, problems, limits, ref nodes));
        }

        return new(items.ToValueList());
    }

    private sealed class TooManyValuesException : Exception;

    /// <summary>Turns byte offsets into lines and columns.</summary>
    private sealed class LineIndex
    {
        private const int BlockSize = 1024;
        private readonly string _file;
        private readonly ReadOnlyMemory<byte> _utf8;
        private readonly List<int> _starts = [0];
        private int[]? _blocks;

        public LineIndex(string file, ReadOnlyMemory<byte> utf8)
        {
            _file = file;
            _utf8 = utf8;
            var span = utf8.Span;
            for (var i = 0; i < span.Length; i++)
            {
                if (span[i] == (byte)'\n')
                {
                    _starts.Add(i + 1);
                }
            }
        }

        public int LineOf(long offset)
        {
            var found = _starts.BinarySearch((int)offset);
            return found >= 0 ? found + 1 : ~found;
        }

        public string Text(long start, long end) => Encoding.UTF8.GetString(_utf8.Span[(int)start..(int)end]);

        public SourceSpan At(int line, int byteInLine)
        {
            var start = _starts[Math.Clamp(line, 1, _starts.Count) - 1];
            return new(_file, line, Column(start, Math.Min(start + byteInLine, _utf8.Length)));
        }

        public SourceSpan SpanOf(long start, long end) => SpanFrom(PlaceOf(start), end);

        public (int Line, int Column) PlaceOf(long offset)
        {
            var line = LineOf(offset);
            return (line, Column(_starts[line - 1], (int)offset));
        }

        public SourceSpan SpanFrom((int Line, int Column) start, long end)
        {
            var (endLine, endColumn) = PlaceOf(end);
            return new(_file, start.Line, start.Column, endLine, endColumn);
        }

        private int Column(int from, int to) => CharactersBefore(to) - CharactersBefore(from) + 1;

        /// <summary>
        /// UTF-16 code units before a byte, from counts kept per block: a document of one long line would otherwise cost its square.
        /// </summary>
        private int CharactersBefore(int offset)
        {
            _blocks ??= CountBlocks();
            return _blocks[offset / BlockSize] + CountCharacters(_utf8.Span[(offset / BlockSize * BlockSize)..offset]);
        }

        private int[] CountBlocks()
        {
            var blocks = new int[(_utf8.Length / BlockSize) + 1];
            for (var i = 1; i < blocks.Length; i++)
            {
                blocks[i] = blocks[i - 1] + CountCharacters(_utf8.Span.Slice((i - 1) * BlockSize, BlockSize));
            }

            return blocks;
        }

        /// <summary>Every byte but continuations starts a code unit, and the first of four bytes starts two.</summary>
        private static int CountCharacters(ReadOnlySpan<byte> utf8)
        {
            var count = 0;
            foreach (var b in utf8)
            {
                count +=
                    (b & 0xC0) == 0x80 ? 0
                    : b >= 0xF0 ? 2
                    : 1;
            }

            return count;
        }
    }
}
