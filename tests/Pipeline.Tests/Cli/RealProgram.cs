using System.Threading.Channels;
using Pipeline.Host;
using Pipeline.Host.Tools;

namespace Pipeline.Tests.Cli;

/// <summary>The program as users start it: a process of its own, whose standard error is read line by line.</summary>
internal sealed class RealProgram : IAsyncDisposable
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly IRunningTool _running;

    private RealProgram(string[] arguments, string? directory, IReadOnlyDictionary<string, string> environment) =>
        _running = new ToolRunner().Start(Command(arguments, directory, environment) with { OnErrorLine = l => _lines.Writer.TryWrite(l) });

    /// <summary>Starts it and returns at once.</summary>
    public static RealProgram Start(
        string[] arguments,
        string? directory = null,
        IReadOnlyDictionary<string, string>? environment = null
    ) => new(arguments, directory, environment ?? new Dictionary<string, string>());

    /// <summary>Runs it to its end.</summary>
    public static Task<ToolResult> RunAsync(
        string[] arguments,
        string? directory,
        IReadOnlyDictionary<string, string>? environment,
        CancellationToken cancellationToken
    ) =>
        new ToolRunner().RunAsync(
            Command(arguments, directory, environment ?? new Dictionary<string, string>()) with
            {
                Accepted = [0, 1, 2, 3, 4, 5, 130],
            },
            cancellationToken
        );

    /// <summary>The next line on standard error that contains <paramref name="text"/>; those before it are dropped.</summary>
    public async Task<string> ReadAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = _lines.Reader.ReadAsync(cancellationToken).AsTask();
            if (await Task.WhenAny(next, _running.Completion) != next && !_lines.Reader.TryPeek(out _))
            {
                var end = await _running.Completion;
                throw new InvalidOperationException($"it ended with {end.ExitCode} without saying '{text}': {end.ErrorTail}");
            }

            if ((await next).Contains(text, StringComparison.Ordinal))
            {
                return await next;
            }
        }
    }

    /// <summary>Sends a signal to the process alone, as Kubernetes and systemd do.</summary>
    public void Signal(int signal) => Assert.That(Libc.kill(_running.Id, signal), Is.Zero);

    /// <summary>Waits for its end.</summary>
    public Task<ToolResult> EndAsync(CancellationToken cancellationToken) => _running.Completion.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private static ToolCommand Command(string[] arguments, string? directory, IReadOnlyDictionary<string, string> environment)
    {
        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        var all = new Dictionary<string, string>(environment, StringComparer.Ordinal);
        if (root is not null)
        {
            all["DOTNET_ROOT"] = root;
        }

        return new(Path.Combine(AppContext.BaseDirectory, "pipeline"), [.. arguments]) { WorkingDirectory = directory, Environment = all };
    }
}
