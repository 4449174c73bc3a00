using Pipeline.Host.Output;
using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Runs;

/// <summary>
/// Gets a saved machine that was booted with the configs of a run and nothing else: that of an earlier run, or a new one.
/// </summary>
/// <param name="context">The run.</param>
internal sealed class ForkMaker(RunContext context)
{
    /// <summary>The saved machine with its units well; <c>null</c> when it did not come up, so that the groups boot themselves and report
    /// why.</summary>
    public async Task<ISavedMachine?> MakeAsync(CancellationToken cancellationToken)
    {
        using var step = context.Reporter.Step("machine that tests start from");
        try
        {
            return await GetAsync("well", skipChecks: false, step, cancellationToken);
        }
        catch (MachineFailedException e)
        {
            step.Fail(e.Message);
            return null;
        }
    }

    /// <summary>The saved machine as soon as its guest answers, in whatever state its units are.</summary>
    /// <exception cref="MachineFailedException">It did not come up.</exception>
    public Task<ISavedMachine> AnsweringAsync(IStep step, CancellationToken cancellationToken) =>
        GetAsync("answers", skipChecks: true, step, cancellationToken);

    private async Task<ISavedMachine> GetAsync(string point, bool skipChecks, IStep step, CancellationToken cancellationToken)
    {
        var output = Path.Combine(context.Output, "base");
        var saved = await context.Machines.SavedAsync(
            new(context.Shape, context.Ignition([]), output) { Attended = context.Attended },
            point,
            c => new MachineBoot(context).BootAsync(context.Shape, [], output, step, skipChecks, c),
            cancellationToken
        );
        step.Done(saved.IsOld ? "saved by an earlier run" : null);
        return saved;
    }
}
