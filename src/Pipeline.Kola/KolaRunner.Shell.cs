using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

/// <content>Machines for people: <c>pipeline run</c>, and the shell in a machine whose test failed.</content>
public sealed partial class KolaRunner
{
    /// <summary>Boots one machine and runs a command in it, or gives a person a login shell or its serial console.</summary>
    /// <param name="request">What to boot.</param>
    /// <param name="command">The command and its arguments, each quoted for the guest's shell; empty for a shell on this terminal.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>The command's exit code; of a serial console always 0.</returns>
    /// <exception cref="PipelineException">PL4006 the machine did not come up, PL4024 it has no serial console for people.</exception>
    public async Task<int> ShellAsync(BootRequest request, ValueList<string> command, CancellationToken cancellationToken)
    {
        var build = await FindAsync(request, cancellationToken);
        var ignition = UserConfig(request, build);
        using var use = await build.UseAsync(request, time, cancellationToken);
        using var folder = await OutputFolder.OpenFreeAsync(request.WorkDirectory, "run", time, cancellationToken);
        await using var machines = await MachinesAsync(request, build, folder, cancellationToken);
        var context = Context(request, machines, build, folder.Path, null, ignition) with { Attended = command.Count == 0 };
        foreach (var (host, guest) in request.Ports)
        {
            reporter.Note($"port {host} of 127.0.0.1 leads to port {guest} of the machine");
        }

        try
        {
            if (request.Console)
            {
                return await ConsoleAsync(context, cancellationToken);
            }

            await using var saved = await SavedAsync(request, context, cancellationToken);
            await using var machine = await StartAsync(saved, context, build, cancellationToken);
            if (command.Count > 0)
            {
                return await SshAsync(machine, string.Join(' ', command.Select(ShellWord.Quote)), request.TerminalType, cancellationToken);
            }

            ReachTexts.Of(machine.Access, "the machine ends with its shell").ForEach(reporter.Note);
            return await SshAsync(machine, null, request.TerminalType, cancellationToken);
        }
        catch (MachineFailedException e)
        {
            throw new PipelineException(
                KolaDiagnostics.MachineFailed(e.Message, folder.Path, ProvisioningLog.Of(e.Message, folder.Path)),
                e
            );
        }
    }

    /// <summary>A serial console from the first line on; the guest logs its administrator in.</summary>
    private async Task<int> ConsoleAsync(RunContext context, CancellationToken cancellationToken)
    {
        var config = context.Ignition([SerialLogin.Config(context.TerminalType)]);
        await using var machine = await context.Machines.StartAsync(
            new(context.Shape, config, context.Output) { Attended = true },
            cancellationToken
        );
        if (machine.Access.Serial is not { } socket)
        {
            throw new PipelineException(KolaDiagnostics.NoSerial(context.Machines.Platform));
        }

        ReachTexts.OfConsole(machine.Access).ForEach(reporter.Note);
        using (var terminal = RawTerminal.Enter())
        {
            using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var end = machine.GuardAsync(
                async c =>
                {
                    await Task.Delay(Timeout.Infinite, c);
                    return true;
                },
                null,
                left.Token
            );
            try
            {
                await new SerialBridge(socket, terminal.Input, terminal.Output, time).RunAsync(end, cancellationToken);
            }
            finally
            {
                await left.CancelAsync();
                await end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }

        return 0;
    }

    /// <summary>Runs ssh on a connection of its own: the master would read this terminal from a process group that it stops.</summary>
    private async Task<int> SshAsync(IMachine machine, string? command, string? terminal, CancellationToken cancellationToken)
    {
        var ssh = await machine.SshCommandAsync(command is null ? ["-t"] : [], command, cancellationToken);
        ssh = ssh with { Terminal = true };
        if (terminal is not null)
        {
            ssh = ssh with { Environment = new Dictionary<string, string>(ssh.Environment) { ["TERM"] = terminal } };
        }

        await using var shell = tools.Start(ssh);
        return (await machine.GuardAsync(c => shell.Completion.WaitAsync(c), null, cancellationToken)).ExitCode;
    }

    /// <summary>A shell in the machine of a test that failed; the run goes on when it ends.</summary>
    private async Task LookAsync(IMachine machine, string test, string? terminal, CancellationToken cancellationToken)
    {
        reporter.Note($"{test} failed: here is a shell in its machine, {machine.OutputDirectory}");
        ReachTexts.Of(machine.Access, "the run goes on then").ForEach(reporter.Note);
        try
        {
            await SshAsync(machine, null, terminal, cancellationToken);
        }
        catch (MachineFailedException e)
        {
            reporter.Note($"the machine is lost: {e.Message}");
        }
    }

    /// <summary>The saved machine to start from; <c>null</c> when a person wants to see it boot, or none can be had.</summary>
    private async Task<ISavedMachine?> SavedAsync(BootRequest request, RunContext context, CancellationToken cancellationToken)
    {
        if (request.Cold || !context.Machines.KeepsSaved)
        {
            return null;
        }

        using var step = reporter.Step("machine that others start from");
        return await new ForkMaker(context).AnsweringAsync(step, cancellationToken);
    }

    private async Task<IMachine> StartAsync(
        ISavedMachine? saved,
        RunContext context,
        BuildUnderTest build,
        CancellationToken cancellationToken
    )
    {
        if (saved is not null)
        {
            try
            {
                return await saved.StartAsync(context.Output, cancellationToken);
            }
            catch (MachineFailedException e) when (saved.IsOld)
            {
                saved.Discard();
                reporter.Note($"the machine that an earlier run saved does not start: {e.Message}");
            }
        }

        using var step = reporter.Step($"boot {build.Id}");
        return await new MachineBoot(context).BootAsync(context.Shape, [], context.Output, step, skipChecks: true, cancellationToken);
    }
}
