using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.TestKit;

/// <summary>
/// An OpenPGP key (RSA 2048, version 4) that signs as gpg would, without gpg and its agent: tests can also make what gpg refuses to,
/// such as SHA-1 signatures and expired ones. RFC 9580, sections 4, 5.2, 5.5 and 7.
/// </summary>
public sealed class TestSigningKey : IDisposable
{
    private static readonly DateTimeOffset Made = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly byte[] _key;
    private readonly byte[] _fingerprint;
    private readonly TimeSpan? _validity;

    /// <summary>A fresh key.</summary>
    /// <param name="validity">How long after 2020-01-01 it is valid, or <c>null</c> for ever.</param>
    public TestSigningKey(TimeSpan? validity = null)
    {
        _validity = validity;
        var parameters = _rsa.ExportParameters(false);
        _key = [4, .. Number((uint)Made.ToUnixTimeSeconds()), 1, .. Mpi(parameters.Modulus!), .. Mpi(parameters.Exponent!)];
#pragma warning disable CA5350 // a version 4 fingerprint is SHA-1 by definition
        _fingerprint = SHA1.HashData([.. KeyPrefix(), .. _key]);
#pragma warning restore CA5350
    }

    /// <summary>One key for all tests that need no special one.</summary>
    public static TestSigningKey Shared { get; } = new();

    /// <summary>40 upper-case hexadecimal digits.</summary>
    public string Fingerprint => Convert.ToHexString(_fingerprint);

    /// <summary>The public key as a binary keyring.</summary>
    public byte[] PublicKey()
    {
        var user = "Test <test@example.com>"u8.ToArray();
        List<byte[]> hashed = [Subpacket(2, Number((uint)Made.ToUnixTimeSeconds())), Subpacket(27, [3])];
        if (_validity is { } validity)
        {
            hashed.Add(Subpacket(9, Number((uint)validity.TotalSeconds)));
        }

        byte[] certified = [.. KeyPrefix(), .. _key, 0xb4, .. Number((uint)user.Length), .. user];
        return [.. Packet(6, _key), .. Packet(13, user), .. Packet(2, Signature(0x13, HashAlgorithmName.SHA256, hashed, certified))];
    }

    /// <summary>The public key in ASCII armour.</summary>
    public string ArmouredPublicKey() => Armour("PUBLIC KEY BLOCK", PublicKey());

    /// <summary>A clear-signed document, as InRelease is.</summary>
    /// <param name="text">Lines that end in line feeds; no trailing white space.</param>
    /// <param name="weak">Sign a SHA-1 digest.</param>
    /// <param name="expires">The signature's own life, or <c>null</c> for ever.</param>
    public string ClearSign(string text, bool weak = false, TimeSpan? expires = null)
    {
        var hash = weak ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        List<byte[]> hashed = [Subpacket(2, Number((uint)Made.AddDays(1).ToUnixTimeSeconds())), Subpacket(33, [4, .. _fingerprint])];
        if (expires is { } life)
        {
            hashed.Add(Subpacket(3, Number((uint)life.TotalSeconds)));
        }

        var body = text.TrimEnd('\n');
        var signature = Signature(1, hash, hashed, Encoding.UTF8.GetBytes(body.Replace("\n", "\r\n", StringComparison.Ordinal)));
        var escaped = string.Join('\n', body.Split('\n').Select(l => l.StartsWith('-') ? $"- {l}" : l));
        return $"-----BEGIN PGP SIGNED MESSAGE-----\nHash: {hash.Name}\n\n{escaped}\n{Armour("SIGNATURE", Packet(2, signature))}";
    }

    /// <summary>A binary detached signature.</summary>
    public byte[] SignDetached(byte[] content) => SignDetached(content, weak: false, expires: null);

    /// <summary>A binary detached signature that may be no good.</summary>
    /// <param name="content">What is signed.</param>
    /// <param name="weak">Sign a SHA-1 digest.</param>
    /// <param name="expires">The signature's own life, or <c>null</c> for ever.</param>
    public byte[] SignDetached(byte[] content, bool weak, TimeSpan? expires)
    {
        List<byte[]> hashed = [Subpacket(2, Number((uint)Made.AddDays(1).ToUnixTimeSeconds())), Subpacket(33, [4, .. _fingerprint])];
        if (expires is { } life)
        {
            hashed.Add(Subpacket(3, Number((uint)life.TotalSeconds)));
        }

        return Packet(2, Signature(0, weak ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256, hashed, content));
    }

    /// <inheritdoc/>
    public void Dispose() => _rsa.Dispose();

    private byte[] Signature(byte type, HashAlgorithmName algorithm, List<byte[]> subpackets, byte[] content)
    {
        var hashed = subpackets.SelectMany(s => s).ToArray();
        byte[] head = [4, type, 1, algorithm == HashAlgorithmName.SHA1 ? (byte)2 : (byte)8, .. Short(hashed.Length), .. hashed];
        byte[] all = [.. content, .. head, 4, 0xff, .. Number((uint)head.Length)];
#pragma warning disable CA5350 // tests show that SHA-1 is refused
        var digest = algorithm == HashAlgorithmName.SHA1 ? SHA1.HashData(all) : SHA256.HashData(all);
#pragma warning restore CA5350
        byte[] unhashed = Subpacket(16, _fingerprint[^8..]);
        return
        [
            .. head,
            .. Short(unhashed.Length),
            .. unhashed,
            digest[0],
            digest[1],
            .. Mpi(_rsa.SignHash(digest, algorithm, RSASignaturePadding.Pkcs1)),
        ];
    }

    private byte[] KeyPrefix() => [0x99, .. Short(_key.Length)];

    private static byte[] Packet(int tag, byte[] body) => [(byte)(0xc0 | tag), 0xff, .. Number((uint)body.Length), .. body];

    private static byte[] Subpacket(byte type, byte[] body) => [(byte)(body.Length + 1), type, .. body];

    private static byte[] Mpi(byte[] value)
    {
        var start = Array.FindIndex(value, b => b != 0);
        var bits = ((value.Length - start) * 8) - int.LeadingZeroCount(value[start]) + 24;
        return [.. Short(bits), .. value[start..]];
    }

    private static byte[] Short(int value) => [(byte)(value >> 8), (byte)(value & 0xff)];

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static string Armour(string kind, byte[] data)
    {
        var crc = 0xb704ceu;
        foreach (var b in data)
        {
            crc ^= (uint)b << 16;
            for (var i = 0; i < 8; i++)
            {
                crc = (crc & 0x800000) != 0 ? ((crc << 1) ^ 0x1864cfb) & 0xffffff : crc << 1;
            }
        }

        var lines = Convert.ToBase64String(data).Chunk(64).Select(c => new string(c));
        return $"-----BEGIN PGP {kind}-----\n\n{string.Join('\n', lines)}\n={Convert.ToBase64String(Number(crc)[1..])}\n"
            + $"-----END PGP {kind}-----\n";
    }
}
