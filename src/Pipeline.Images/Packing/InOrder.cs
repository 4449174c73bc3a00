namespace Pipeline.Images.Packing;

/// <summary>Work on many items side by side whose results are taken in the items' order, with a bounded number of them under way.</summary>
/// <typeparam name="T">A result.</typeparam>
/// <param name="take">Takes a result; called by the thread that adds, in order.</param>
internal sealed class InOrder<T>(Action<T> take) : IDisposable
{
    /// <summary>How many items are under way at most: enough that no processor waits for the one that takes.</summary>
    public static int Window { get; } = Environment.ProcessorCount + 1;

    private readonly Queue<Task<T>> _pending = new();

    /// <summary>Begins with an item; waits for the oldest one when there are too many.</summary>
    public void Add(Func<T> work) => Add(Task.Run(work));

    /// <summary>Begins with something that is there already.</summary>
    public void Add(T result) => Add(Task.FromResult(result));

    /// <summary>Takes what is left.</summary>
    public void Finish()
    {
        while (_pending.TryDequeue(out var next))
        {
            take(next.GetAwaiter().GetResult());
        }
    }

    /// <summary>Waits until nothing is under way any more; the results, and failures, of a stopped run are dropped.</summary>
    public void Dispose()
    {
        foreach (var task in _pending)
        {
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
            _ = task.Exception;
        }

        _pending.Clear();
    }

    private void Add(Task<T> item)
    {
        _pending.Enqueue(item);
        if (_pending.Count > Window)
        {
            take(_pending.Dequeue().GetAwaiter().GetResult());
        }
    }
}
