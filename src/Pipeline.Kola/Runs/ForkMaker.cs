using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Runs;

/// <summary>Boots one machine with nothing but our key, checks it, and saves it for forks.</summary>
internal sealed class ForkMaker(RunContext context)
{
    /// <summary>The saved machine; <c>null</c> when it did not come up, so that the groups boot themselves and report why.</summary>
    public async Task<MachineFork?> MakeAsync(CancellationToken cancellationToken)
    {
        var options = context.Options(new TestGroup("base", [], true));
        using var step = context.Reporter.Step("boot the machine that tests start from");
        try
        {
            await using var machine = await GroupRun.BootAsync(
                context,
                options,
                Path.Combine(context.Output, "base"),
                step,
                skipChecks: false,
                cancellationToken
            );
            var saved = await MachineFork.SaveAsync(context.Machines, machine, options, cancellationToken);
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
