using System.Globalization;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Host.Tools;

/// <summary>How much of this machine a program and everything below it may use together. Generous: they end what went wrong.</summary>
/// <param name="Processes">Processes and threads at one time.</param>
/// <param name="Memory">Memory of their own, with what they wrote to file systems in memory.</param>
/// <param name="Disk">What they wrote to disk and left there; an entry without content counts as 4 KiB.</param>
/// <param name="Time">From start to end.</param>
public sealed record ToolLimits(int Processes, ByteSize Memory, ByteSize Disk, TimeSpan Time)
{
    private static readonly string[] Names = ["processes", "memory", "disk", "time"];

    /// <summary>The limits without a word of the user.</summary>
    public static ToolLimits Default { get; } = new(4096, ByteSize.FromGiB(16), ByteSize.FromGiB(32), TimeSpan.FromHours(2));

    /// <summary>These limits with those that a user gave.</summary>
    /// <param name="items"><c>processes=100</c>, <c>memory=512M</c>, <c>disk=2G</c>, <c>time=90s</c>, <c>10m</c>, <c>3h</c>.</param>
    /// <exception cref="PipelineException">PL0313 (class 2).</exception>
    public ToolLimits With(IEnumerable<string> items)
    {
        var limits = this;
        foreach (var item in items)
        {
            var (name, number, unit) = Split(item);
            limits = (name, unit) switch
            {
                ("processes", "") => limits with { Processes = (int)number },
                ("memory", "M") => limits with { Memory = ByteSize.FromMiB(number) },
                ("memory", "G") => limits with { Memory = ByteSize.FromGiB(number) },
                ("disk", "M") => limits with { Disk = ByteSize.FromMiB(number) },
                ("disk", "G") => limits with { Disk = ByteSize.FromGiB(number) },
                ("time", "s") => limits with { Time = TimeSpan.FromSeconds(number) },
                ("time", "m") => limits with { Time = TimeSpan.FromMinutes(number) },
                ("time", "h") => limits with { Time = TimeSpan.FromHours(number) },
                _ => throw new PipelineException(ToolDiagnostics.BadLimit(item, name, Names)),
            };
        }

        return limits;
    }

    /// <summary>Name, a number from 1 to 9999999, and the letters after it.</summary>
    private static (string Name, long Number, string Unit) Split(string item)
    {
        var equals = item.IndexOf('=', StringComparison.Ordinal);
        var digits = equals < 0 ? "" : new string([.. item[(equals + 1)..].TakeWhile(char.IsAsciiDigit)]);
        return digits.Length is > 0 and < 8 && long.Parse(digits, CultureInfo.InvariantCulture) is > 0 and var number
            ? (item[..equals], number, item[(equals + 1 + digits.Length)..])
            : (item, 0, "?");
    }
}

/// <summary>Limits for one call of a program, and the words for an error.</summary>
/// <param name="Name">What runs, as in <c>'dpkg --configure' was stopped</c>.</param>
/// <param name="Limits">The limits.</param>
/// <param name="Directories">Where it writes to disk.</param>
public sealed record ToolBounds(string Name, ToolLimits Limits, ValueList<string> Directories)
{
    /// <summary>File systems in memory, as processes of the program see their paths.</summary>
    public ValueList<string> MemoryDirectories { get; init; } = [];

    /// <summary>
    /// Names the part of the program that runs, from the environment of one of its processes; <c>null</c> when that says nothing.
    /// </summary>
    public Func<IReadOnlyDictionary<string, string>, string?> Part { get; init; } = _ => null;
}
