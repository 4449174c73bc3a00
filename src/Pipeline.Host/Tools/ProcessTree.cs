using System.Globalization;
using System.Text;

namespace Pipeline.Host.Tools;

/// <summary>A running process.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Parent">Its parent's number.</param>
/// <param name="Threads">How many threads it has.</param>
/// <param name="Start">When it started, in ticks since the machine did.</param>
internal readonly record struct ProcessEntry(int Id, int Parent, int Threads, long Start)
{
    /// <summary>Reads the text of <c>/proc/PID/stat</c>; <c>null</c> when it is not one. The name in it may hold anything.</summary>
    public static ProcessEntry? Parse(string text)
    {
        var name = text.LastIndexOf(')');
        var fields = name < 0 ? [] : text[(name + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
            fields.Length > 19
            && int.TryParse(
                text.AsSpan(0, Math.Max(0, text.IndexOf(' ', StringComparison.Ordinal))),
                CultureInfo.InvariantCulture,
                out var id
            )
            && int.TryParse(fields[1], CultureInfo.InvariantCulture, out var parent)
            && int.TryParse(fields[17], CultureInfo.InvariantCulture, out var threads)
            && long.TryParse(fields[19], CultureInfo.InvariantCulture, out var start)
            ? new(id, parent, threads, start)
            : null;
    }
}

/// <summary>The processes below one, as <c>/proc</c> shows them at one moment.</summary>
internal static class ProcessTree
{
    /// <summary>The process and everything below it, oldest first; empty when <c>/proc</c> is that of another PID namespace.</summary>
    public static IReadOnlyList<ProcessEntry> Below(int id)
    {
        if (new FileInfo("/proc/self").LinkTarget != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        {
            return [];
        }

        var children = Directory
            .EnumerateDirectories("/proc")
            .Where(d => char.IsAsciiDigit(d["/proc/".Length]))
            .Select(d => Read($"{d}/stat"))
            .Select(t => t is null ? null : ProcessEntry.Parse(Encoding.Latin1.GetString(t)))
            .OfType<ProcessEntry>()
            .ToLookup(p => p.Parent);
        var found = children.SelectMany(c => c).Where(p => p.Id == id).ToList();
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(children[found[i].Id]);
        }

        return [.. found.OrderBy(p => p.Start).ThenBy(p => p.Id)];
    }

    /// <summary>Threads of the whole machine, by one small read; 0 when it is not known.</summary>
    public static int ThreadsOfMachine()
    {
        // load averages, then running/all, then the last id: proc(5), /proc/loadavg.
        var fields = Encoding.ASCII.GetString(Read("/proc/loadavg") ?? []).Split(' ', '/');
        return fields.Length > 4 && int.TryParse(fields[4], CultureInfo.InvariantCulture, out var threads) ? threads : 0;
    }

    /// <summary>Bytes of memory of a process that it shares with no file: 0 when it has ended.</summary>
    public static long OwnMemory(int id)
    {
        // size, resident, shared: in pages.
        var fields = (Read($"/proc/{id}/statm") is { } text ? Encoding.ASCII.GetString(text) : "").Split(' ');
        return
            fields.Length > 2
            && long.TryParse(fields[1], CultureInfo.InvariantCulture, out var resident)
            && long.TryParse(fields[2], CultureInfo.InvariantCulture, out var shared)
            ? Math.Max(0, resident - shared) * Environment.SystemPageSize
            : 0;
    }

    /// <summary>The environment a process was started with; empty when we may not see it.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOf(int id)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in Encoding.UTF8.GetString(Read($"/proc/{id}/environ") ?? []).Split('\0'))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                all[item[..equals]] = item[(equals + 1)..];
            }
        }

        return all;
    }

    private static byte[]? Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it ended meanwhile
        }
    }
}
