using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Build.Proof;

/// <summary>
/// Runs parts one after the other and writes the report after each. A part that passed with the same inputs is not run again, so an
/// interrupted run goes on where it stopped.
/// </summary>
/// <param name="tools">Starts programs.</param>
/// <param name="reporter">Shows steps.</param>
/// <param name="time">Clock of the records.</param>
/// <param name="root">The checkout.</param>
/// <param name="output">Where records, logs and the report go.</param>
internal sealed class ProofRun(IToolRunner tools, IReporter reporter, TimeProvider time, string root, string output)
{
    /// <summary>Runs what has not passed yet.</summary>
    /// <param name="parts">The parts to run, in this order.</param>
    /// <param name="force">Run passed parts again.</param>
    /// <param name="cancellationToken">Stops the part that runs; its record stays as it was.</param>
    /// <returns>The records of the parts.</returns>
    public async Task<IReadOnlyList<ProofRecord>> RunAsync(IReadOnlyList<ProofPart> parts, bool force, CancellationToken cancellationToken)
    {
        var records = new List<ProofRecord>();
        foreach (var part in parts)
        {
            var digest = await ProofInputs.DigestAsync(root, part, cancellationToken);
            if (
                !force
                && await ProofReport.FindAsync(output, part.Name, cancellationToken) is { Outcome: ProofOutcome.Passed } known
                && known.Digest == digest
            )
            {
                reporter.Note($"{part.Name}: passed {known.Finished:yyyy-MM-dd HH:mm}Z with the same inputs");
                records.Add(known);
            }
            else
            {
                records.Add(await OneAsync(part, digest, cancellationToken));
            }

            await ProofReport.WriteAsync(output, records, cancellationToken);
        }

        return records;
    }

    private async Task<ProofRecord> OneAsync(ProofPart part, string digest, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(output, "work", part.Name);
        UnixFile.DeleteTree(directory);
        Directory.CreateDirectory(directory);
        var started = time.GetTimestamp();
        using var step = reporter.Step($"prove {part.Name}");
        ValueList<ProofFigure> figures = [];
        string? problem = null;
        await using (var log = new StreamWriter(Path.Combine(output, $"{part.Name}.log")))
        {
            try
            {
                figures = await part.RunAsync(new ProofBench(tools, root, directory, log), cancellationToken);
            }
            catch (PipelineException e)
            {
                problem = e.Message;
                foreach (var diagnostic in e.Diagnostics)
                {
                    reporter.Report(diagnostic);
                }
            }
        }

        var outcome = problem is null ? ProofOutcome.Passed : ProofOutcome.Failed;
        if (problem is null)
        {
            UnixFile.DeleteTree(directory);
            step.Done("passed");
        }
        else
        {
            step.Fail("failed");
        }

        var seconds = Math.Round(time.GetElapsedTime(started).TotalSeconds, 1);
        var record = new ProofRecord(part.Name, part.Shows, digest, outcome, time.GetUtcNow(), seconds, problem, figures);
        await ProofReport.KeepAsync(output, record, cancellationToken);
        return record;
    }
}
