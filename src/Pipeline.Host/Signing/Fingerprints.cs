using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Signing;

/// <summary>Fingerprints of OpenPGP keys, and what gpg's status lines say about signatures.</summary>
internal static class Fingerprints
{
    private const string Prefix = "[GNUPG:] ";

    /// <summary>Hash algorithms that are no use in signatures: MD5, SHA-1, RIPEMD-160 (RFC 9580, section 9.5).</summary>
    private static readonly string[] Weak = ["1", "2", "3"];

    /// <summary>A whole fingerprint in upper case.</summary>
    /// <exception cref="PipelineException">PL0382 it is not one (class 2).</exception>
    public static string Require(string text)
    {
        var compact = text.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        return compact.Length is 40 or 64 && compact.All(char.IsAsciiHexDigitUpper)
            ? compact
            : throw new PipelineException(SigningDiagnostics.NoFingerprint(text));
    }

    /// <summary>The fields of every status line of one keyword.</summary>
    public static IEnumerable<string[]> Lines(string status, string keyword) =>
        status
            .Split('\n')
            .Where(l => l.StartsWith($"{Prefix}{keyword} ", StringComparison.Ordinal))
            .Select(l => l[Prefix.Length..].TrimEnd('\r').Split(' '));

    /// <summary>Whether a hash algorithm, by its number, is strong enough.</summary>
    public static bool IsStrong(string algorithm) => !Weak.Contains(algorithm);
}
