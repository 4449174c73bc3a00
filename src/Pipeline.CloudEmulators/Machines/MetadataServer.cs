using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Pipeline.CloudEmulators.Faults;

namespace Pipeline.CloudEmulators.Machines;

/// <summary>The metadata service of one instance on a socket, to which its namespace leads 169.254.169.254.</summary>
internal sealed class MetadataServer : IAsyncDisposable
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(1);
    private readonly KestrelServer _server;

    private MetadataServer(KestrelServer server) => _server = server;

    /// <summary>Listens on a socket.</summary>
    public static async Task<MetadataServer> StartAsync(string socket, Func<HttpContext, Task> answer, CancellationToken cancellationToken)
    {
        File.Delete(socket);
        var server = CloudEmulator.Build(o => o.ListenUnixSocket(socket));
        try
        {
            await server.StartAsync(new EmulatorEndpoint(answer, new FaultBook([])), cancellationToken);
            return new(server);
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var drain = new CancellationTokenSource(Drain);
        await _server.StopAsync(drain.Token);
        _server.Dispose();
    }
}
