namespace Pipeline.Provisioning.Validation;

/// <summary>A URL split the way Ignition splits it: RFC 3986 with the leniencies of Go's <c>net/url</c>.</summary>
/// <param name="Scheme">Lower case; empty when there is none.</param>
/// <param name="Host">With its port, as written; empty when there is none.</param>
/// <param name="Opaque">What follows the scheme when it does not start with a slash; else <c>null</c>.</param>
/// <param name="Path">As written.</param>
/// <param name="Query">As written, without the question mark.</param>
internal sealed record GoUrl(string Scheme, string Host, string? Opaque, string Path, string Query)
{
    private const string UserinfoMarks = "-._:~!$&'()*+,;=%@";
    private const string HostMarks = "-_.~!$&'()*+,;=:[]<>\"";

    /// <summary>Splits <paramref name="text"/>; <c>null</c> when it is not a URL.</summary>
    public static GoUrl? Parse(string text)
    {
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        var fragment = hash < 0 ? "" : text[(hash + 1)..];
        var rest = hash < 0 ? text : text[..hash];
        if (rest.Any(c => c is < ' ' or '\x7f') || !EscapesAreValid(fragment) || SplitScheme(rest) is not { } split)
        {
            return null;
        }

        (var scheme, rest) = split;
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var query = mark < 0 ? "" : rest[(mark + 1)..];
        rest = mark < 0 ? rest : rest[..mark];
        if (!rest.StartsWith('/'))
        {
            return scheme.Length > 0 ? new(scheme, "", rest, "", query)
                : rest.Split('/')[0].Contains(':', StringComparison.Ordinal) || !EscapesAreValid(rest) ? null
                : new("", "", null, rest, query);
        }

        var host = "";
        if (rest.StartsWith("//", StringComparison.Ordinal) && (scheme.Length > 0 || !rest.StartsWith("///", StringComparison.Ordinal)))
        {
            var slash = rest.IndexOf('/', 2);
            var authority = slash < 0 ? rest[2..] : rest[2..slash];
            rest = slash < 0 ? "" : rest[slash..];
            var at = authority.LastIndexOf('@');
            host = authority[(at + 1)..];
            if (!HostIsValid(host) || (at >= 0 && !UserinfoIsValid(authority[..at])))
            {
                return null;
            }
        }

        return EscapesAreValid(rest) ? new(scheme, host, null, rest, query) : null;
    }

    /// <summary>
    /// The values of a query key, in order; a key without <c>=</c> has the empty value. Malformed pairs are left out, as Go does.
    /// </summary>
    public IEnumerable<string> QueryValues(string key)
    {
        foreach (var pair in Query.Split('&').Where(p => p.Length > 0 && !p.Contains(';', StringComparison.Ordinal)))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            var value = equals < 0 ? "" : pair[(equals + 1)..];
            if (EscapesAreValid(name) && EscapesAreValid(value) && Uri.UnescapeDataString(name.Replace('+', ' ')) == key)
            {
                yield return value;
            }
        }
    }

    private static (string Scheme, string After)? SplitScheme(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsAsciiLetter(c) || (i > 0 && (char.IsAsciiDigit(c) || c is '+' or '-' or '.')))
            {
                continue;
            }

            if (c == ':')
            {
                return i == 0 ? null : (text[..i].ToLowerInvariant(), text[(i + 1)..]);
            }

            break;
        }

        return ("", text);
    }

    private static bool UserinfoIsValid(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || UserinfoMarks.Contains(c, StringComparison.Ordinal)) && EscapesAreValid(text);

    private static bool HostIsValid(string host)
    {
        var port = host.LastIndexOf(':');
        if (host.StartsWith('['))
        {
            var end = host.LastIndexOf(']');
            if (end < 0 || !PortIsValid(host[(end + 1)..]))
            {
                return false;
            }

            // Behind %25 an IPv6 address names its zone, in which nearly everything may be escaped.
            var zone = host[..end].IndexOf("%25", StringComparison.Ordinal);
            return zone < 0 ? HostCharactersAreValid(host) : HostCharactersAreValid(host[..zone]) && EscapesAreValid(host[zone..end]);
        }

        return (port < 0 || PortIsValid(host[port..])) && HostCharactersAreValid(host);
    }

    private static bool PortIsValid(string text) => text.Length == 0 || (text[0] == ':' && text[1..].All(char.IsAsciiDigit));

    private static bool HostCharactersAreValid(string host)
    {
        for (var i = 0; i < host.Length; i++)
        {
            var c = host[i];
            if (c == '%')
            {
                // Only bytes outside ASCII may be escaped in a host.
                if (
                    i + 2 >= host.Length
                    || !char.IsAsciiHexDigit(host[i + 1])
                    || !char.IsAsciiHexDigit(host[i + 2])
                    || (host[i + 1] < '8' && host[i..(i + 3)] != "%25")
                )
                {
                    return false;
                }

                i += 2;
            }
            else if (c < 0x80 && !char.IsAsciiLetterOrDigit(c) && !HostMarks.Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    private static bool EscapesAreValid(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                return false;
            }
        }

        return true;
    }
}
