using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Tests;

/// <summary>What the denylist does to a test.</summary>
internal enum Denial
{
    /// <summary>It runs as ever.</summary>
    None,

    /// <summary>It runs, a failure only warns.</summary>
    Warn,

    /// <summary>It does not run.</summary>
    Skip,
}

/// <summary>One entry: tests that are known to fail, where and until when.</summary>
internal sealed record DenylistEntry
{
    /// <summary>Glob over test names.</summary>
    public required string Pattern { get; init; }

    /// <summary>Where the problem is tracked.</summary>
    public string Tracker { get; init; } = "";

    /// <summary>Streams it applies to; empty for all.</summary>
    public ValueList<string> Streams { get; init; } = [];

    /// <summary>Architectures it applies to; empty for all.</summary>
    public ValueList<string> Arches { get; init; } = [];

    /// <summary>Platforms it applies to; empty for all.</summary>
    public ValueList<string> Platforms { get; init; } = [];

    /// <summary>Skipped up to this day, run again from it; <c>null</c> without end.</summary>
    public DateOnly? Snooze { get; init; }

    /// <summary>A failure only warns.</summary>
    public bool Warn { get; init; }
}

/// <summary>kola's denylist (coreos-assembler's <c>kola-denylist.yaml</c>).</summary>
internal sealed record Denylist(ValueList<DenylistEntry> Entries)
{
    /// <summary>The file's name, beside the tests or in the work directory.</summary>
    public const string FileName = "kola-denylist.yaml";

    private static readonly ValueList<string> Keys = ["pattern", "tracker", "streams", "arches", "platforms", "snooze", "warn"];

    /// <summary>Reads a denylist; problems are PL4021.</summary>
    public static Denylist Read(string file, string text, DiagnosticBag problems)
    {
        var root = YamlText.Parse(file, text, problems);
        if (root is not (null or YamlSequence))
        {
            problems.Add(KolaDiagnostics.BadDenylist($"a denylist is a list, not {root.Kind}", root.Span));
            return new([]);
        }

        var entries = new List<DenylistEntry>();
        foreach (var item in root is YamlSequence list ? list.Items : [])
        {
            if (item is YamlMapping mapping && Entry(mapping, problems) is { } entry)
            {
                entries.Add(entry);
            }
            else if (item is not YamlMapping)
            {
                problems.Add(KolaDiagnostics.BadDenylist($"an entry is a mapping, not {item.Kind}", item.Span));
            }
        }

        return new(entries.ToValueList());
    }

    /// <summary>What applies to a test, and the entry's tracker; the first entry that applies decides.</summary>
    public (Denial Denial, string Why) For(string test, string stream, string arch, string platform, DateOnly today)
    {
        foreach (var entry in Entries)
        {
            if (
                !Glob.Matches(entry.Pattern, test)
                || !Applies(entry.Streams, stream)
                || !Applies(entry.Arches, arch)
                || !Applies(entry.Platforms, platform)
            )
            {
                continue;
            }

            var why = $"denylist '{entry.Pattern}'{(entry.Tracker.Length == 0 ? "" : $", see {entry.Tracker}")}";
            if (entry.Snooze is { } day && today < day)
            {
                return (Denial.Skip, $"{why}, snoozed until {day:yyyy-MM-dd}");
            }

            return entry.Warn ? (Denial.Warn, why)
                : entry.Snooze is null ? (Denial.Skip, why)
                : (Denial.None, "");
        }

        return (Denial.None, "");
    }

    private static bool Applies(ValueList<string> list, string value) => list.Count == 0 || list.Contains(value);

    private static DenylistEntry? Entry(YamlMapping mapping, DiagnosticBag problems)
    {
        var local = new DiagnosticBag();
        var entry = new DenylistEntry { Pattern = (mapping.Find("pattern") as YamlScalar)?.Text ?? "" };
        foreach (var (key, value) in mapping.Entries)
        {
            entry = key.Text switch
            {
                "pattern" => entry,
                "tracker" => entry with { Tracker = (value as YamlScalar)?.Text ?? "" },
                "streams" => entry with { Streams = TestHeaderReader.Words(value, local) },
                "arches" => entry with { Arches = TestHeaderReader.Words(value, local) },
                "platforms" => entry with { Platforms = TestHeaderReader.Words(value, local) },
                "snooze" => entry with { Snooze = TestHeaderReader.Date(value, local) },
                "warn" => entry with { Warn = TestHeaderReader.Truth(value, local) ?? false },
                var other => Unknown(entry, other, key, local),
            };
        }

        if (entry.Pattern.Length == 0)
        {
            local.Add(KolaDiagnostics.BadDenylist("an entry needs a 'pattern'", mapping.Span));
        }

        foreach (var problem in local.Items)
        {
            problems.Add(problem with { Code = KolaDiagnostics.DenylistCode });
        }

        return local.HasErrors ? null : entry;
    }

    private static DenylistEntry Unknown(DenylistEntry entry, string name, YamlScalar key, DiagnosticBag problems)
    {
        problems.Add(KolaDiagnostics.BadDenylist($"unknown key '{name}'", key.Span, ClosestName.Hint(name, Keys)));
        return entry;
    }
}
