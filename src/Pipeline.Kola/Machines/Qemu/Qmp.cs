using System.Net.Sockets;
using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>QEMU's control socket: one command at a time, events on the side.</summary>
internal sealed class Qmp : IAsyncDisposable
{
    private const int LongestLine = 4 * 1024 * 1024;
    private const string Closed = "the control socket was closed";
    private readonly Socket _socket;
    private readonly StreamReader _reader;
#pragma warning disable CA2213 // never disposed: a call that waits while the machine ends still releases it, and it holds no handle
    private readonly SemaphoreSlim _turn = new(1, 1);
#pragma warning restore CA2213
    private readonly Task _pump;
    private TaskCompletionSource<JsonTextObject>? _answer;

    private Qmp(Socket socket)
    {
        _socket = socket;
        _reader = new(new NetworkStream(socket), Encoding.UTF8);
        _pump = PumpAsync();
    }

    /// <summary>Completes when QEMU has closed the socket and all it said is read.</summary>
    public Task Completion => _pump;

    /// <summary>Why the guest's run ended, for example <c>guest-reset</c> or <c>guest-shutdown</c>; <c>null</c> while it runs.</summary>
    public string? ShutdownReason { get; private set; }

    /// <summary>Connects, waiting for QEMU to make the socket.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="time">Clock for the waiting.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<Qmp> ConnectAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
                continue;
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            var qmp = new Qmp(socket);
            try
            {
                await qmp.CallAsync("qmp_capabilities", null, cancellationToken);
                return qmp;
            }
            catch
            {
                await qmp.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Runs a command and returns its <c>return</c> value.</summary>
    /// <exception cref="MachineFailedException">QEMU refused, or has gone, before or during the call.</exception>
    public async Task<JsonTextNode> CallAsync(string command, JsonTextObject? arguments, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var answer = new TaskCompletionSource<JsonTextObject>(TaskCreationOptions.RunContinuationsAsynchronously);
            _answer = answer;
            var request = new JsonTextObject([
                new("execute", new JsonTextString(command)),
                .. arguments is null ? [] : new[] { new JsonTextMember("arguments", arguments) },
            ]);
            try
            {
                await _socket.SendAsync(Encoding.UTF8.GetBytes(JsonTextWriter.Write(request, JsonStyle.Compact) + "\n"), cancellationToken);
            }
            catch (SocketException e)
            {
                throw Failed(command, e.Message);
            }
            catch (ObjectDisposedException)
            {
                throw Failed(command, Closed);
            }

            // A pump that ended before the call was made answers nothing.
            await Task.WhenAny(answer.Task, _pump).WaitAsync(cancellationToken);
            var reply = answer.Task.IsCompletedSuccessfully ? await answer.Task : null;
            return reply?.Find("return")
                ?? throw Failed(
                    command,
                    (reply?.Find("error") as JsonTextObject)?.Find("desc") is JsonTextString text ? text.Value : Closed
                );
        }
        finally
        {
            _answer = null;
            _turn.Release();
        }
    }

    /// <summary>Runs a command of QEMU's human monitor and returns its text.</summary>
    public async Task<string> HumanAsync(string line, CancellationToken cancellationToken) =>
        await CallAsync("human-monitor-command", new([new("command-line", new JsonTextString(line))]), cancellationToken)
            is JsonTextString text
            ? text.Value
            : "";

    /// <summary>Closes the socket; a waiting call fails. May be called more than once.</summary>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _pump;
        _reader.Dispose();
    }

    private static MachineFailedException Failed(string command, string problem) => new($"QEMU's control socket: '{command}': {problem}");

    private async Task PumpAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync() is { Length: < LongestLine } line)
            {
                if (JsonText.Parse("qmp", line, new DiagnosticBag()) is not JsonTextObject message)
                {
                    continue;
                }

                if (message.Find("event") is JsonTextString { Value: "SHUTDOWN" })
                {
                    ShutdownReason = ((message.Find("data") as JsonTextObject)?.Find("reason") as JsonTextString)?.Value ?? "";
                }
                else if (message.Find("event") is null && message.Find("QMP") is null)
                {
                    _answer?.TrySetResult(message);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // QEMU has gone or we are done; a waiting call learns it below.
        }

        _answer?.TrySetResult(new JsonTextObject([]));
    }
}
