using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Pipeline.Host.Output;

namespace Pipeline.Host.Net;

/// <summary>
/// User names and passwords of addresses, kept apart from them: an address without credentials may be shown, recorded and hashed.
/// </summary>
public sealed class UrlCredentials
{
    private readonly ConcurrentDictionary<string, string> _users = new(StringComparer.Ordinal);

    /// <summary>Remembers the credentials of an address and returns the address without them.</summary>
    public string Take(string url)
    {
        if (UserOf(url) is not { } user)
        {
            return url;
        }

        KnownSecrets.Learn(user);
        var shown = WithoutUser(url);
        _users[shown.TrimEnd('/')] = user;
        return shown;
    }

    /// <summary>The header for an address at or below one that was taken; <c>null</c> for none.</summary>
    public AuthenticationHeaderValue? For(string url)
    {
        string? best = null;
        foreach (var known in _users.Keys)
        {
            if (IsBelow(url, known) && (best is null || known.Length > best.Length))
            {
                best = known;
            }
        }

        return best is null ? null : Basic(_users[best]);
    }

    /// <summary>The header of RFC 7617 for the user part of an address, percent-encoded as it stands there.</summary>
    public static AuthenticationHeaderValue Basic(string user)
    {
        KnownSecrets.Learn(user);
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        var (name, password) = colon < 0 ? (user, "") : (user[..colon], user[(colon + 1)..]);
        var plain = $"{Uri.UnescapeDataString(name)}:{Uri.UnescapeDataString(password)}";
        return new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(plain)));
    }

    /// <summary>An address as it is shown: whatever stands between <c>//</c> and the host's <c>@</c> is left out.</summary>
    public static string WithoutUser(string url) => Find(url) is var (begin, at) ? url.Remove(begin, at + 1 - begin) : url;

    /// <summary>
    /// What a user typed for an address, for a message that says that it is none: whatever may be a password is hidden, also where the
    /// address is malformed.
    /// </summary>
    public static string Shown(string typed)
    {
        var begin = typed.IndexOf("//", StringComparison.Ordinal) + 2;
        var at = typed.LastIndexOf('@');
        return at < 0 ? typed
            : begin >= 2 && begin <= at ? $"{typed[..begin]}{KnownSecrets.Hidden}{typed[at..]}"
            : $"{KnownSecrets.Hidden}{typed[at..]}";
    }

    /// <summary>The user part of an address, or <c>null</c>.</summary>
    public static string? UserOf(string url) => Find(url) is var (begin, at) ? url[begin..at] : null;

    private static (int Begin, int At)? Find(string url)
    {
        var begin = url.IndexOf("://", StringComparison.Ordinal) + 3;
        if (begin < 3)
        {
            return null;
        }

        var end = url.AsSpan(begin).IndexOfAny('/', '?', '#');
        var at = url.AsSpan(begin, end < 0 ? url.Length - begin : end).LastIndexOf('@');
        return at < 0 ? null : (begin, begin + at);
    }

    private static bool IsBelow(string url, string known) =>
        url.StartsWith(known, StringComparison.Ordinal) && (url.Length == known.Length || url[known.Length] is '/' or '?');
}
