using System.Globalization;
using System.Text;
using Pipeline.Host.Compression;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>
/// The content of a body in the coding <c>aws-chunked</c>: <c>SIZE[;chunk-signature=…]CRLF bytes CRLF …</c> to a chunk of size 0.
/// Signatures of chunks and checksums behind the last one are not looked at.
/// </summary>
internal sealed class AwsChunkedStream(Stream body) : ReadOnlyStream
{
    private const int LongestLine = 1024;
    private long _left;
    private bool _first = true;
    private bool _ended;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0 && !_ended)
        {
            if (!_first)
            {
                await LineAsync(cancellationToken);
            }

            _first = false;
            var size = (await LineAsync(cancellationToken)).Split(';')[0];
            _left =
                long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var parsed) && parsed >= 0
                    ? parsed
                    : throw new AwsRefusal("InvalidChunkSizeError", "A chunk's size is malformed");
            if (_left == 0)
            {
                _ended = true;
                await body.CopyToAsync(Null, cancellationToken);
            }
        }

        if (_ended || buffer.Length == 0)
        {
            return 0;
        }

        var read = await body.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read > 0 ? read : throw new AwsRefusal("IncompleteBody", "The body ends within a chunk");
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => throw new NotSupportedException("only asynchronous reading");

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < LongestLine && await body.ReadAsync(one, cancellationToken) == 1)
        {
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }

        throw new AwsRefusal("IncompleteBody", "The body ends within a chunk's header");
    }
}
