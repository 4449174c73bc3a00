using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Host.Files;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola.Runs;

/// <summary>A run of the past.</summary>
/// <param name="Time">When it ended.</param>
/// <param name="Version">Version of its build.</param>
/// <param name="Tests">Its tests by name; those that were skipped are left out.</param>
internal sealed record PastRun(DateTimeOffset Time, string Version, IReadOnlyDictionary<string, PastResult> Tests);

/// <summary>A result of the past.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Flaky">Whether it passed only when it was run again.</param>
internal sealed record PastResult(TestOutcome Outcome, double Seconds, bool Flaky);

/// <summary>The last runs in a work directory, the newest last. It is a cache: without it, only durations and trends are unknown.</summary>
/// <param name="Runs">At most <see cref="Most"/>.</param>
internal sealed record TestHistory(ValueList<PastRun> Runs)
{
    private const int Most = 20;

    private static readonly JsonSerializerOptions Style = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>Reads it; one that cannot be read is an empty one.</summary>
    public static TestHistory Read(WorkDirectory work)
    {
        try
        {
            return File.Exists(FileOf(work)) && JsonSerializer.Deserialize<PastRun?[]>(RegularFile.Read(FileOf(work)), Style) is { } runs
                ? new(runs.OfType<PastRun>().ToValueList())
                : new([]);
        }
        catch (JsonException)
        {
            return new([]); // of another version of the program
        }
    }

    /// <summary>The results of a test, the oldest first.</summary>
    public IEnumerable<PastResult> Of(string test) => Runs.Select(r => r.Tests.GetValueOrDefault(test)).OfType<PastResult>();

    /// <summary>How long a test took the last time; <c>null</c> when it never ran.</summary>
    public TimeSpan? Duration(string test) => Of(test).LastOrDefault() is { } last ? TimeSpan.FromSeconds(last.Seconds) : null;

    /// <summary>The history with one more run.</summary>
    public TestHistory With(TestReport report, DateTimeOffset time)
    {
        var tests = report
            .Tests.Where(t => t.Outcome != TestOutcome.Skip)
            .DistinctBy(t => t.Name)
            .ToDictionary(
                t => t.Name,
                t => new PastResult(t.Outcome, Math.Round(t.Duration.TotalSeconds, 1), t.Flaky),
                StringComparer.Ordinal
            );
        return tests.Count == 0 ? this : new([.. Runs.Append(new(time, report.Version, tests)).TakeLast(Most)]);
    }

    /// <summary>Adds a run to what the file holds now, so that two runs at once lose none.</summary>
    public static async Task AddAsync(WorkDirectory work, TestReport report, TimeProvider time, CancellationToken cancellationToken)
    {
        using var hold = await FileLock.AcquireAsync(FileOf(work) + ".lock", wait: true, _ => { }, time, cancellationToken);
        var history = Read(work).With(report, time.GetUtcNow());
        await AtomicFile.WriteAsync(FileOf(work), JsonSerializer.SerializeToUtf8Bytes(history.Runs.ToArray(), Style), cancellationToken);
    }

    private static string FileOf(WorkDirectory work) => Path.Combine(work.Cache, "kola-history.json");
}
