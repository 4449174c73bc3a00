using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Pipeline.Host.Files;
using Pipeline.Kola.Machines;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.TestKit.Machines;

/// <summary>
/// Speaks the guest agent's protocol on a socket and runs commands by this host's shell; a test may put other bytes in place of an answer.
/// </summary>
public sealed class FakeGuestAgent : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Dictionary<int, Task<GuestResult>> _commands = [];
    private readonly Dictionary<int, FileStream> _files = [];
    private int _next;

    /// <summary>Starts to listen.</summary>
    public FakeGuestAgent()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>The socket.</summary>
    public string Path => _directory.File("a");

    /// <summary>Bytes sent instead of the answer to a command; <c>null</c> for the real one. Empty bytes: no answer at all.</summary>
    public Func<string, byte[]?> Hostile { get; set; } = _ => null;

    /// <summary>How long a command is held before its answer is sent.</summary>
    public Func<string, TimeSpan> Delay { get; set; } = _ => TimeSpan.Zero;

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        _directory.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptAsync();
                await using var stream = new NetworkStream(socket);
                // What an earlier connection left behind.
                await stream.WriteAsync("{\"return\": {}}\n{\"return\": 1"u8.ToArray());
                await ServeAsync(stream);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                var request = (JsonTextObject)JsonText.Parse("agent", line.TrimStart('\u00ff'), new DiagnosticBag())!;
                var command = ((JsonTextString)request.Find("execute")!).Value;
                var answer =
                    Hostile(command)
                    ??
                    [
                        .. command == "guest-sync-delimited" ? new byte[] { 0xff } : [],
                        .. Encoding.UTF8.GetBytes(await AnswerAsync(command, (JsonTextObject)request.Find("arguments")!) + "\n"),
                    ];
                await Task.Delay(Delay(command));
                await stream.WriteAsync(answer);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // This connection has ended.
        }
    }

    private async Task<string> AnswerAsync(string command, JsonTextObject arguments)
    {
        switch (command)
        {
            case "guest-sync-delimited":
                return $"{{\"return\": {Number(arguments, "id")}}}";
            case "guest-ping":
            case "guest-file-close":
                _ = command == "guest-file-close" && Close(int.Parse(Number(arguments, "handle"), CultureInfo.InvariantCulture));
                return "{\"return\": {}}";
            case "guest-exec":
                var text = ((JsonTextString)((JsonTextArray)arguments.Find("arg")!).Items[1]).Value;
                _commands[++_next] = FakeGuest.ShellAsync(Here(text), default, CancellationToken.None);
                return $"{{\"return\": {{\"pid\": {_next}}}}}";
            case "guest-exec-status":
                var process = _commands[int.Parse(Number(arguments, "pid"), CultureInfo.InvariantCulture)];
                await Task.WhenAny(process, Task.Delay(20));
                return process.IsCompleted ? Status(await process) : "{\"return\": {\"exited\": false}}";
            case "guest-file-open":
                var mode = ((JsonTextString)arguments.Find("mode")!).Value == "w" ? FileMode.Create : FileMode.Open;
                _files[++_next] = new(
                    Here(((JsonTextString)arguments.Find("path")!).Value),
                    mode,
                    FileAccess.ReadWrite,
                    FileShare.ReadWrite
                );
                return $"{{\"return\": {_next}}}";
            case "guest-file-write":
                var bytes = Convert.FromBase64String(((JsonTextString)arguments.Find("buf-b64")!).Value);
                await _files[int.Parse(Number(arguments, "handle"), CultureInfo.InvariantCulture)].WriteAsync(bytes);
                return $"{{\"return\": {{\"count\": {bytes.Length}, \"eof\": false}}}}";
            case "guest-file-read":
                var buffer = new byte[4096];
                var read = await _files[int.Parse(Number(arguments, "handle"), CultureInfo.InvariantCulture)].ReadAsync(buffer);
                var data = Convert.ToBase64String(buffer, 0, read);
                return $"{{\"return\": {{\"count\": {read}, \"buf-b64\": \"{data}\", \"eof\": {(read == 0 ? "true" : "false")}}}}}";
            default:
                return "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command is not known\"}}";
        }
    }

    private bool Close(int handle)
    {
        _files[handle].Dispose();
        return _files.Remove(handle);
    }

    private string Here(string text) => text.Replace("/run/pipeline-", _directory.File("pipeline-"), StringComparison.Ordinal);

    private static string Number(JsonTextObject node, string name) => ((JsonTextNumber)node.Find(name)!).Raw;

    private static string Status(GuestResult result) =>
        $"{{\"return\": {{\"exited\": true, \"exitcode\": {result.ExitCode}, \"out-data\": \"{Base64(result.Output)}\", "
        + $"\"err-data\": \"{Base64(result.Error)}\"}}}}";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
