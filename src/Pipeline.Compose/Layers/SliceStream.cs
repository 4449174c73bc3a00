using Pipeline.Host.Compression;

namespace Pipeline.Compose.Layers;

/// <summary>A window of a file.</summary>
internal sealed class SliceStream(Stream file, long offset, long size) : ReadOnlyStream
{
    private long _at;

    public override int Read(Span<byte> buffer)
    {
        file.Position = offset + _at;
        var read = file.Read(buffer[..(int)Math.Min(buffer.Length, size - _at)]);
        _at += read;
        return read;
    }
}
