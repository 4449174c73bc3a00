namespace Pipeline.Host.Output;

/// <summary>Receives the events of a run, one at a time and in order: draws them, prints them or sends them to another process.</summary>
public interface IRendering
{
    /// <summary>Takes an event. Never called by two threads at once.</summary>
    void Take(RunEvent happened);
}
