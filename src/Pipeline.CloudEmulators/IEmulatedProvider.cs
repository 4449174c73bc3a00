using Microsoft.AspNetCore.Http;

namespace Pipeline.CloudEmulators;

/// <summary>The APIs of one provider. Disposing ends its machines.</summary>
internal interface IEmulatedProvider : IAsyncDisposable
{
    /// <summary>Answers one request.</summary>
    Task AnswerAsync(HttpContext context);
}
