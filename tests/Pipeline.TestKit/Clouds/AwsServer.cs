using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace Pipeline.TestKit.Clouds;

/// <summary>What goes wrong with a request to <see cref="AwsServer"/>.</summary>
public enum AwsFault
{
    /// <summary>503, the service is asked too often; nothing happens.</summary>
    Throttled,

    /// <summary>500 before anything happens.</summary>
    Error,

    /// <summary>500 after it happened.</summary>
    LateError,

    /// <summary>It happens, and the connection is cut instead of an answer.</summary>
    Lost,

    /// <summary>It happens, and the answer is no document.</summary>
    Malformed,

    /// <summary>The answer has no end.</summary>
    Endless,

    /// <summary>The token of the credentials has expired.</summary>
    Expired,

    /// <summary>The credentials do not allow it.</summary>
    Forbidden,

    /// <summary>The account has no room.</summary>
    Full,

    /// <summary>A block arrives changed: the answer has another checksum.</summary>
    WrongChecksum,
}

/// <summary>
/// EC2, EBS direct and STS on loopback, for tests of clients: what they ask for is kept in memory by region, every request is recorded, and
/// faults are given by action. Signatures are not checked.
/// </summary>
public sealed partial class AwsServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly ConcurrentQueue<AwsCall> _calls = new();
    private readonly List<(string Action, AwsFault Fault, int Left)> _faults = [];
    private readonly Task _loop;
    private string? _forgetting;
    private int _open;
    private readonly TaskCompletionSource _company = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _next;

    /// <summary>Starts to listen.</summary>
    public AwsServer()
    {
        (_listener, Url) = Listen();
        _loop = ServeAsync();
    }

    /// <summary>Its address.</summary>
    public Uri Url { get; }

    /// <summary>What was asked, in order.</summary>
    public IReadOnlyList<AwsCall> Calls => [.. _calls];

    /// <summary>The most requests that were open at once.</summary>
    public int MostOpen { get; private set; }

    /// <summary>Answers to blocks wait until two requests are open at once: a client that sends one after the other never ends.</summary>
    public bool WantsCompany { get; init; }

    /// <summary>What a new snapshot is said to be called; <c>null</c> for its id.</summary>
    public string? SnapshotId { get; set; }

    /// <summary>Regions that the account has.</summary>
    public IReadOnlyList<string> Regions { get; init; } = ["eu-central-1", "us-east-1", "us-west-2"];

    /// <summary>How often the next requests of an action go wrong; a later call replaces an earlier one.</summary>
    public void Fail(string action, AwsFault fault, int times = 1)
    {
        lock (_faults)
        {
            _faults.RemoveAll(f => f.Action == action);
            _faults.Add((action, fault, times));
        }
    }

    /// <summary>At the next request of an action, everything vanishes that there is.</summary>
    public void Forget(string action) => _forgetting = action;

    /// <summary>How often an action was asked for.</summary>
    public int Count(string action) => Calls.Count(c => c.Action == action);

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Stop();
        _loop.Wait();
        ((IDisposable)_listener).Dispose();
    }

    private static (HttpListener Listener, Uri Url) Listen()
    {
        for (var tries = 20; ; tries--)
        {
            var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{LoopbackPort.Free()}/"));
            var listener = new HttpListener { Prefixes = { url.ToString() } };
            try
            {
                listener.Start();
                return (listener, url);
            }
            catch (HttpListenerException) when (tries > 0)
            {
                // Another test was faster with the port.
                listener.Close();
            }
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = Task.Run(() => AnswerAsync(context));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var open = Interlocked.Increment(ref _open);
        try
        {
            var call = await AwsCall.ReadAsync(context.Request);
            _calls.Enqueue(call);
            lock (_faults)
            {
                MostOpen = Math.Max(MostOpen, open);
            }

            if (open > 1)
            {
                _company.TrySetResult();
            }
            else if (WantsCompany && call.Action == "PutSnapshotBlock")
            {
                await _company.Task;
            }

            if (call.Action == _forgetting && Interlocked.Exchange(ref _forgetting, null) is not null)
            {
                Clear();
            }

            var fault = TakeFault(call.Action);
            var answer = Before(fault) ?? Handle(call);
            await SendAsync(context.Response, call, fault, answer);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The client went away.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private AwsFault? TakeFault(string action)
    {
        lock (_faults)
        {
            var at = _faults.FindIndex(f => (f.Action == action || f.Action == "*") && f.Left > 0);
            if (at < 0)
            {
                return null;
            }

            _faults[at] = _faults[at] with { Left = _faults[at].Left - 1 };
            return _faults[at].Fault;
        }
    }

    private static AwsAnswer? Before(AwsFault? fault) =>
        fault switch
        {
            AwsFault.Throttled => AwsAnswer.Refuse(503, "RequestLimitExceeded", "Request limit exceeded."),
            AwsFault.Error => AwsAnswer.Refuse(500, "InternalError", "An internal error has occurred"),
            AwsFault.Expired => AwsAnswer.Refuse(400, "ExpiredToken", "The security token included in the request is expired"),
            AwsFault.Forbidden => AwsAnswer.Refuse(403, "UnauthorizedOperation", "You are not authorized to perform this operation."),
            AwsFault.Full => AwsAnswer.Refuse(400, "SnapshotLimitExceeded", "Maximum allowed snapshot limit reached"),
            _ => null,
        };

    private static async Task SendAsync(HttpListenerResponse response, AwsCall call, AwsFault? fault, AwsAnswer answer)
    {
        if (fault == AwsFault.Lost)
        {
            // Aborting alone would send a whole, empty answer.
            response.ContentLength64 = 4096;
            await response.OutputStream.WriteAsync("<"u8.ToArray());
            response.Abort();
            return;
        }

        if (fault == AwsFault.Malformed)
        {
            answer = AwsAnswer.Ok();
        }

        if (fault == AwsFault.LateError)
        {
            answer = AwsAnswer.Refuse(500, "InternalError", "An internal error has occurred");
        }

        response.StatusCode = answer.Status;
        response.ContentType = call.IsEbs ? "application/json" : "text/xml;charset=UTF-8";
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = fault == AwsFault.WrongChecksum ? Convert.ToBase64String(new byte[32]) : value;
        }

        if (answer.Code is { } code && call.IsEbs)
        {
            response.Headers["x-amzn-ErrorType"] = code;
        }

        if (fault == AwsFault.Endless)
        {
            response.SendChunked = true;
            var blank = Encoding.ASCII.GetBytes(new string(' ', 1 << 20));
            while (true)
            {
                await response.OutputStream.WriteAsync(blank);
            }
        }

        var body = Encoding.UTF8.GetBytes(fault == AwsFault.Malformed ? "<html><b>Bad Gateway" : answer.Body(call));
        response.ContentLength64 = body.Length;
        await response.OutputStream.WriteAsync(body);
        response.Close();
    }
}
