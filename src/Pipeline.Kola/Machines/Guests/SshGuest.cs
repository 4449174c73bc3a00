using System.Globalization;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Machines.Guests;

/// <summary>
/// A guest by the OpenSSH client. One master connection per boot carries all commands: a handshake takes seconds on an emulated CPU, a
/// further channel a few hundredths.
/// </summary>
internal sealed class SshGuest : IGuest
{
    private const int LargestOutput = 16 * 1024 * 1024;
    private static readonly ValueList<int> AnyCode = Enumerable.Range(0, 256).ToValueList();

    private readonly IToolRunner _tools;
    private readonly ValueList<string> _options;
    private readonly IRunningTool _master;

    private SshGuest(IToolRunner tools, ValueList<string> options, IRunningTool master)
    {
        _tools = tools;
        _options = options;
        _master = master;
    }

    /// <inheritdoc/>
    public string Channel => "ssh";

    /// <inheritdoc/>
    public Task Ended => _master.Completion;

    /// <summary>Connects, for as long as it takes; waits for the server's own greeting before the handshake.</summary>
    /// <param name="tools">Starts ssh.</param>
    /// <param name="target">Where the guest's server is; asked anew for each try.</param>
    /// <param name="key">The key the guest knows.</param>
    /// <param name="socket">Path for the master's socket, short.</param>
    /// <param name="patience">How long a single handshake may take.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    public static async Task<IGuest> ConnectAsync(
        IToolRunner tools,
        Func<SshTarget> target,
        SshKey key,
        string socket,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var place = target();
            var options = place.Options(key, socket);
            if (await place.GreetsAsync(patience, time, cancellationToken))
            {
                File.Delete(socket);
                var wait = string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={Math.Ceiling(patience.TotalSeconds)}");
                var master = tools.Start(new("ssh", ["-M", "-N", "-o", wait, .. options]) { MissingHint = SshKey.MissingHint });
                if (await ReadyAsync(socket, master, patience, time, cancellationToken))
                {
                    return new SshGuest(tools, options, master);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<GuestResult> RunAsync(string command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _tools.RunAsync(
                Command(command) with
                {
                    Input = input,
                    Accepted = AnyCode,
                    OutputLimit = LargestOutput,
                },
                cancellationToken
            );
            return new(result.ExitCode, result.Text, result.ErrorTail.Trim());
        }
        catch (PipelineException e) when (e.Exit != ExitClass.MissingTool)
        {
            // Too much output: a fault of what runs in the guest, not of this run.
            throw new MachineFailedException(string.Join("; ", e.Diagnostics.Select(d => d.Message)));
        }
    }

    /// <inheritdoc/>
    public IAsyncDisposable Follow(string command, string outputFile) => _tools.Start(Command(command) with { OutputFile = outputFile });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _master.DisposeAsync();

    private ToolCommand Command(string command) =>
        new("ssh", ["-o", "ControlMaster=no", .. _options, "--", command]) { GracePeriod = TimeSpan.FromSeconds(2) };

    /// <summary>
    /// Whether the master made its socket (which it does after authentication) before it ended; ends a master that did not.
    /// </summary>
    private static async Task<bool> ReadyAsync(
        string socket,
        IRunningTool master,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var ready = false;
        try
        {
            var start = time.GetTimestamp();
            while (!ready && !master.Completion.IsCompleted && time.GetElapsedTime(start) < patience * 2)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
                ready = File.Exists(socket);
            }

            return ready;
        }
        finally
        {
            await (ready ? ValueTask.CompletedTask : master.DisposeAsync());
        }
    }
}
