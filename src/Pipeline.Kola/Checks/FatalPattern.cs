using System.Text.RegularExpressions;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Checks;

/// <summary>What a match means.</summary>
internal enum FatalKind
{
    /// <summary>The machine will never come up: end the wait at once.</summary>
    Stop,

    /// <summary>
    /// As <see cref="Stop"/>, but what follows within seconds may say why: the journal's lines reach the console after systemd's own.
    /// </summary>
    StopSoon,

    /// <summary>As <see cref="Stop"/>, but the host's load is to blame, not the image: the machine is started again.</summary>
    HostTiming,

    /// <summary>As <see cref="HostTiming"/> when the processors are emulated, otherwise as <see cref="Stop"/>.</summary>
    Emulation,

    /// <summary>Something is broken but the machine may go on: the test fails when it ends.</summary>
    Mark,
}

/// <summary>One thing that must never appear on a console or in a journal.</summary>
/// <param name="Name">For people, for example "kernel panic".</param>
/// <param name="Regex">Matched against single lines without escape sequences.</param>
/// <param name="Kind">Whether to stop at once.</param>
/// <param name="Sample">A line that matches; a test holds the table to it.</param>
/// <param name="Count">How many matching lines in a row of a boot make it fatal.</param>
internal sealed record FatalPattern(string Name, string Regex, FatalKind Kind, string Sample, int Count = 1)
{
    private readonly Regex _regex = new(Regex, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>Whether the line matches.</summary>
    public bool Matches(string line) => _regex.IsMatch(line);
}

/// <summary>
/// The table: kola's console checks (coreos-assembler, mantle/kola/harness.go) and what this OS's early boot prints when it fails.
/// </summary>
internal static class FatalPatterns
{
    /// <summary>All patterns; the first that matches a line names it.</summary>
    public static ValueList<FatalPattern> All { get; } =
    [
        new(
            "Ignition failed",
            @"ignition\[\d+\]: (failed to .*|.*[Ff]ailed to fetch config.*|Ignition failed.*)|Ignition failed: ",
            FatalKind.Stop,
            "[   21.4] ignition[612]: Ignition failed: failed to fetch config: unexpected end of JSON input"
        ),
        new(
            "Ignition failed",
            @"ignition\[\d+\]: failed to fetch config: context canceled",
            FatalKind.Stop,
            "ignition[400]: failed to fetch config: context canceled"
        ),
        new(
            "a unit of the initramfs failed",
            @"Failed to start .*(Ignition \(|ignition-)",
            FatalKind.StopSoon,
            "[FAILED] Failed to start ignition-fetch-off…service - Ignition (fetch-offline)."
        ),
        new(
            "a unit of the initramfs failed",
            @"Dependency failed for .*(initrd-root-fs\.target|initrd\.target|Initrd Root File System|Initrd Default Target|"
                + @"ignition-complete\.target|Ignition Complete)",
            FatalKind.StopSoon,
            "[DEPEND] Dependency failed for initrd-root-fs.target - Initrd Root File System."
        ),
        new(
            "emergency shell",
            "Press Enter for emergency shell|Starting Emergency Shell|You are in emergency mode|Entering emergency mode|"
                + "Cannot open access to console, the root account is locked",
            FatalKind.StopSoon,
            "You are in emergency mode. After logging in, type \"journalctl -xb\" to view"
        ),
        new("dracut fatal", @"dracut: Refusing to continue", FatalKind.Stop, "dracut: Refusing to continue"),
        new(
            "systemd gave up",
            @"Failed to isolate default target|systemd\[1\]: Freezing execution",
            FatalKind.Stop,
            "[    6.0] systemd[1]: Failed to isolate default target: Unit rescue.service not found."
        ),
        new(
            "the emulated timer starved",
            @"Kernel panic - not syncing: IO-APIC \+ timer doesn't work",
            FatalKind.HostTiming,
            "[    0.06] Kernel panic - not syncing: IO-APIC + timer doesn't work!  Boot with apic=debug and send a report."
        ),
        // Seen in about one reboot of fifty under TCG with two processors, never on a first boot; KVM was not to be had. The cause is not
        // known: no trace was kept. A guess is code that Linux patches while the other emulated processor runs it.
        new(
            "kernel panic",
            @"Kernel panic - not syncing: Fatal exception in interrupt",
            FatalKind.Emulation,
            "[    4.4] Kernel panic - not syncing: Fatal exception in interrupt"
        ),
        new(
            "kernel panic",
            @"Kernel panic - not syncing: (.*)",
            FatalKind.Stop,
            "[    3.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)"
        ),
        new("kernel oops", @"Oops:", FatalKind.Mark, "[   10.0] Oops: 0002 [#1] PREEMPT SMP"),
        new(
            "kernel warning",
            @"WARNING: CPU: \d+ PID: \d+ at (.+)",
            FatalKind.Mark,
            "[    5.0] WARNING: CPU: 1 PID: 77 at kernel/sched/core.c:123 foo+0x1/0x2"
        ),
        new("failure of disk under I/O", @"rejecting I/O to offline device", FatalKind.Mark, "sd 0:0:0:0: rejecting I/O to offline device"),
        new(
            "excessive bonding link status messages",
            @"link status up for interface [^,]+, enabling it in [0-9]+ ms",
            FatalKind.Mark,
            "bond0: link status up for interface eth1, enabling it in 0 ms",
            10
        ),
        new(
            "ext4 delalloc bug",
            @"EXT4-fs \([^)]+\): Delayed block allocation failed for inode \d+ at logical offset \d+ with max blocks \d+ with error \d+",
            FatalKind.Mark,
            "EXT4-fs (vda9): Delayed block allocation failed for inode 12 at logical offset 0 with max blocks 2 with error 121"
        ),
        new("GRUB memory corruption", @"(alloc|free) magic (is )?broken", FatalKind.Stop, "error: alloc magic is broken at 0x7e3a3e00: 0."),
        new(
            "race of initrd cleanup",
            @"initrd-cleanup\.service: Main process exited, code=killed, status=15/TERM",
            FatalKind.Stop,
            "systemd[1]: initrd-cleanup.service: Main process exited, code=killed, status=15/TERM"
        ),
        new("Go panic", @"(^|[\]:] )panic: (.*)", FatalKind.Mark, "ignition[1]: panic: runtime error: index out of range"),
        new(
            "segmentation fault",
            @"SIGSEGV|=11/SEGV|segfault at",
            FatalKind.Mark,
            "systemd[1]: foo.service: Main process exited, code=dumped, status=11/SEGV"
        ),
        new("core dump", @"[Cc]ore dump", FatalKind.Mark, "systemd-coredump[5]: Process 4 (foo) dumped core dump."),
        new(
            "ordering cycle of units",
            @"Ordering cycle found",
            FatalKind.Mark,
            "systemd[1]: sysinit.target: Ordering cycle found, skipping foo.service"
        ),
        new("out of memory", @"invoked oom-killer", FatalKind.Mark, "[   50.0] podman invoked oom-killer: gfp_mask=0x140cca"),
        new(
            "failed generator",
            @"(/.*/system-generators/.*) (failed with exit status|terminated by signal|failed due to unknown reason)",
            FatalKind.Mark,
            "systemd[1]: /usr/lib/systemd/system-generators/foo failed with exit status 1."
        ),
        new(
            "a dependency of a unit failed",
            @"Dependency failed for ",
            FatalKind.Mark,
            "[DEPEND] Dependency failed for boot.mount - Boot File System."
        ),
        new(
            "no boot loader",
            @"No bootable device|Boot failed: not a bootable disk|BdsDxe: No bootable option or device was found",
            FatalKind.Stop,
            "No bootable device."
        ),
        new(
            "GRUB error",
            "error: .*(no such device|no such partition|file .* not found|you need to load the kernel first|invalid magic number)|"
                + "Entering rescue mode|^grub rescue>|^grub>",
            FatalKind.Stop,
            "error: file `/grub/static.cfg' not found."
        ),
    ];
}

/// <summary>A fatal line that was seen.</summary>
/// <param name="Pattern">What it matched.</param>
/// <param name="Line">The line, without escape sequences.</param>
internal sealed record FatalLine(FatalPattern Pattern, string Line)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Pattern.Name}: {Line.Trim()}";
}

/// <summary>Watches lines of one machine for the table's patterns.</summary>
internal sealed class FatalScanner
{
    private readonly Dictionary<FatalPattern, int> _counts = [];

    /// <summary>The fatal line this line completes, or <c>null</c>.</summary>
    public FatalLine? Scan(string line)
    {
        foreach (var pattern in FatalPatterns.All)
        {
            if (pattern.Matches(line))
            {
                var count = _counts[pattern] = _counts.GetValueOrDefault(pattern) + 1;
                return count == pattern.Count ? new(pattern, line) : null;
            }
        }

        return null;
    }
}
