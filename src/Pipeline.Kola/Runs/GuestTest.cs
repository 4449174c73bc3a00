using System.Text;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Tests;

namespace Pipeline.Kola.Runs;

/// <summary>How a test's unit ended.</summary>
/// <param name="Passed">Whether it succeeded.</param>
/// <param name="Reason">One line when it did not.</param>
/// <param name="Output">What it printed, over all its boots.</param>
internal sealed record GuestOutcome(bool Passed, string Reason, string Output);

/// <summary>Runs one test on a machine that is up: package, unit, reboots, outcome.</summary>
internal sealed class GuestTest(IMachine machine, KolaTest test, int index, bool mayReboot)
{
    private const int MostReboots = 100;
    private const int LongestMark = 256;
    private const int LongestOutput = 256 * 1024;

    private readonly string _unit = GuestPackage.Unit(index);
    private readonly StringBuilder _output = new();

    /// <summary>Runs it to its end.</summary>
    /// <param name="variables">Environment beyond kola's own.</param>
    /// <param name="extraData">Files added to its data.</param>
    /// <param name="cancellationToken">Ends it, also when its time is up.</param>
    /// <exception cref="MachineFailedException">The machine was lost.</exception>
    public async Task<GuestOutcome> RunAsync(
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyList<TestDataFile> extraData,
        CancellationToken cancellationToken
    )
    {
        var package = GuestPackage.Build(test, index, variables, extraData);
        for (var boot = 0; boot <= MostReboots; boot++)
        {
            var answer = await StartAsync(package, cancellationToken);
            if (!answer.TryGetValue("Event", out var request))
            {
                return Outcome(answer);
            }

            var words = request.Split(' ', 2);
            if (words.Length != 2 || words[0] is not ("reboot" or "soft-reboot") || !IsMark(words[1]))
            {
                return new(
                    false,
                    $"the test asked for '{ConsoleText.Shorten(request, 80)}', which is not a reboot with a mark of 1 to {LongestMark} "
                        + "printable characters",
                    _output.ToString()
                );
            }

            package = GuestPackage.Volatile(words[1]);
            await RebootAsync(words[0] == "soft-reboot" ? MachineReboot.Soft : MachineReboot.Hard, cancellationToken);
        }

        return new(false, $"the test rebooted more than {MostReboots} times", _output.ToString());
    }

    /// <summary>What the test has printed so far; for a test that ran out of time.</summary>
    public string Output => _output.ToString();

    /// <summary>Fetches what the unit printed in this boot.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken) =>
        Append(
            (
                await machine.Guest.RunAsync(
                    $"sudo journalctl --boot --no-pager --output=cat _SYSTEMD_UNIT={_unit} | tail -c {LongestOutput}",
                    default,
                    cancellationToken
                )
            ).Output
        );

    private void Append(string text)
    {
        _output.Append(text);
        if (_output.Length > LongestOutput)
        {
            _output.Remove(0, _output.Length - LongestOutput);
        }
    }

    private static bool IsMark(string mark) => mark.Length is > 0 and <= LongestMark && mark.All(c => c is >= ' ' and <= '~');

    private async Task<IReadOnlyDictionary<string, string>> StartAsync(byte[] package, CancellationToken cancellationToken)
    {
        // Every program costs a tenth of a second on an emulated processor: tar makes directories and FIFOs too. systemd finds a unit
        // that it never saw without a reload, which runs all generators.
        var root = machine.Guest.AsRoot;
        var command =
            $"{root}tar -x -C / --no-same-owner --no-overwrite-dir -f -"
            + $" && exec {root}{GuestPackage.Runner} {_unit} {(mayReboot ? "allow" : "deny")}";
        var text = await machine.Guest.MustAsync("running the test's unit", command, package, cancellationToken);
        var halves = text.Split("\n\n", 2);
        Append(halves.Length > 1 ? halves[1] : "");
        return halves[0]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split('=', 2))
            .Where(p => p.Length == 2)
            .GroupBy(p => p[0], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First()[1], StringComparer.Ordinal);
    }

    private async Task RebootAsync(MachineReboot kind, CancellationToken cancellationToken)
    {
        var before = await IdentityAsync(cancellationToken);
        await machine.RebootAsync(kind, AcknowledgeAsync, cancellationToken);
        if (await IdentityAsync(cancellationToken) == before)
        {
            throw new MachineFailedException("the machine did not reboot");
        }
    }

    private Task<string> IdentityAsync(CancellationToken cancellationToken) =>
        machine.Guest.MustAsync("reading the boot id", GuestCommands.BootIdentity, default, cancellationToken);

    private Task<string> AcknowledgeAsync(CancellationToken cancellationToken) =>
        machine.Guest.MustAsync("answering the reboot request", "sudo sh -c 'echo ok >/run/kola/ack'", default, cancellationToken);

    private GuestOutcome Outcome(IReadOnlyDictionary<string, string> end)
    {
        var output = _output.ToString();
        if (end.GetValueOrDefault("Result") == "success")
        {
            return new(true, "", output);
        }

        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(l => l.Trim().Length > 0)?.Trim();
        var status = $"{end.GetValueOrDefault("Result", "no result")}, status {end.GetValueOrDefault("ExecMainStatus", "?")}";
        return new(false, last is null ? status : $"{ConsoleText.Shorten(last, 300)} ({status})", output);
    }
}
