using Cake.Frosting;
using Pipeline.Build.Proof;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build.Tasks;

/// <summary>What takes longer than a test suite may: each part is skipped while its inputs are those of its last passed run.</summary>
[TaskName("Proof")]
[TaskDescription("Run the long proofs: --only=GLOB for some, --force to run passed ones again; report in artifacts/proof/")]
[IsDependentOn(typeof(CompileTask))]
internal sealed class ProofTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var only = context.Argument("only");
        var parts = ProofInputs.Choose(ProofParts.All, only);
        if (parts.Count == 0)
        {
            var names = string.Join(", ", ProofParts.All.Select(p => p.Name));
            throw new PipelineException(Diagnostic.Error("PL0317", $"no proof is named '{only}'", hint: $"one of: {names}"));
        }

        var output = context.Path("artifacts", "proof");
        var run = new ProofRun(context.Programs, context.Reporter, TimeProvider.System, context.Root, output);
        var records = await run.RunAsync(parts, context.Flag("force"), context.Cancellation);
        context.Reporter.Note($"the report is '{output}/report.html'");
        var failed = records.Where(r => r.Outcome == ProofOutcome.Failed).Select(r => r.Name).ToArray();
        if (failed.Length > 0)
        {
            throw new PipelineException(
                Diagnostic.Error(
                    "PL0318",
                    $"not proved: {string.Join(", ", failed)}",
                    hint: $"the logs are in '{output}'",
                    exit: ExitClass.WorkFailed
                )
            );
        }
    }
}
