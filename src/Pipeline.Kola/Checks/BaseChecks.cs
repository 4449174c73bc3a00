using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Checks;

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
    public static async Task<IReadOnlyList<string>> RunAsync(QemuMachine machine, CancellationToken cancellationToken)
    {
        var text = await machine.Ssh.MustAsync("looking at the units", Script, cancellationToken);
        var problems = new List<string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("failed ", StringComparison.Ordinal))
            {
                problems.Add($"unit {line[7..]} has failed{await WhyAsync(machine, line[7..], cancellationToken)}");
            }
            else if (line.StartsWith("restarting ", StringComparison.Ordinal))
            {
                problems.Add($"unit {line[11..]} restarts again and again");
            }
        }

        return problems;
    }

    /// <summary>The last line the unit itself logged.</summary>
    private static async Task<string> WhyAsync(QemuMachine machine, string unit, CancellationToken cancellationToken)
    {
        var result = await machine.Ssh.RunAsync(
            $"sudo journalctl --boot --no-pager --output=cat --lines=40 _SYSTEMD_UNIT={SshSession.Quote(unit)}",
            cancellationToken
        );
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? $": {last.Trim()}" : "";
    }
}

/// <summary>Looks through the parts of a journal file that are new since the last look, leaving out what tests themselves print.</summary>
internal sealed class JournalScanner(string directory)
{
    private readonly Dictionary<string, long> _positions = [];

    /// <summary>Fatal lines since the last call.</summary>
    public IReadOnlyList<FatalLine> Take()
    {
        var found = new List<FatalLine>();
        foreach (var path in Directory.GetFiles(directory, "journal*.txt").Order(StringComparer.Ordinal))
        {
            var scanner = new FatalScanner();
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Position = _positions.GetValueOrDefault(path);
            using var reader = new StreamReader(file);
            while (reader.ReadLine() is { } line)
            {
                if (
                    !line.Contains(" kola-runext-", StringComparison.Ordinal)
                    && !line.Contains(" sudo[", StringComparison.Ordinal)
                    && scanner.Scan(line) is { } fatal
                )
                {
                    found.Add(fatal);
                }
            }

            _positions[path] = file.Position;
        }

        return found;
    }
}
