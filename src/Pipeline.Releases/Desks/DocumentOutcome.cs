using Pipeline.Model.Contracts;
using Pipeline.Releases.Documents;

namespace Pipeline.Releases.Desks;

/// <summary>What an edit of a document in a file did, or would do.</summary>
/// <param name="File">The file as the user typed it.</param>
/// <param name="Changed">Whether the new text differs.</param>
/// <param name="Written">Whether it was written: not in a dry run, not without a change.</param>
/// <param name="Diff">A unified diff; empty without a change.</param>
public sealed record DocumentOutcome(string File, bool Changed, bool Written, string Diff)
{
    internal static DocumentOutcome Of<T>(DocumentChange<T> change, bool dryRun)
        where T : ContractRecord => new(change.Shown, change.Changed, change.Changed && !dryRun, change.Diff);
}
