using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Runs;

/// <summary>What every machine must fulfil once it is up, whatever the test.</summary>
internal static class BaseChecks
{
    // One command for all of it: each round trip costs on an emulated CPU. It polls, because 'is-system-running --wait' misses the signal
    // of a system that finishes starting just then, and waits for ever.
    private const string Script = """
        while :; do
          case $(systemctl is-system-running 2>/dev/null) in initializing|starting) sleep 0.5 ;; *) break ;; esac
        done
        systemctl list-units --failed --plain --no-legend | while read -r unit rest; do echo "failed $unit"; done
        systemctl list-units --state=activating --plain --no-legend | while read -r unit rest; do
          n=$(systemctl show -p NRestarts --value "$unit")
          [ "${n:-0}" -ge 2 ] && echo "restarting $unit"
        done
        cat /proc/sys/kernel/random/boot_id
        """;

    /// <summary>Waits until systemd has started what it wants to, then looks at its units.</summary>
    /// <returns>Problems, one line each; empty when all is well.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(IGuest guest, CancellationToken cancellationToken)
    {
        var text = await guest.MustAsync("looking at the units", Script, default, cancellationToken);
        var problems = new List<string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("failed ", StringComparison.Ordinal))
            {
                problems.Add($"unit {line[7..]} has failed{await WhyAsync(guest, line[7..], cancellationToken)}");
            }
            else if (line.StartsWith("restarting ", StringComparison.Ordinal))
            {
                problems.Add($"unit {line[11..]} restarts again and again");
            }
        }

        return problems;
    }

    /// <summary>The last line the unit itself logged.</summary>
    private static async Task<string> WhyAsync(IGuest guest, string unit, CancellationToken cancellationToken)
    {
        var result = await guest.RunAsync(
            $"sudo journalctl --boot --no-pager --output=cat --lines=40 _SYSTEMD_UNIT={ShellWord.Quote(unit)}",
            default,
            cancellationToken
        );
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? $": {last.Trim()}" : "";
    }
}
