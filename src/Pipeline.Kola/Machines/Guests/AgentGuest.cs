using System.Globalization;
using System.Text;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines.Guests;

/// <summary>A guest by QEMU's guest agent: no network, no keys, no handshake. Commands run as root.</summary>
internal sealed class AgentGuest : IGuest
{
    private const int Piece = 1024 * 1024;
    private const int LargestOutput = 16 * 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly AgentChannel _channel;
    private readonly TimeProvider _time;
    private int _files;

    private AgentGuest(AgentChannel channel, TimeProvider time)
    {
        _channel = channel;
        _time = time;
    }

    /// <inheritdoc/>
    public string Channel => "guest agent";

    /// <inheritdoc/>
    public string AsRoot => "";

    /// <inheritdoc/>
    public Task Ended => _channel.Ended;

    /// <summary>Connects, for as long as it takes; never returns when the OS has no agent.</summary>
    /// <param name="socket">The socket behind the agent's port.</param>
    /// <param name="patience">How long the agent may take.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    public static async Task<IGuest> ConnectAsync(
        string socket,
        AgentPatience patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var channel = await AgentChannel.ConnectAsync(socket, patience, time, cancellationToken);
        try
        {
            await channel.CallAsync("guest-ping", new([]), cancellationToken);
            return new AgentGuest(channel, time);
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<GuestResult> RunAsync(string command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (input.Length > 0)
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"/run/pipeline-input-{Interlocked.Increment(ref _files)}");
            await WriteAsync(file, input, cancellationToken);
            command = $"exec <{file} && rm -f {file} && {command}";
        }

        var pid = await ExecuteAsync(command, capture: true, cancellationToken);
        while (true)
        {
            var status = await StatusAsync(pid, cancellationToken);
            if (status.Find("exited") is JsonTextBool { Value: true })
            {
                if (status.Find("out-truncated") is JsonTextBool { Value: true })
                {
                    throw new MachineFailedException($"a command in the machine printed more than {LargestOutput} bytes");
                }

                // A signal has no exit code; a shell would say 128 + number.
                var code = Number(status, "exitcode") ?? 128 + (Number(status, "signal") ?? 0);
                return new(code, Text(status, "out-data"), Tail(Text(status, "err-data")));
            }

            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public IAsyncDisposable Follow(string command, string outputFile) => new Follower(this, command, outputFile);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private async Task<int> ExecuteAsync(string command, bool capture, CancellationToken cancellationToken)
    {
        var answer = await _channel.CallAsync(
            "guest-exec",
            new([
                new("path", new JsonTextString("/bin/sh")),
                new("arg", new JsonTextArray([new JsonTextString("-c"), new JsonTextString(command)])),
                new("capture-output", new JsonTextBool(capture)),
            ]),
            cancellationToken
        );
        return Number(answer as JsonTextObject, "pid") ?? throw Strange("guest-exec");
    }

    private async Task<JsonTextObject> StatusAsync(int pid, CancellationToken cancellationToken) =>
        await _channel.CallAsync("guest-exec-status", new([new("pid", Number(pid))]), cancellationToken) as JsonTextObject
        ?? throw Strange("guest-exec-status");

    private async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var handle = await OpenAsync(path, "w", cancellationToken);
        for (var at = 0; at < content.Length; )
        {
            var piece = content.Slice(at, Math.Min(Piece, content.Length - at));
            var answer = await _channel.CallAsync(
                "guest-file-write",
                new([new("handle", Number(handle)), new("buf-b64", new JsonTextString(Convert.ToBase64String(piece.Span)))]),
                cancellationToken
            );
            at +=
                Number(answer as JsonTextObject, "count") is { } count && count > 0 && count <= piece.Length
                    ? count
                    : throw Strange("guest-file-write");
        }

        await CloseAsync(handle, cancellationToken);
    }

    private async Task<int> OpenAsync(string path, string mode, CancellationToken cancellationToken) =>
        await _channel.CallAsync(
            "guest-file-open",
            new([new("path", new JsonTextString(path)), new("mode", new JsonTextString(mode))]),
            cancellationToken
        )
            is JsonTextNumber number
        && int.TryParse(number.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out var handle)
            ? handle
            : throw Strange("guest-file-open");

    /// <summary>The next piece of a file; empty when there is no more now.</summary>
    private async Task<byte[]> ReadAsync(int handle, CancellationToken cancellationToken)
    {
        var answer =
            await _channel.CallAsync(
                "guest-file-read",
                new([new("handle", Number(handle)), new("count", Number(Piece))]),
                cancellationToken
            ) as JsonTextObject;
        return Bytes(answer ?? throw Strange("guest-file-read"), "buf-b64");
    }

    private Task<JsonTextNode> CloseAsync(int handle, CancellationToken cancellationToken) =>
        _channel.CallAsync("guest-file-close", new([new("handle", Number(handle))]), cancellationToken);

    private static JsonTextNumber Number(int value) => new(value.ToString(CultureInfo.InvariantCulture));

    private static int? Number(JsonTextObject? node, string name) =>
        node?.Find(name) is JsonTextNumber number
        && int.TryParse(number.Raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private static string Text(JsonTextObject node, string name) => Encoding.UTF8.GetString(Bytes(node, name));

    private static byte[] Bytes(JsonTextObject node, string name)
    {
        try
        {
            return node.Find(name) is JsonTextString text ? Convert.FromBase64String(text.Value) : [];
        }
        catch (FormatException)
        {
            throw Strange(name);
        }
    }

    private static string Tail(string text) => (text.Length > 4096 ? text[^4096..] : text).Trim();

    private static MachineFailedException Strange(string what) => new($"the guest agent's answer to '{what}' cannot be used");

    /// <summary>Copies the growing output of a command to a file of this host.</summary>
    private sealed class Follower : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _loop;

        public Follower(AgentGuest guest, string command, string outputFile) => _loop = RunAsync(guest, command, outputFile);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
        }

        private async Task RunAsync(AgentGuest guest, string command, string outputFile)
        {
            try
            {
                await using var target = new FileStream(outputFile, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
                var source = string.Create(CultureInfo.InvariantCulture, $"/run/pipeline-output-{Interlocked.Increment(ref guest._files)}");
                await guest.WriteAsync(source, ReadOnlyMemory<byte>.Empty, _stop.Token);
                var pid = await guest.ExecuteAsync($"exec >{source} 2>&1; {command}", capture: false, _stop.Token);
                var handle = await guest.OpenAsync(source, "r", _stop.Token);
                var exited = false;
                while (true)
                {
                    var piece = await guest.ReadAsync(handle, _stop.Token);
                    await target.WriteAsync(piece, _stop.Token);
                    await target.FlushAsync(_stop.Token);
                    if (piece.Length == 0 && exited)
                    {
                        return;
                    }

                    if (piece.Length == 0)
                    {
                        await Task.Delay(Pause * 5, guest._time, _stop.Token);
                        exited = (await guest.StatusAsync(pid, _stop.Token)).Find("exited") is JsonTextBool { Value: true };
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or MachineFailedException or ObjectDisposedException or IOException)
            {
                // No longer wanted, the guest has gone, or the disk is full; the file holds what there was.
            }
        }
    }
}
