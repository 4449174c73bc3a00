using System.Text;

namespace Pipeline.Host.Signing;

/// <summary>Public keys of OpenPGP as files hold them.</summary>
public static class PublicKeys
{
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string End = "-----END PGP PUBLIC KEY BLOCK-----";

    /// <summary>Whether a text holds armoured keys.</summary>
    public static bool IsArmoured(string text) => text.Contains(Begin, StringComparison.Ordinal);

    /// <summary>The keys of a file as binary packets, whether it is armoured or not; <c>null</c> when there are none.</summary>
    public static byte[]? Read(byte[] bytes)
    {
        var plain = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Begin)) >= 0 ? Dearmour(Encoding.UTF8.GetString(bytes)) : bytes;
        return plain is { Length: > 0 } && (plain[0] & 0x80) != 0 ? plain : null;
    }

    /// <summary>All armoured keys of a text as binary packets; <c>null</c> when the armour cannot be read.</summary>
    public static byte[]? Dearmour(string text)
    {
        var keys = new MemoryStream();
        for (
            var start = text.IndexOf(Begin, StringComparison.Ordinal);
            start >= 0;
            start = text.IndexOf(Begin, start + 1, StringComparison.Ordinal)
        )
        {
            var end = text.IndexOf(End, start, StringComparison.Ordinal);
            if (end < 0)
            {
                return null;
            }

            // Header lines have a colon, the checksum line begins with '='; a field's empty lines are written as '.'.
            var body = text[(start + Begin.Length)..end]
                .Split('\n')
                .Select(l => l.Trim())
                .Where(l => l.Length > 0 && l != "." && !l.Contains(':', StringComparison.Ordinal) && l[0] != '=');
            try
            {
                keys.Write(Convert.FromBase64String(string.Concat(body)));
            }
            catch (FormatException)
            {
                return null;
            }
        }

        return keys.Length == 0 ? null : keys.ToArray();
    }
}
