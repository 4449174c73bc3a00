using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Model.Values;

namespace Pipeline.TestKit.Machines;

/// <summary>What a fake guest answers to a command.</summary>
public delegate Task<GuestResult> GuestAnswer(string command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken);

/// <summary>A guest that answers by a function.</summary>
/// <param name="answer">Gives the answers.</param>
public sealed class FakeGuest(GuestAnswer answer) : IGuest
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public string Channel => "fake";

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <summary>Runs commands by this host's shell, as the same user.</summary>
    public static async Task<GuestResult> ShellAsync(string command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var result = await new ToolRunner().RunAsync(
            new("sh", ["-c", command]) { Input = input, Accepted = Enumerable.Range(0, 256).ToValueList() },
            cancellationToken
        );
        return new(result.ExitCode, result.Text, result.ErrorTail.Trim());
    }

    /// <inheritdoc/>
    public Task<GuestResult> RunAsync(string command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) =>
        Ended.IsCompleted ? Task.FromResult(new GuestResult(255, "", "connection lost")) : answer(command, input, cancellationToken);

    /// <summary>The connection breaks.</summary>
    public void End() => _ended.TrySetResult();

    /// <inheritdoc/>
    public IAsyncDisposable Follow(string command, string outputFile)
    {
        var result = answer(command, default, CancellationToken.None).GetAwaiter().GetResult();
        File.WriteAllText(outputFile, result.Output);
        return new Follower();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        End();
        return ValueTask.CompletedTask;
    }

    private sealed class Follower : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
