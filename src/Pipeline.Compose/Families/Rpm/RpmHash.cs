using System.Security.Cryptography;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>Hash algorithms by the numbers and names that packages use.</summary>
internal static class RpmHash
{
    private const string Sha3 = "SHA3-";

    /// <summary>By its number (RFC 9580, section 9.5), or <c>null</c> for one that no package should use.</summary>
    public static HashAlgorithmName? Named(long number) =>
        number switch
        {
            1 => HashAlgorithmName.MD5,
            2 => HashAlgorithmName.SHA1,
            8 => HashAlgorithmName.SHA256,
            9 => HashAlgorithmName.SHA384,
            10 => HashAlgorithmName.SHA512,
            12 => HashAlgorithmName.SHA3_256,
            14 => HashAlgorithmName.SHA3_512,
            _ => null,
        };

    /// <summary>As people write it.</summary>
    public static string NameOf(HashAlgorithmName algorithm) =>
        algorithm.Name switch
        {
            "MD5" => "MD5",
            { } name when name.StartsWith(Sha3, StringComparison.Ordinal) => name,
            { } name => name.Replace("SHA", "SHA-", StringComparison.Ordinal),
            null => "?",
        };

    /// <summary>Whether this machine's libraries have it; SHA-3 is newer than some of them.</summary>
    public static bool IsSupported(HashAlgorithmName algorithm) =>
        algorithm.Name?.StartsWith(Sha3, StringComparison.Ordinal) != true || SHA3_256.IsSupported;

    /// <summary>Starts a digest, or <c>null</c> where it is not supported.</summary>
    public static IncrementalHash? TryCreate(HashAlgorithmName algorithm) =>
        IsSupported(algorithm) ? IncrementalHash.CreateHash(algorithm) : null;

    /// <summary>The digest in lower-case hexadecimal digits.</summary>
    public static string? Finish(IncrementalHash? hash) => hash is null ? null : Convert.ToHexStringLower(hash.GetHashAndReset());
}
