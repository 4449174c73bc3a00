using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Model.Values;

/// <summary>A SHA-256 digest; the only hash the toolchain trusts.</summary>
public readonly record struct Digest : IComparable<Digest>
{
    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hex => _hex ?? new string('0', 64);

    /// <summary>The digest of <paramref name="bytes"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <summary>The digest of <paramref name="text"/> as UTF-8.</summary>
    public static Digest Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>The digest whose 32 bytes are <paramref name="hash"/>.</summary>
    public static Digest FromHash(ReadOnlySpan<byte> hash) =>
        hash.Length == 32 ? new(Convert.ToHexStringLower(hash)) : throw new ArgumentException("a SHA-256 hash has 32 bytes", nameof(hash));

    /// <summary>Reads 64 hexadecimal digits of either case, with or without a <c>sha256:</c> prefix.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        var hex = text?.StartsWith("sha256:", StringComparison.Ordinal) == true ? text[7..] : text;
        var good = hex is { Length: 64 } && hex.All(char.IsAsciiHexDigit);
        digest = good ? new(hex!.ToLowerInvariant()) : default;
        return good;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is not a SHA-256 digest.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"'{text}' is not a SHA-256 digest");

    /// <inheritdoc/>
    public int CompareTo(Digest other) => string.CompareOrdinal(Hex, other.Hex);

    /// <summary><c>sha256:</c> and the hexadecimal digits.</summary>
    public override string ToString() => $"sha256:{Hex}";
}
