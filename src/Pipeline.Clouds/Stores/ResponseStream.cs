using Pipeline.Host.Compression;
using Pipeline.Host.Net;

namespace Pipeline.Clouds.Stores;

/// <summary>
/// A response body whose failures are all <see cref="IOException"/>s, whatever the vendor throws, so that a download knows it may resume.
/// </summary>
internal sealed class ResponseStream(Stream inner) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e)
            when (e is not (OperationCanceledException or IOException)
                && (Retry.IsTransient(e) || e is Amazon.Runtime.AmazonClientException or Azure.RequestFailedException)
            )
        {
            throw new IOException($"the answer broke off: {e.Message}", e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => inner.Read(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
