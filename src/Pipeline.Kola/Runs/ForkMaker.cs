using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Runs;

/// <summary>Boots one machine with nothing but our key, checks it, and saves it for forks.</summary>
/// <param name="context">The run.</param>
internal sealed class ForkMaker(RunContext context)
{
    /// <summary>The saved machine; <c>null</c> when it did not come up, so that the groups boot themselves and report why.</summary>
    public async Task<ISavedMachine?> MakeAsync(CancellationToken cancellationToken)
    {
        using var step = context.Reporter.Step("boot the machine that tests start from");
        try
        {
            var output = Path.Combine(context.Output, "base");
            await using var machine = await new MachineBoot(context).BootAsync(
                context.Shape,
                [],
                output,
                step,
                skipChecks: false,
                cancellationToken
            );
            var saved = await machine.SaveAsync(cancellationToken);
            step.Done();
            return saved;
        }
        catch (MachineFailedException e)
        {
            step.Fail(e.Message);
            return null;
        }
    }
}
