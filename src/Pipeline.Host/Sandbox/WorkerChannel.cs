using System.Text;
using System.Text.Json;
using Pipeline.Host.Output;

namespace Pipeline.Host.Sandbox;

/// <summary>
/// The worker's end of the answer channel: one line per message. As a rendering it sends the events of the run. Safe for use from several
/// threads.
/// </summary>
/// <param name="stream">The channel.</param>
internal sealed class WorkerChannel(Stream stream) : IRendering
{
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public void Take(RunEvent happened) => Send(new Happened(happened));

    /// <summary>Writes one message.</summary>
    public void Send(WorkerMessage message)
    {
        var line = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(message, WorkerMessageJson.Default.WorkerMessage) + "\n");
        lock (_gate)
        {
            stream.Write(line);
            stream.Flush();
        }
    }
}
