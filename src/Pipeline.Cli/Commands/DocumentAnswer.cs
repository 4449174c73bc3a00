using Pipeline.Cli.Answers;
using Pipeline.Releases.Desks;

namespace Pipeline.Cli.Commands;

/// <summary>Prints what an edit in place did, or would do.</summary>
internal static class DocumentAnswer
{
    /// <summary>A diff with <c>--dry-run</c>; with <c>--json</c> the outcome; else nothing on standard output, only a note.</summary>
    public static void Print(Services services, DocumentOutcome outcome, bool dryRun, bool json)
    {
        if (json)
        {
            services.Output.WriteLine(AnswerJson.Line(new DocumentEdit(outcome.File, outcome.Changed, outcome.Written, outcome.Diff)));
        }
        else if (dryRun)
        {
            services.Output.Write(outcome.Diff);
        }
        else
        {
            services.Reporter.Note(outcome.Changed ? $"{outcome.File} changed" : $"{outcome.File} is as it was");
        }
    }
}
