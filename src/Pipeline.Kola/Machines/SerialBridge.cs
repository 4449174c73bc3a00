using System.Net.Sockets;

namespace Pipeline.Kola.Machines;

/// <summary>
/// Ties a person's terminal to the socket of a serial console until they leave with Ctrl-] or the machine has ended. A machine that resets
/// opens its socket anew, and the bridge follows.
/// </summary>
/// <param name="socket">Path of the socket.</param>
/// <param name="input">What the person types.</param>
/// <param name="output">Their terminal.</param>
/// <param name="time">Clock.</param>
internal sealed class SerialBridge(string socket, Stream input, Stream output, TimeProvider time)
{
    /// <summary>Ctrl-], as telnet has it.</summary>
    public const byte Leave = 0x1d;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NetworkStream? _line;

    /// <summary>Carries bytes both ways.</summary>
    /// <param name="end">Completes when the machine has ended, or is lost to a test.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Task end, CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // A read of a terminal cannot be taken back, so nobody waits for this one.
        _ = TypeAsync(done.Token);
        var showing = ShowAsync(done.Token);
        await Task.WhenAny(GoneAsync(end, done.Token), _left.Task, showing);
        await done.CancelAsync();
        await showing;
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>
    /// A machine that is lost to a test, for example by an emergency shell, is what the person wants to see: it is gone when its line is.
    /// </summary>
    private async Task GoneAsync(Task end, CancellationToken cancellationToken)
    {
        await end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (_line is not null && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Pause, time, CancellationToken.None);
        }
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await FollowAsync(cancellationToken);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The person left, or the machine ended.
        }
    }

    /// <summary>Shows one boot, from the socket's opening to its end.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
            await using var line = new NetworkStream(connection);
            _line = line;
            var bytes = new byte[4096];
            while (await line.ReadAsync(bytes, cancellationToken) is > 0 and var read)
            {
                await output.WriteAsync(bytes.AsMemory(0, read), cancellationToken);
                await output.FlushAsync(cancellationToken);
            }
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Not open yet, or not any more.
        }
        finally
        {
            _line = null;
        }
    }

    private async Task TypeAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[256];
        while (!cancellationToken.IsCancellationRequested)
        {
            // Standard input that is a terminal blocks its thread.
            var read = await Task.Run(() => input.Read(bytes), CancellationToken.None);
            var leaves = Array.IndexOf(bytes, Leave, 0, read);
            try
            {
                if (_line is { } line)
                {
                    await line.WriteAsync(bytes.AsMemory(0, leaves < 0 ? read : leaves), cancellationToken);
                }
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // What is typed while the machine resets is lost, as on a real line.
            }

            if (leaves >= 0)
            {
                _left.TrySetResult();
            }

            if (read == 0)
            {
                return;
            }
        }
    }
}
