using System.Text;

namespace Pipeline.Provisioning.Validation;

/// <summary>Reads and writes <c>data:</c> URLs (RFC 2397), as strictly as the library Ignition uses.</summary>
internal static class DataUrl
{
    private const string Specials = "()<>@,;:\\\"/[]?=";
    private const string ForbiddenInData = " <>#\"{}|\\^[]`";
    private static readonly bool[] Unescaped =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(b => char.IsAsciiLetterOrDigit((char)b) || "-_.!~*'()".Contains((char)b, StringComparison.Ordinal)),
    ];
    private static readonly string[] Types = ["text", "image", "audio", "video", "application", "message", "multipart"];

    /// <summary>The bytes, or why there are none.</summary>
    public static byte[]? Decode(string url, out string? error)
    {
        var position = "data:".Length;
        if (!url.StartsWith("data:", StringComparison.Ordinal))
        {
            error = "it must start with 'data:'";
            return null;
        }

        error = SkipMediaType(url, ref position);
        var base64 = false;
        while (error is null && position < url.Length && url[position] == ';')
        {
            error = SkipParameter(url, ref position, ref base64);
        }

        if (error is null && (position >= url.Length || url[position] != ','))
        {
            error = "the comma before the data is missing";
        }

        return error is not null ? null
            : base64 ? DecodeBase64(url[(position + 1)..], out error)
            : Unescape(url[(position + 1)..], out error);
    }

    /// <summary>The bytes with everything but letters, digits and <c>-_.!~*'()</c> escaped.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var b in bytes)
        {
            _ = Unescaped[b] ? text.Append((char)b) : text.Append('%').Append(Hex(b >> 4)).Append(Hex(b & 15));
        }

        return text.ToString();
    }

    /// <summary>How long <see cref="Escape"/> would make the bytes.</summary>
    public static int EscapedLength(ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        foreach (var b in bytes)
        {
            length += Unescaped[b] ? 1 : 3;
        }

        return length;
    }

    private static char Hex(int digit) => "0123456789ABCDEF"[digit];

    private static string? SkipMediaType(string url, ref int position)
    {
        var start = position;
        while (position < url.Length && IsToken(url[position]))
        {
            position++;
        }

        if (position == start)
        {
            return null;
        }

        var type = url[start..position];
        if (position >= url.Length || url[position] != '/')
        {
            return "the media type has no subtype";
        }

        if (!type.StartsWith("x-", StringComparison.OrdinalIgnoreCase) && !Types.Any(t => type.StartsWith(t, StringComparison.Ordinal)))
        {
            return $"unknown media type '{type}'";
        }

        position++;
        while (position < url.Length && IsToken(url[position]))
        {
            position++;
        }

        return null;
    }

    private static string? SkipParameter(string url, ref int position, ref bool base64)
    {
        var start = ++position;
        while (position < url.Length && IsToken(url[position]))
        {
            position++;
        }

        var name = url[start..position];
        if (name.Length == 0)
        {
            return "a parameter has no name";
        }

        if (position < url.Length && url[position] == ',')
        {
            base64 = name == "base64";
            return base64 ? null : $"parameter '{name}' has no value";
        }

        if (position >= url.Length || url[position] != '=')
        {
            return $"parameter '{name}' has no value";
        }

        position++;
        return position < url.Length && url[position] == '"' ? SkipQuoted(url, ref position) : SkipValue(url, ref position);
    }

    private static string? SkipValue(string url, ref int position)
    {
        var start = position;
        while (position < url.Length && IsToken(url[position]))
        {
            position++;
        }

        if (position == start)
        {
            return "a parameter has no value";
        }

        Unescape(url[start..position], out var error);
        return error;
    }

    private static string? SkipQuoted(string url, ref int position)
    {
        for (position++; position < url.Length && url[position] != '"'; position++)
        {
            if (url[position] == '\\')
            {
                position++;
            }

            if (position < url.Length && (url[position] > '\x7f' || url[position] == '\n'))
            {
                return "invalid character in a quoted parameter";
            }
        }

        return position++ < url.Length ? null : "a quoted parameter does not end";
    }

    private static byte[]? DecodeBase64(string data, out string? error)
    {
        var bytes = new byte[data.Length];
        var good = !data.AsSpan().ContainsAny(" \t\r\n") && Convert.TryFromBase64String(data, bytes, out _);
        error = good ? null : "the data is not valid base64";
        if (!good)
        {
            return null;
        }

        Convert.TryFromBase64String(data, bytes, out var length);
        return bytes[..length];
    }

    private static byte[]? Unescape(string data, out string? error)
    {
        var bytes = new byte[data.Length];
        var length = 0;
        for (var i = 0; i < data.Length; i++)
        {
            var c = data[i];
            if (c is <= '\x1f' or >= '\x7f' || ForbiddenInData.Contains(c, StringComparison.Ordinal))
            {
                error = $"character U+{(int)c:X4} must be escaped";
                return null;
            }

            if (c != '%')
            {
                bytes[length++] = (byte)c;
            }
            else if (i + 2 < data.Length && char.IsAsciiHexDigit(data[i + 1]) && char.IsAsciiHexDigit(data[i + 2]))
            {
                bytes[length++] = Convert.ToByte(data.Substring(i + 1, 2), 16);
                i += 2;
            }
            else
            {
                error = "'%' must be followed by two hexadecimal digits";
                return null;
            }
        }

        error = null;
        return bytes[..length];
    }

    private static bool IsToken(char c) => c is > ' ' and < '\x7f' && !Specials.Contains(c, StringComparison.Ordinal);
}
