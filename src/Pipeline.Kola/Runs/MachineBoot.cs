using System.Globalization;
using Pipeline.Host.Output;
using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Runs;

/// <summary>Boots one machine and waits for it to be up and well.</summary>
/// <param name="context">The run.</param>
internal sealed class MachineBoot(RunContext context)
{
    private const int MostStarts = 3;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>Boots a machine; a start that only the host's load broke is repeated.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="configs">Ignition configs beyond those of the run.</param>
    /// <param name="output">Folder for its logs.</param>
    /// <param name="step">Shows the console's last line.</param>
    /// <param name="skipChecks">Whether its units and console may be in any state.</param>
    /// <param name="cancellationToken">Ends the boot.</param>
    /// <exception cref="MachineFailedException">It will not come up, or its units are not well.</exception>
    public async Task<IMachine> BootAsync(
        MachineShape shape,
        IReadOnlyList<string> configs,
        string output,
        IStep step,
        bool skipChecks,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var machine = await context.Machines.StartAsync(
                new(shape, context.Ignition(configs), output) { Attended = context.Attended },
                cancellationToken
            );
            try
            {
                await WaitAsync(machine, step, skipChecks, cancellationToken);
                step.Done();
                return machine;
            }
            catch (MachineFailedException e) when (e.HostIsToBlame && attempt < MostStarts)
            {
                await machine.DisposeAsync();
                context.Reporter.Note($"{e.Message}; starting the machine again");
                File.Move(
                    Path.Combine(output, "console.txt"),
                    Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"console-start-{attempt}.txt"))
                );
            }
            catch (Exception e)
            {
                await machine.DisposeAsync();
                if (e is MachineFailedException)
                {
                    step.Fail(e.Message);
                }

                throw;
            }
        }
    }

    private async Task WaitAsync(IMachine machine, IStep step, bool skipChecks, CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = ShowAsync(machine, step, done.Token);
        try
        {
            await machine.WaitForGuestAsync(cancellationToken);
            if (skipChecks)
            {
                return;
            }

            var problems = await machine.GuardAsync(c => BaseChecks.RunAsync(machine.Guest, c), machine.Patience * 2, cancellationToken);
            problems = [.. problems, .. machine.TakeMarks()];
            if (problems.Count > 0)
            {
                throw new MachineFailedException(string.Join("; ", problems));
            }
        }
        finally
        {
            await done.CancelAsync();
            await showing;
        }
    }

    private async Task ShowAsync(IMachine machine, IStep step, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            step.Progress(0, 0, machine.LastLine);
            await Task.Delay(Beat, context.Time, cancellationToken)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
