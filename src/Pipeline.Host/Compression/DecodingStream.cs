namespace Pipeline.Host.Compression;

/// <summary>A decompressor: a stream of the decoded bytes of another.</summary>
public abstract class DecodingStream : ReadOnlyStream
{
    /// <summary>
    /// Bytes that were read from the source and do not belong to what was decoded: where compressed data ends is known only when it was
    /// read. Meaningful at the end.
    /// </summary>
    public abstract int Unused { get; }
}
