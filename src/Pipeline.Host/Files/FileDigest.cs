using System.Security.Cryptography;
using Pipeline.Model.Values;

namespace Pipeline.Host.Files;

/// <summary>SHA-256 of whole files.</summary>
public static class FileDigest
{
    private const int Buffer = 1 << 20;

    /// <summary>Reads a file once, from its beginning to its end.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="Model.Diagnostics.PipelineException">PL0323 it is not a regular file.</exception>
    public static async Task<Digest> OfAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = RegularFile.OpenStream(path, Buffer);
        return Digest.FromHash(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
