using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;

namespace Pipeline.CloudEmulators.Aws;

/// <summary>
/// The state and its document. One change at a time; a change that is refused leaves nothing, and one that is answered is on the disk.
/// </summary>
internal sealed class AwsStore : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly string _path;
    private AwsState _state;
    private byte[] _saved;

    private AwsStore(string path, AwsState state)
    {
        _path = path;
        _state = state;
        _saved = Bytes(state);
    }

    /// <summary>Opens the state in a directory; an empty one when there is none.</summary>
    /// <exception cref="PipelineException">PL7302 the document is something else.</exception>
    public static async Task<AwsStore> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, "aws.json");
        if (!File.Exists(path))
        {
            return new(path, new());
        }

        try
        {
            var state = JsonSerializer.Deserialize(await RegularFile.ReadAsync(path, cancellationToken), AwsJson.Default.AwsState);
            return state is { Schema: 1 }
                ? new(path, state)
                : throw new PipelineException(EmulatorDiagnostics.BadState(path, "it is of another version"));
        }
        catch (JsonException e)
        {
            throw new PipelineException(EmulatorDiagnostics.BadState(path, e.Message), e);
        }
    }

    /// <summary>Reads or changes the state; what a refused change did is undone.</summary>
    public async Task<T> WithAsync<T>(Func<AwsState, T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var result = work(_state);
            var bytes = Bytes(_state);
            if (!bytes.AsSpan().SequenceEqual(_saved))
            {
                await AtomicFile.WriteAsync(_path, bytes, CancellationToken.None);
                _saved = bytes;
            }

            return result;
        }
        catch
        {
            _state = JsonSerializer.Deserialize(_saved, AwsJson.Default.AwsState)!;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads the state without looking for changes, for what is asked often.</summary>
    public async Task<T> ReadAsync<T>(Func<AwsState, T> read, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return read(_state);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static byte[] Bytes(AwsState state) => JsonSerializer.SerializeToUtf8Bytes(state, AwsJson.Default.AwsState);
}
