using System.IO.Compression;
using Pipeline.Compose.Fetching;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Repos;

/// <summary>Unpacks verified indices.</summary>
internal static class IndexText
{
    /// <summary>Most bytes that decoding may take; an index never needs as much.</summary>
    private const ulong MemoryLimit = 256UL << 20;

    /// <summary>The text of <paramref name="file"/>, which is in <paramref name="store"/>.</summary>
    /// <exception cref="PipelineException">PL1116 (class 5): damaged, or larger than its Release says.</exception>
    public static byte[] Unpack(IndexFile file, ContentStore store)
    {
        try
        {
            using var source = RegularFile.OpenStream(store.PathOf(file.Digest));
            using Stream stream = file.Compression switch
            {
                IndexCompression.Xz => new LzmaStream(source, MemoryLimit, leaveOpen: true),
                IndexCompression.Gzip => new GZipStream(source, CompressionMode.Decompress),
                _ => source,
            };
            var text = new MemoryStream((int)Math.Min(file.Length, 128 * 1024 * 1024));
            var buffer = new byte[256 * 1024];
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                if (text.Length + read > file.Length)
                {
                    throw new PipelineException(
                        RepositoryDiagnostics.BadIndex(file.Repo, $"unpacks to more than the {file.Length} bytes its Release says")
                    );
                }

                text.Write(buffer, 0, read);
            }

            return text.Capacity == text.Length ? text.GetBuffer() : text.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new PipelineException(RepositoryDiagnostics.BadIndex(file.Repo, $"cannot be unpacked: {e.Message}"), e);
        }
    }
}
