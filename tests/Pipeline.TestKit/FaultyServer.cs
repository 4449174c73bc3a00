using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Pipeline.TestKit;

/// <summary>What goes wrong with an answer.</summary>
public enum Fault
{
    /// <summary>404.</summary>
    NotFound,

    /// <summary>500.</summary>
    ServerError,

    /// <summary>The connection is closed before an answer.</summary>
    Drop,

    /// <summary>The head and half of the body come, then nothing.</summary>
    Stall,

    /// <summary>Half of the body comes, then the connection is closed.</summary>
    Truncate,

    /// <summary>One byte in the middle is another.</summary>
    WrongByte,

    /// <summary>As <see cref="WrongByte"/>, unless the request says <c>Cache-Control: no-cache</c>: a bad cache on the way.</summary>
    WrongByteInCache,

    /// <summary>The body goes on after its end, without a stated length.</summary>
    Longer,
}

/// <summary>Serves files from memory on loopback, with injectable faults and a record of requests.</summary>
public sealed class FaultyServer : LoopbackServer
{
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly ConcurrentDictionary<string, Func<string, byte[]>> _answers = new(StringComparer.Ordinal);
    private readonly List<(string Suffix, Fault Fault, int Left)> _faults = [];

    /// <summary>Its address without a slash at the end.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Whether answers carry an ETag and <c>If-None-Match</c> is honoured.</summary>
    public bool Validators { get; set; } = true;

    /// <summary>Method, path and what of <c>no-cache</c> and <c>304</c> applies, one line each.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Forgets the record of requests.</summary>
    public void ForgetRequests()
    {
        _requests.Clear();
        _heads.Clear();
    }

    /// <summary>Every request line with its headers.</summary>
    public IReadOnlyList<string> Heads => [.. _heads];

    /// <summary>User and password without which everything is 401; <c>null</c> for everyone.</summary>
    public string? User { get; set; }

    /// <summary>Answers a path by hand: gets the request's head, returns all that is sent before the connection is closed.</summary>
    public void Answer(string path, Func<string, byte[]> answer) => _answers[path] = answer;

    /// <summary>As <see cref="Answer"/>, for every path; <c>null</c> for the files.</summary>
    public Func<string, byte[]>? Always { get; set; }

    /// <summary>Sends those who ask for a path elsewhere.</summary>
    public void Redirect(string path, string location) =>
        Answer(path, _ => Encoding.UTF8.GetBytes($"HTTP/1.1 302 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"));

    /// <summary>Sets the content of a path that begins with a slash.</summary>
    public void Put(string path, byte[] content) => _files[path] = content;

    /// <summary>The content of a path.</summary>
    public byte[] Get(string path) => _files[path];

    /// <summary>All paths.</summary>
    public IReadOnlyList<string> Paths => [.. _files.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Removes everything.</summary>
    public void Clear() => _files.Clear();

    /// <summary>Breaks the answers for paths that end in <paramref name="suffix"/>.</summary>
    /// <param name="suffix">End of the path.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="times">For how many requests.</param>
    public void Break(string suffix, Fault fault, int times = int.MaxValue)
    {
        lock (_faults)
        {
            _faults.Add((suffix, fault, times));
        }
    }

    /// <summary>Ends all faults.</summary>
    public void Repair()
    {
        lock (_faults)
        {
            _faults.Clear();
        }
    }

    /// <inheritdoc/>
    private protected override async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var owned = client;
            await using var stream = client.GetStream();
            while (await HeadAsync(stream) is { } head && await AnswerAsync(stream, head))
            {
                // One connection, many requests.
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The client went away, or the test ended.
        }
    }

    private async Task<string?> HeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (head.Length > 64 * 1024 || await stream.ReadAsync(one, Stopped) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task<bool> AnswerAsync(NetworkStream stream, string head)
    {
        var words = head.Split(' ');
        var path = Uri.UnescapeDataString(words[1].Split('?')[0]);
        _heads.Enqueue(head);
        if (Always is { } always || _answers.TryGetValue(path, out always))
        {
            await stream.WriteAsync(always(head), Stopped);
            return false;
        }

        var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes(User ?? ""));
        if (User is not null && !head.Contains($"Authorization: Basic {secret}\r\n", StringComparison.Ordinal))
        {
            await stream.WriteAsync("HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Stopped);
            return true;
        }

        var noCache = head.Contains("no-cache", StringComparison.OrdinalIgnoreCase);
        var fault = Next(path, noCache);
        var found = _files.TryGetValue(path, out var body);
        var etag = found && Validators ? $"\"{Model.Values.Digest.Of(body!).Hex[..16]}\"" : null;
        var fresh = fault is null && etag is not null && head.Contains($"If-None-Match: {etag}", StringComparison.OrdinalIgnoreCase);
        _requests.Enqueue($"{words[0]} {path}{(noCache ? " no-cache" : "")}{(fresh ? " 304" : "")}");
        if (fault == Fault.Drop)
        {
            return false;
        }

        var (status, content) =
            fault == Fault.ServerError ? (500, "broken"u8.ToArray())
            : !found || fault == Fault.NotFound ? (404, "no such file"u8.ToArray())
            : fresh ? (304, [])
            : (200, body!);
        if (fault is Fault.WrongByte or Fault.WrongByteInCache && content.Length > 0)
        {
            content = [.. content];
            content[content.Length / 2] ^= 1;
        }

        var length =
            fault == Fault.Longer ? "Connection: close\r\n"
            : status == 304 ? ""
            : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {content.Length}\r\n");
        var tag = etag is null ? "" : $"ETag: {etag}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} x\r\n{length}{tag}\r\n"), Stopped);
        var whole = fault is not (Fault.Stall or Fault.Truncate);
        await stream.WriteAsync(whole ? content : content.AsMemory(0, content.Length / 2), Stopped);
        if (fault == Fault.Longer)
        {
            await stream.WriteAsync(new byte[100_000], Stopped);
        }

        if (fault == Fault.Stall)
        {
            await Task.Delay(Timeout.Infinite, Stopped);
        }

        return whole && fault != Fault.Longer;
    }

    private Fault? Next(string path, bool noCache)
    {
        lock (_faults)
        {
            for (var i = 0; i < _faults.Count; i++)
            {
                var (suffix, fault, left) = _faults[i];
                if (left > 0 && path.EndsWith(suffix, StringComparison.Ordinal) && !(fault == Fault.WrongByteInCache && noCache))
                {
                    _faults[i] = (suffix, fault, left == int.MaxValue ? left : left - 1);
                    return fault;
                }
            }
        }

        return null;
    }
}
