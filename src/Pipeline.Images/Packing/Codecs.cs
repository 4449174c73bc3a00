using Pipeline.Host.Tools;
using Pipeline.Model.Platforms;
using Pipeline.Model.Values;

namespace Pipeline.Images.Packing;

/// <summary>The compressed formats there are.</summary>
internal static class Codecs
{
    /// <summary>A codec for one file.</summary>
    /// <param name="compression">The format; not <see cref="Compression.None"/>.</param>
    /// <param name="member">Name of the plain file, for formats that keep it.</param>
    public static IBlockCodec For(Compression compression, string member) =>
        compression switch
        {
            Compression.Xz => new XzCodec(),
            Compression.Gzip => new GzipCodec(),
            Compression.Zstd => new ZstdCodec(),
            Compression.Zip => new ZipCodec(member),
            _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, "not a compressor of images"),
        };

    /// <summary>About what compressing a file takes on this machine's processors.</summary>
    public static ByteSize Memory(Compression compression) =>
        ByteSize.FromMiB(
            compression switch
            {
                Compression.Xz => (long)(2 * 24) + 94, // a block, what becomes of it, and the encoder of xz's preset 6
                Compression.Zstd => (long)(2 * 16) + 28,
                Compression.None => 0,
                _ => 3,
            } * (InOrder<int>.Window + 1)
        );

    /// <summary>The library that decides the bytes.</summary>
    public static StepTools Tools(Compression compression) =>
        compression switch
        {
            Compression.Xz => new([], [XzCodec.Library]),
            Compression.Zstd => new([], [ZstdCodec.Library]),
            Compression.Gzip or Compression.Zip => new([], [Deflater.Library]),
            _ => StepTools.None,
        };
}
