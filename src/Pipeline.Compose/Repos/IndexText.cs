using System.IO.Compression;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Layers;
using Pipeline.Host.Compression;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

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
        var signed = file.IsExact ? "repomd" : "Release";
        try
        {
            using var source = RegularFile.OpenStream(store.PathOf(file.Digest));
            using Stream stream = file.Compression switch
            {
                IndexCompression.Xz => new LzmaStream(source, MemoryLimit, leaveOpen: true),
                IndexCompression.Gzip => new GZipStream(source, CompressionMode.Decompress),
                IndexCompression.Zstd => new ZstdStream(source),
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
                        RepositoryDiagnostics.BadIndex(file.Repo, $"unpacks to more than the {file.Length} bytes its {signed} says")
                    );
                }

                text.Write(buffer, 0, read);
            }

            Check(file, text);
            return text.Capacity == text.Length ? text.GetBuffer() : text.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or BadPackageException)
        {
            throw new PipelineException(RepositoryDiagnostics.BadIndex(file.Repo, $"cannot be unpacked: {e.Message}"), e);
        }
    }

    /// <summary>What the signed text says of the unpacked index beyond an upper limit.</summary>
    private static void Check(IndexFile file, MemoryStream text)
    {
        if (file.IsExact && text.Length != file.Length)
        {
            throw new PipelineException(
                RepositoryDiagnostics.BadIndex(file.Repo, $"unpacks to {text.Length} bytes instead of the {file.Length} its repomd says")
            );
        }

        if (file.Text is { } digest && Digest.Of(text.GetBuffer().AsSpan(0, (int)text.Length)) != digest)
        {
            throw new PipelineException(RepositoryDiagnostics.BadIndex(file.Repo, "unpacks to another text than its repomd says"));
        }
    }
}
