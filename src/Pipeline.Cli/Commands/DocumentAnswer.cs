using System.Text.Json;
using Pipeline.Model.Contracts;
using Pipeline.Releases.Documents;

namespace Pipeline.Cli.Commands;

/// <summary>Tells what an edit in place did, or would do.</summary>
internal static class DocumentAnswer
{
    /// <summary>A diff with <c>--dry-run</c>; with <c>--json</c> the outcome; else nothing, as the story is on standard error.</summary>
    public static void Print<T>(Services services, DocumentChange<T> change, bool dryRun, bool json)
        where T : ContractRecord
    {
        if (json)
        {
            services.Output.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        file = change.Shown,
                        changed = change.Changed,
                        written = change.Changed && !dryRun,
                        diff = change.Diff,
                    }
                )
            );
        }
        else if (dryRun)
        {
            services.Output.Write(change.Diff);
        }
        else
        {
            services.Reporter.Note(change.Changed ? $"{change.Shown} changed" : $"{change.Shown} is as it was");
        }
    }
}
