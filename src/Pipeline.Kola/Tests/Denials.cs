using System.Globalization;
using Pipeline.Model.Denylists;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>What the denylist does to a test.</summary>
internal enum Denial
{
    /// <summary>It runs, and a failure is a failure.</summary>
    None,

    /// <summary>It runs, a failure only warns.</summary>
    Warn,

    /// <summary>It does not run.</summary>
    Skip,
}

/// <summary>Where a test would run, as the conditions of a denylist name it.</summary>
/// <param name="Stream">The build's stream; empty when unknown.</param>
/// <param name="Architecture">RPM's name of the architecture.</param>
/// <param name="Platform">Where the machines run.</param>
/// <param name="Version">The build's version; empty when unknown.</param>
/// <param name="Today">The day, for snoozes.</param>
internal sealed record DenialScope(string Stream, string Architecture, string Platform, string Version, DateOnly Today)
{
    /// <summary>The operating system by its manifest's name; empty when unknown.</summary>
    public string System { get; init; } = "";

    /// <summary>kola's own word for a system that has one.</summary>
    public string Distro =>
        System switch
        {
            "fedora-coreos" => "fcos",
            "rhel-coreos" => "rhcos",
            "centos-stream-coreos" => "scos",
            _ => System,
        };
}

/// <summary>Applies a denylist to tests.</summary>
internal static class Denials
{
    /// <summary>What applies to a test, and the entry's tracker; the first entry that applies decides.</summary>
    public static (Denial Denial, string Why) For(Denylist list, string test, DenialScope scope)
    {
        foreach (var entry in list.Entries)
        {
            if (!Applies(entry, test, scope))
            {
                continue;
            }

            var why = $"denylist '{entry.Pattern}'{(entry.Tracker.Length == 0 ? "" : $", see {entry.Tracker}")}";
            var snooze = entry.Snooze is { } day ? DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture) : (DateOnly?)null;
            if (snooze is { } until && scope.Today < until)
            {
                return (Denial.Skip, $"{why}, snoozed until {until:yyyy-MM-dd}");
            }

            return entry.Warn == true ? (Denial.Warn, why)
                : snooze is null ? (Denial.Skip, why)
                : (Denial.None, "");
        }

        return (Denial.None, "");
    }

    private static bool Applies(DenylistEntry entry, string test, DenialScope scope) =>
        Glob.Matches(entry.Pattern, test)
        && Names(entry.Streams, scope.Stream)
        && Names(entry.Arches, scope.Architecture)
        && Names(entry.Platforms, scope.Platform)
        && (
            entry.OsVersions is not { Count: > 0 } versions
            || versions.Any(v => scope.Version == v || scope.Version.StartsWith(v + ".", StringComparison.Ordinal))
        );

    private static bool Names(ValueList<string>? list, string value) => list is not { Count: > 0 } names || names.Contains(value);
}
