using System.Security.Cryptography;
using Pipeline.Model.Values;

namespace Pipeline.Host.Files;

/// <summary>SHA-256 of whole files.</summary>
public static class FileDigest
{
    private const int Buffer = 1 << 20;

    /// <summary>Reads a file once, from its beginning to its end.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<Digest> OfAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, Buffer, FileOptions.SequentialScan);
        return Digest.FromHash(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
