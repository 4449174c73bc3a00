namespace Pipeline.CloudEmulators.Machines;

/// <summary>Instances behind which there is nothing, for work on the API alone: they run until they are terminated.</summary>
internal sealed class NoMachines : IInstanceMachines
{
    /// <inheritdoc/>
    public string Lacks(string architecture) => "";

    /// <inheritdoc/>
    public async Task<IInstanceMachine> StartAsync(InstanceStart start, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(start.Directory);
        await File.WriteAllTextAsync(start.Console, start.NoBoot ? "" : "no machine runs behind this instance\n", cancellationToken);
        return new Machine();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Machine : IInstanceMachine
    {
        private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> End => _end.Task;

        public int SshPort => 22;

        public Task ResetAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            _end.TrySetResult("it was ended");
            return ValueTask.CompletedTask;
        }
    }
}
