using Pipeline.Host.Output;

namespace Pipeline.Compose.Trees;

/// <summary>Reports what programs of the tree ran when, for traces: each run, and the packages in it, as parts of a step.</summary>
/// <param name="time">The clock of the parts.</param>
internal sealed class ScriptParts(TimeProvider time)
{
    private const int Thread = 60; // beside those that unpack and deflate
    private string? _what;
    private long _since;

    /// <summary>The step that is open now; <c>null</c> for none, then nothing is reported.</summary>
    public IStep? Step { get; set; }

    /// <summary>What was before is over.</summary>
    /// <param name="what">What begins, or <c>null</c>.</param>
    public void Begin(string? what)
    {
        var now = time.GetTimestamp();
        if (_what is not null)
        {
            Step?.Part(Thread, _what, time.GetElapsedTime(_since, now));
        }

        (_what, _since) = (what, now);
    }
}
