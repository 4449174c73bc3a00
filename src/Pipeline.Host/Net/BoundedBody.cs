namespace Pipeline.Host.Net;

/// <summary>Refuses answers that go on for ever, for clients that read an answer whole.</summary>
/// <param name="inner">Sends.</param>
/// <param name="limit">Most bytes of a body.</param>
internal sealed class BoundedBody(HttpMessageHandler inner, long limit) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(limit, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
