using System.Net.Sockets;
using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines.Guests;

/// <summary>
/// The wire of QEMU's guest agent: JSON lines over the socket behind a virtio-serial port. What arrives is written by the guest and not
/// trusted: lines are bounded, answers are matched by a synchronisation number, and every wait ends.
/// </summary>
internal sealed class AgentChannel : IAsyncDisposable
{
    /// <summary>The agent keeps at most 16 MiB of output, as base64 in one line.</summary>
    private const int LongestLine = 32 * 1024 * 1024;

    /// <summary>Stale lines that are skipped before the right answer to a synchronisation.</summary>
    private const int MostStale = 1000;

    private const byte Delimiter = 0xff;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly AgentPatience _patience;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _at;
    private int _filled;
    private long _synchronisations;
    private bool _stale;

    private AgentChannel(Socket socket, AgentPatience patience, TimeProvider time)
    {
        _socket = socket;
        _stream = new(socket, ownsSocket: false);
        _patience = patience;
        _time = time;
    }

    /// <summary>Completes when the channel is of no more use.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Connects, for as long as it takes: until the socket exists and an agent answers a synchronisation.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="patience">How long the agent may take.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    public static async Task<AgentChannel> ConnectAsync(
        string path,
        AgentPatience patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            AgentChannel? channel = null;
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                channel = new(socket, patience, time);
                await channel.SynchroniseAsync(patience.Handshake, cancellationToken);
                return channel;
            }
            catch (Exception e) when (e is SocketException or MachineFailedException)
            {
                await DropAsync();
            }
            catch
            {
                await DropAsync();
                throw;
            }

            async ValueTask DropAsync()
            {
                socket.Dispose();
                await (channel?.DisposeAsync() ?? ValueTask.CompletedTask);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), time, cancellationToken);
        }
    }

    /// <summary>Runs a command of the agent and returns its <c>return</c> value.</summary>
    /// <exception cref="MachineFailedException">The agent refused, does not answer, or answered with something else than JSON.</exception>
    public async Task<JsonTextNode> CallAsync(string command, JsonTextObject arguments, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_stale)
            {
                await SynchroniseAsync(_patience.Answer, cancellationToken);
            }

            var answer = await ExchangeAsync(command, arguments, [], _patience.Answer, cancellationToken);
            return answer.Find("return")
                ?? throw new MachineFailedException(
                    $"the guest agent refused '{command}': "
                        + (
                            (answer.Find("error") as JsonTextObject)?.Find("desc") is JsonTextString text
                                ? Shorten(text.Value)
                                : "no reason"
                        )
                );
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        await _stream.DisposeAsync();
        _socket.Dispose();
        _turn.Dispose();
    }

    /// <summary>
    /// Throws away what an earlier connection left in the channel: after the delimiter comes the answer to our number and nothing older.
    /// </summary>
    private async Task SynchroniseAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        // Numbers of earlier processes must not match ours.
        var id = (Environment.ProcessId * 1_000_000L) + ++_synchronisations;
        var arguments = new JsonTextObject([new("id", new JsonTextNumber($"{id}"))]);
        var answer = await ExchangeAsync("guest-sync-delimited", arguments, [Delimiter], patience, cancellationToken);
        for (var stale = 0; answer.Find("return") is not JsonTextNumber number || number.Raw != $"{id}"; stale++)
        {
            if (stale == MostStale)
            {
                throw Failed("the guest agent does not synchronise");
            }

            answer = await ReadAsync(skipStale: true, cancellationToken);
        }

        _stale = false;
    }

    private async Task<JsonTextObject> ExchangeAsync(
        string command,
        JsonTextObject arguments,
        byte[] prefix,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        var request = new JsonTextObject([new("execute", new JsonTextString(command)), new("arguments", arguments)]);
        byte[] line = [.. prefix, .. Encoding.UTF8.GetBytes(JsonTextWriter.Write(request, JsonStyle.Compact) + "\n")];
        using var limit = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _stream.WriteAsync(line, either.Token);
            return await ReadAsync(skipStale: prefix.Length > 0, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"the guest agent did not answer '{command}' in time");
        }
        catch (OperationCanceledException)
        {
            // The answer may still come and would be taken for that of the next command.
            _stale = true;
            throw;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw Failed("the guest agent's channel was closed");
        }
    }

    private async Task<JsonTextObject> ReadAsync(bool skipStale, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await LineAsync(skipStale, cancellationToken);
            if (JsonText.Parse("guest agent", line, new DiagnosticBag()) is JsonTextObject answer)
            {
                return answer;
            }

            if (!skipStale)
            {
                throw Failed("the guest agent answered with something that is not a JSON object");
            }
        }
    }

    private async Task<byte[]> LineAsync(bool delimited, CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        while (true)
        {
            if (_at == _filled)
            {
                _at = 0;
                _filled = await _stream.ReadAsync(_buffer, cancellationToken);
                if (_filled == 0)
                {
                    throw Failed("the guest agent's channel was closed");
                }
            }

            var next = _buffer[_at++];
            if (next == (byte)'\n')
            {
                return line.ToArray();
            }

            if (next == Delimiter && delimited)
            {
                line.SetLength(0);
            }
            else if (line.Length == LongestLine)
            {
                throw Failed($"the guest agent answered with a line of more than {LongestLine} bytes");
            }
            else
            {
                line.WriteByte(next);
            }
        }
    }

    private MachineFailedException Failed(string reason)
    {
        _ended.TrySetResult();
        return new(reason);
    }

    private static string Shorten(string text) => text.Length > 200 ? text[..200] + "…" : text;
}
