using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Host.Tools;

namespace Pipeline.Kola.Machines.Qemu;

/// <summary>One QEMU process: one boot of a machine, which ends when the guest powers off or resets.</summary>
internal sealed partial class Emulator : IAsyncDisposable
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly IRunningTool _process;
    private int _disposed;

    private Emulator(IRunningTool process, Qmp monitor, int port)
    {
        _process = process;
        Monitor = monitor;
        Port = port;
    }

    /// <summary>The control socket.</summary>
    public Qmp Monitor { get; }

    /// <summary>Port on this host that leads to the guest's ssh.</summary>
    public int Port { get; }

    /// <summary>Whether it ended because the guest, or its firmware, reset the machine.</summary>
    public bool ResetWanted => Monitor.ShutdownReason == "guest-reset";

    /// <summary>Starts QEMU and connects to its socket.</summary>
    /// <exception cref="MachineFailedException">It ended at once.</exception>
    /// <param name="host">What machines share.</param>
    /// <param name="command">The call of QEMU.</param>
    /// <param name="socket">Its control socket.</param>
    /// <param name="ports">Ports that a person asked for; none of them is the one that ssh uses here.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<Emulator> StartAsync(
        QemuHost host,
        ToolCommand command,
        string socket,
        IEnumerable<MachinePort> ports,
        CancellationToken cancellationToken
    )
    {
        var process = host.Tools.Start(command);
        Qmp? monitor = null;
        try
        {
            monitor = await ConnectAsync(host, process, socket, cancellationToken);
            return new(process, monitor, ForwardedPort(await monitor.HumanAsync("info usernet", cancellationToken), ports));
        }
        catch (Exception e)
        {
            if (e is MachineFailedException)
            {
                // A QEMU that ends says why, a moment after its socket is closed.
                await Task.WhenAny(process.Completion, Task.Delay(Settling, host.Time, cancellationToken));
            }

            var end = process.Completion.IsCompleted ? await process.Completion : null;
            await process.DisposeAsync();
            await (monitor?.DisposeAsync() ?? ValueTask.CompletedTask);
            cancellationToken.ThrowIfCancellationRequested();
            if (e is MachineFailedException && end is not null)
            {
                throw new MachineFailedException($"QEMU ended at once: {Reason(end)}");
            }

            throw;
        }
    }

    /// <summary>What a QEMU that failed said, or else its exit code.</summary>
    public static string Reason(ToolResult end) =>
        end.ErrorTail.Trim() is { Length: > 0 } said
            ? $"QEMU exited with {end.ExitCode}: {said}"
            : string.Create(CultureInfo.InvariantCulture, $"QEMU exited with {end.ExitCode}");

    /// <summary>Waits until the process has ended and all it said is read.</summary>
    public async Task<ToolResult> EndAsync(CancellationToken cancellationToken)
    {
        var result = await _process.Completion.WaitAsync(cancellationToken);
        await Monitor.Completion.WaitAsync(cancellationToken);
        return result;
    }

    /// <summary>Asks QEMU to end, for two seconds; disposing ends it the hard way.</summary>
    public async Task QuitAsync(TimeProvider time)
    {
        if (_process.Completion.IsCompleted)
        {
            return;
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
        try
        {
            await Monitor.CallAsync("quit", null, limit.Token);
            await _process.Completion.WaitAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or MachineFailedException)
        {
            // It does not listen; see above.
        }
    }

    /// <summary>Ends the process. Both the restart after a reset and the end of the machine do it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _process.DisposeAsync();
            await Monitor.DisposeAsync();
        }
    }

    private static async Task<Qmp> ConnectAsync(QemuHost host, IRunningTool process, string socket, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connecting = Qmp.ConnectAsync(socket, host.Time, stop.Token);
        if (await Task.WhenAny(connecting, process.Completion) != connecting)
        {
            await stop.CancelAsync();
            await connecting.ContinueWith(
                c => c.IsCompletedSuccessfully ? c.Result.DisposeAsync().AsTask() : Task.CompletedTask,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
            throw new MachineFailedException("QEMU ended at once");
        }

        return await connecting;
    }

    /// <summary>The host port in QEMU's table: <c>TCP[HOST_FORWARD]  12  127.0.0.1 41273  10.0.2.15  22</c>.</summary>
    internal static int ForwardedPort(string table, IEnumerable<MachinePort> ports) =>
        Forward()
            .Matches(table)
            .Select(m => int.TryParse(m.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
            .FirstOrDefault(p => p is > 0 and < 65536 && ports.All(other => other.Host != p))
            is > 0
                and var found
            ? found
            : throw new MachineFailedException($"QEMU does not say which port it forwards: {table.Trim()}");

    [GeneratedRegex(@"HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\b")]
    private static partial Regex Forward();
}
