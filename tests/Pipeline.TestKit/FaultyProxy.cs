using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipeline.TestKit;

/// <summary>
/// Stands between a client and a real HTTP server on loopback and counts requests: one of them is refused, left waiting, answered by half,
/// or done without an answer, as the connection shows it, below every SDK.
/// </summary>
public sealed class FaultyProxy : LoopbackServer
{
    private readonly IPEndPoint _server;
    private int _requests;
    private int _faultAt;
    private StoreFault _fault;

    /// <summary>Starts one in front of <paramref name="server"/>.</summary>
    public FaultyProxy(Uri server)
    {
        _server = new(IPAddress.Parse(server.Host), server.Port);
        Address = new($"http://127.0.0.1:{Port}");
    }

    /// <summary>Where clients go.</summary>
    public Uri Address { get; }

    /// <summary>Requests since <see cref="Arm"/>.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Counts from 0 again; request <paramref name="faultAt"/>, from 1, goes wrong.</summary>
    public void Arm(int faultAt, StoreFault fault)
    {
        _fault = fault;
        _faultAt = faultAt;
        Volatile.Write(ref _requests, 0);
    }

    /// <inheritdoc/>
    private protected override async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var owned = client;
            using var upstream = new TcpClient { NoDelay = true };
            client.NoDelay = true;
            await upstream.ConnectAsync(_server, Stopped);
            var (near, far) = (new HttpWire(client.GetStream()), new HttpWire(upstream.GetStream()));
            while (await ExchangeAsync(near, far))
            {
                // One connection, many requests.
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // One of the two went away, or the test ended.
        }
    }

    private async Task<bool> ExchangeAsync(HttpWire near, HttpWire far)
    {
        if (await near.HeadAsync(Stopped) is not { } head)
        {
            return false;
        }

        if (HttpWire.Field(head, "Expect") is not null)
        {
            await near.SendAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), Stopped);
        }

        var request = await near.BodyAsync(head, answersTo: null, Stopped);
        var fault = Interlocked.Increment(ref _requests) == _faultAt ? _fault : (StoreFault?)null;
        switch (fault)
        {
            case StoreFault.Fails:
                return false;
            case StoreFault.Stalls:
                await near.GoneAsync(Stopped);
                return false;
            default:
                break;
        }

        await far.SendAsync(Encoding.Latin1.GetBytes(head), Stopped);
        await far.SendAsync(request, Stopped);
        string? answer;
        do
        {
            answer = await far.HeadAsync(Stopped);
        } while (answer?.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal) == true);
        if (answer is null)
        {
            return false;
        }

        var body = await far.BodyAsync(answer, answersTo: head.Split(' ')[0], Stopped);
        byte[] whole = [.. Encoding.Latin1.GetBytes(answer), .. body];
        if (fault is null)
        {
            await near.SendAsync(whole, Stopped);
            return HttpWire.Field(answer, "Connection")?.Equals("close", StringComparison.OrdinalIgnoreCase) != true;
        }

        if (fault == StoreFault.Truncates)
        {
            await near.SendAsync(whole.AsMemory(0, body.Length > 0 ? whole.Length - ((body.Length + 1) / 2) : whole.Length / 2), Stopped);
        }

        return false;
    }

    /// <summary>Messages of HTTP/1.1 as they are on the wire.</summary>
    private sealed class HttpWire(NetworkStream stream)
    {
        private const int MostHead = 64 * 1024;
        private readonly byte[] _buffer = new byte[64 * 1024];
        private int _start;
        private int _end;

        /// <summary>The start line and the fields with the empty line, or <c>null</c> at the end.</summary>
        public async Task<string?> HeadAsync(CancellationToken cancellationToken)
        {
            var head = new StringBuilder();
            while (head.Length < MostHead)
            {
                if (await LineAsync(cancellationToken) is not { } line)
                {
                    return null;
                }

                head.Append(line);
                if (line == "\r\n")
                {
                    return head.ToString();
                }
            }

            throw new IOException("endless head");
        }

        /// <summary>The body that follows <paramref name="head"/>, framing and all.</summary>
        public async Task<byte[]> BodyAsync(string head, string? answersTo, CancellationToken cancellationToken)
        {
            var status = answersTo is null ? "" : head.Split(' ')[1];
            using var body = new MemoryStream();
            if (answersTo == "HEAD" || status is "204" or "304")
            {
                return [];
            }

            if (Field(head, "Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true)
            {
                long size;
                do
                {
                    var line = await LineAsync(cancellationToken) ?? throw new IOException("no chunk");
                    body.Write(Encoding.Latin1.GetBytes(line));
                    size = long.Parse(line.Trim().Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    await TakeAsync(body, size + 2, cancellationToken);
                } while (size > 0);
            }
            else if (Field(head, "Content-Length") is { } length)
            {
                await TakeAsync(body, long.Parse(length, CultureInfo.InvariantCulture), cancellationToken);
            }

            return body.ToArray();
        }

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            stream.WriteAsync(bytes, cancellationToken);

        /// <summary>Waits until the other side gives up.</summary>
        public async Task GoneAsync(CancellationToken cancellationToken)
        {
            while (await stream.ReadAsync(_buffer, cancellationToken) > 0)
            {
                // Whatever it still sends.
            }
        }

        /// <summary>The value of a field of a head, or <c>null</c>.</summary>
        public static string? Field(string head, string name) =>
            head.Split("\r\n")
                .Skip(1)
                .Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                .Select(l => l[(name.Length + 1)..].Trim())
                .FirstOrDefault();

        private async Task<string?> LineAsync(CancellationToken cancellationToken)
        {
            var line = new StringBuilder();
            while (line.Length < MostHead)
            {
                if (_start == _end && !await FillAsync(cancellationToken))
                {
                    return line.Length == 0 ? null : throw new IOException("cut in the head");
                }

                var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
                var take = at < 0 ? _end - _start : at + 1;
                line.Append(Encoding.Latin1.GetString(_buffer, _start, take));
                _start += take;
                if (at >= 0)
                {
                    return line.ToString();
                }
            }

            throw new IOException("endless line");
        }

        private async Task TakeAsync(MemoryStream body, long count, CancellationToken cancellationToken)
        {
            while (count > 0)
            {
                if (_start == _end && !await FillAsync(cancellationToken))
                {
                    throw new IOException("cut in the body");
                }

                var take = (int)Math.Min(count, _end - _start);
                body.Write(_buffer, _start, take);
                _start += take;
                count -= take;
            }
        }

        private async Task<bool> FillAsync(CancellationToken cancellationToken)
        {
            _start = 0;
            _end = await stream.ReadAsync(_buffer, cancellationToken);
            return _end > 0;
        }
    }
}
