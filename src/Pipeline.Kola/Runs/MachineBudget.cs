using System.Globalization;
using Pipeline.Kola.Machines;

namespace Pipeline.Kola.Runs;

/// <summary>What machines may use at once.</summary>
/// <param name="MemoryMiB">Memory in MiB.</param>
/// <param name="Cpus">Virtual CPUs.</param>
/// <param name="Machines">How many machines.</param>
internal sealed record MachineBudget(int MemoryMiB, int Cpus, int Machines)
{
    /// <summary>Memory that QEMU needs beside the guest's.</summary>
    private const int Overhead = 256;

    /// <summary>Memory that stays for the rest of the host.</summary>
    private const int Reserve = 1024;

    /// <summary>What this host has to give now: all its cores, and the memory that is free.</summary>
    /// <param name="most">Most machines at once; <c>null</c> for no other limit than cores and memory.</param>
    public static MachineBudget OfHost(int? most)
    {
        var lines = File.Exists("/proc/meminfo") ? File.ReadAllLines("/proc/meminfo") : [];
        return new(Math.Max(0, AvailableMiB(lines) - Reserve), Environment.ProcessorCount, most ?? int.MaxValue);
    }

    /// <summary>What a provider has to give: a number of machines, or what this host has.</summary>
    /// <param name="machines">The provider.</param>
    /// <param name="most">Most machines at once; <c>null</c> for no other limit.</param>
    public static MachineBudget Of(IMachineProvider machines, int? most) =>
        machines.AtOnce is { } number ? new(int.MaxValue, int.MaxValue, Math.Min(number, most ?? number)) : OfHost(most);

    /// <summary>The available memory in <c>/proc/meminfo</c>; 0 when it is not there.</summary>
    internal static int AvailableMiB(IEnumerable<string> lines) =>
        lines
            .Where(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length == 3 && w[2] == "kB")
            .Select(w => long.TryParse(w[1], NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib / 1024 : 0)
            .Select(mib => (int)Math.Min(mib, int.MaxValue / 2))
            .FirstOrDefault();

    /// <summary>Whether one more machine fits beside those that run. A machine larger than the whole budget runs alone.</summary>
    public bool Fits(IReadOnlyCollection<MachineShape> running, MachineShape shape, int defaultCpus) =>
        running.Count == 0
        || (
            running.Count < Machines
            && running.Append(shape).Sum(s => (long)s.MemoryMiB + Overhead) <= MemoryMiB
            && running.Append(shape).Sum(s => (long)(s.Cpus ?? defaultCpus)) <= Cpus
        );
}
