using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;

namespace Pipeline.Releases.Rollouts;

/// <summary>A rollout to add.</summary>
/// <param name="Version">The release; a production version of the document's stream.</param>
/// <param name="Start">When the first machines see it.</param>
/// <param name="Hours">Hours until all see it; more than 0.</param>
/// <param name="StartPercentage">Share at the start, 0 to 1.</param>
/// <param name="Barrier">Reason that makes it a barrier too, or <c>null</c>.</param>
/// <param name="Deadend">Reason that makes it a dead end too, or <c>null</c>.</param>
/// <param name="Replace">Whether an entry of that version may be replaced; its barrier and dead end are kept.</param>
internal sealed record NewRollout(
    string Version,
    DateTimeOffset Start,
    decimal Hours,
    double StartPercentage,
    string? Barrier,
    string? Deadend,
    bool Replace
);

/// <summary>Changes updates documents. Pure; the rules of fedora-coreos-streams' rollout.py, and the edits people made by hand.</summary>
internal static class UpdatesEditor
{
    private static readonly Rollout Completed = new() { StartPercentage = 1.0 };

    /// <summary>Cleans, then appends a rollout.</summary>
    /// <exception cref="PipelineException">
    /// A wrong version, duration or share, or the version has an entry (class 2), all at once.
    /// </exception>
    public static UpdatesDocument Add(UpdatesDocument updates, NewRollout rollout, DateTimeOffset now)
    {
        var cleaned = CleanReleases(updates.Releases, now);
        var old = cleaned.FirstOrDefault(r => r.Version == rollout.Version);
        var problems = new DiagnosticBag();
        Check(updates.Stream, rollout, old is not null, problems);
        problems.ThrowIfErrors();
        var entry = new UpdatesRelease
        {
            Version = rollout.Version,
            Metadata = new()
            {
                Rollout = new()
                {
                    DurationMinutes = (long)(rollout.Hours * 60),
                    StartEpoch = rollout.Start.ToUnixTimeSeconds(),
                    StartPercentage = rollout.StartPercentage,
                },
                Barrier = rollout.Barrier is null ? old?.Metadata.Barrier : new() { Text = rollout.Barrier },
                Deadend = rollout.Deadend is null ? old?.Metadata.Deadend : new() { Text = rollout.Deadend },
            },
        };
        return Touch(updates, [.. cleaned.Where(r => r.Version != rollout.Version), entry], now);
    }

    /// <summary>What may be a slip of the pen in a rollout that is allowed: an old version, a start that is far away.</summary>
    public static IEnumerable<Diagnostic> Doubts(UpdatesDocument updates, NewRollout rollout, DateTimeOffset now)
    {
        if (ReleaseVersion.TryParse(rollout.Version, out var version))
        {
            var newest = updates
                .Releases.Select(r => ReleaseVersion.TryParse(r.Version, out var other) ? other : null)
                .OfType<ReleaseVersion>()
                .DefaultIfEmpty(version)
                .Max()!;
            if (newest.CompareTo(version) > 0)
            {
                yield return RolloutDiagnostics.OlderVersion(rollout.Version, newest.ToString());
            }

            if (version.Day > DateOnly.FromDateTime(now.UtcDateTime).AddDays(1))
            {
                yield return RolloutDiagnostics.FutureVersion(rollout.Version, version.Day);
            }
        }

        if (rollout.Start > now + RolloutDiagnostics.FarAhead)
        {
            yield return RolloutDiagnostics.FarStart(rollout.Start, now);
        }
    }

    /// <summary>Ends rollouts whose time is over, keeps only the last ended one, and drops entries that say nothing.</summary>
    public static UpdatesDocument Clean(UpdatesDocument updates, DateTimeOffset now) =>
        Touch(updates, CleanReleases(updates.Releases, now), now);

    /// <summary>Hides a release: its edges go, its node stays. A dead end stays one.</summary>
    /// <exception cref="PipelineException">PL5083 it is not rolled out (class 2).</exception>
    public static UpdatesDocument Pause(UpdatesDocument updates, string version, DateTimeOffset now)
    {
        var entry = updates.Releases.LastOrDefault(r => r.Version == version);
        if (entry?.Metadata.Rollout is null)
        {
            throw new PipelineException(RolloutDiagnostics.NotRolledOut(version, updates.Releases.Select(r => r.Version)));
        }

        // A barrier without its rollout would be open to everybody, so it goes too; resume brings it back.
        var releases = updates.Releases.Select(r =>
            r.Version == version ? r with { Metadata = r.Metadata with { Rollout = null, Barrier = null } } : r
        );
        return Touch(updates, WithContent(releases), now);
    }

    /// <summary>
    /// Goes on with a paused rollout: the share at the pause is the start share, what was left of the duration is the duration.
    /// </summary>
    /// <param name="updates">The document now.</param>
    /// <param name="before">The document before the pause.</param>
    /// <param name="version">The release.</param>
    /// <param name="pausedAt">When it was paused.</param>
    /// <param name="start">When it goes on.</param>
    /// <param name="now">Becomes <c>last-modified</c>.</param>
    /// <exception cref="PipelineException">It is rolled out, or was not (class 2).</exception>
    public static UpdatesDocument Resume(
        UpdatesDocument updates,
        UpdatesDocument before,
        string version,
        DateTimeOffset pausedAt,
        DateTimeOffset start,
        DateTimeOffset now
    )
    {
        if (updates.Releases.Any(r => r.Version == version && r.Metadata.Rollout is not null))
        {
            throw new PipelineException(RolloutDiagnostics.NotPaused(version));
        }

        if (before.Stream != updates.Stream)
        {
            throw new PipelineException(RolloutDiagnostics.OtherStream(updates.Stream, before.Stream));
        }

        if (before.Releases.LastOrDefault(r => r.Version == version) is not { Metadata.Rollout: { } old } entry)
        {
            throw new PipelineException(RolloutDiagnostics.NotRolledOut(version, before.Releases.Select(r => r.Version)));
        }

        var present = updates.Releases.LastOrDefault(r => r.Version == version);
        var rollout = Remainder(old, pausedAt.ToUnixTimeSeconds(), start.ToUnixTimeSeconds());
        var metadata = entry.Metadata with
        {
            Rollout = rollout,
            Barrier = present?.Metadata.Barrier ?? entry.Metadata.Barrier,
            Deadend = present?.Metadata.Deadend ?? entry.Metadata.Deadend,
        };
        return Touch(updates, Insert([.. updates.Releases.Where(r => r.Version != version)], entry with { Metadata = metadata }), now);
    }

    /// <summary>
    /// Makes a release a barrier, or no barrier when <paramref name="reason"/> is <c>null</c>. An entry is made, in version order, when
    /// there is none.
    /// </summary>
    public static UpdatesDocument SetBarrier(UpdatesDocument updates, string version, string? reason, DateTimeOffset now) =>
        Set(updates, version, reason, "barrier", m => m.Barrier is not null, m => m with { Barrier = Make(reason) }, now);

    /// <summary>Makes a release a dead end, or none when <paramref name="reason"/> is <c>null</c>.</summary>
    public static UpdatesDocument SetDeadend(UpdatesDocument updates, string version, string? reason, DateTimeOffset now) =>
        Set(updates, version, reason, "dead end", m => m.Deadend is not null, m => m with { Deadend = Make(reason) }, now);

    /// <summary>An updates document without entries.</summary>
    public static UpdatesDocument Empty(string stream) =>
        new()
        {
            Stream = stream,
            Metadata = new(),
            Releases = [],
        };

    private static Reason? Make(string? reason) => reason is null ? null : new() { Text = reason };

    private static UpdatesDocument Set(
        UpdatesDocument updates,
        string version,
        string? reason,
        string what,
        Func<UpdatesMetadata, bool> has,
        Func<UpdatesMetadata, UpdatesMetadata> change,
        DateTimeOffset now
    )
    {
        CheckVersion(updates.Stream, version);
        var exists = updates.Releases.Any(r => r.Version == version);
        if (reason is null && !updates.Releases.Any(r => r.Version == version && has(r.Metadata)))
        {
            throw new PipelineException(RolloutDiagnostics.NothingToClear(version, what));
        }

        IEnumerable<UpdatesRelease> releases = exists
            ? updates.Releases.Select(r => r.Version == version ? r with { Metadata = change(r.Metadata) } : r)
            : Insert(updates.Releases, new() { Version = version, Metadata = change(new()) });
        return Touch(updates, WithContent(releases), now);
    }

    private static void CheckVersion(string stream, string version)
    {
        if (!ReleaseVersion.TryParse(version, out var parsed) || parsed.IsDev)
        {
            throw new PipelineException(RolloutDiagnostics.NoVersion(version));
        }

        if (parsed.Iteration is not null && StreamCodes.Of(stream) is { } code && code != parsed.StreamCode)
        {
            throw new PipelineException(RolloutDiagnostics.WrongCode(version, parsed.StreamCode, stream, code));
        }
    }

    private static void Check(string stream, NewRollout rollout, bool exists, DiagnosticBag problems)
    {
        if (
            rollout.Hours <= 0
            || rollout.Hours > RolloutDiagnostics.MostHours
            || rollout.Hours * 60 != decimal.Truncate(rollout.Hours * 60)
        )
        {
            problems.Add(RolloutDiagnostics.NoDuration(rollout.Hours));
        }

        if (rollout.StartPercentage is not (>= 0 and <= 1))
        {
            problems.Add(RolloutDiagnostics.NoShare(rollout.StartPercentage));
        }

        if (rollout is { Barrier: not null, Deadend: not null })
        {
            problems.Add(RolloutDiagnostics.BarrierAndDeadend());
        }

        var code = StreamCodes.Production.Contains(stream) ? StreamCodes.Of(stream) : null;
        if (code is null)
        {
            problems.Add(RolloutDiagnostics.UnknownStream(stream));
        }

        if (!ReleaseVersion.TryParse(rollout.Version, out var version) || version.IsDev || version.Iteration is null)
        {
            problems.Add(RolloutDiagnostics.NoVersion(rollout.Version));
        }
        else if (code is not null && version.StreamCode != code)
        {
            problems.Add(RolloutDiagnostics.WrongCode(rollout.Version, version.StreamCode, stream, code.Value));
        }

        if (exists && !rollout.Replace)
        {
            problems.Add(RolloutDiagnostics.Duplicate(rollout.Version));
        }
    }

    private static ValueList<UpdatesRelease> CleanReleases(ValueList<UpdatesRelease> releases, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        var ended = releases
            .Select(r => IsOver(r.Metadata.Rollout, seconds) ? r with { Metadata = r.Metadata with { Rollout = Completed } } : r)
            .ToArray();
        var last = Array.FindLastIndex(ended, IsCompleted);
        return WithContent(
            ended.Select((r, i) => i != last && IsCompleted(r) ? r with { Metadata = r.Metadata with { Rollout = null } } : r)
        );
    }

    /// <summary>Over means past the end; at the very second of the end it still runs.</summary>
    private static bool IsOver(Rollout? rollout, long now) =>
        rollout?.DurationMinutes is { } minutes and not 0 && (rollout.StartEpoch ?? 0) + (60 * (Int128)minutes) < now;

    private static bool IsCompleted(UpdatesRelease release) => release.Metadata.Rollout == Completed;

    /// <summary>The releases with a rollout, a barrier or a dead end; entries without any have no effect.</summary>
    private static ValueList<UpdatesRelease> WithContent(IEnumerable<UpdatesRelease> releases) =>
        releases.Where(r => r.Metadata is not { Rollout: null, Barrier: null, Deadend: null }).ToValueList();

    /// <summary>The list with an entry before the first newer one.</summary>
    private static IEnumerable<UpdatesRelease> Insert(ValueList<UpdatesRelease> releases, UpdatesRelease entry)
    {
        var version = ReleaseVersion.Parse(entry.Version);
        var at = Enumerable
            .Range(0, releases.Count)
            .FirstOrDefault(
                i => ReleaseVersion.TryParse(releases[i].Version, out var other) && other.CompareTo(version) > 0,
                releases.Count
            );
        return [.. releases.Take(at), entry, .. releases.Skip(at)];
    }

    private static Rollout Remainder(Rollout old, long pausedAt, long start)
    {
        var oldStart = old.StartEpoch ?? 0;
        if (old.DurationMinutes is not { } minutes)
        {
            return old;
        }

        if (pausedAt < oldStart)
        {
            return old with { StartEpoch = Math.Max(start, oldStart) };
        }

        var elapsed = ((Int128)pausedAt - oldStart) / 60;
        return elapsed >= minutes
            ? Completed
            : new()
            {
                DurationMinutes = (long)(minutes - elapsed),
                StartEpoch = start,
                StartPercentage = Throttle.Share(old, pausedAt),
            };
    }

    private static UpdatesDocument Touch(UpdatesDocument updates, IEnumerable<UpdatesRelease> releases, DateTimeOffset now) =>
        updates with
        {
            Releases = releases.ToValueList(),
            Metadata = updates.Metadata with { LastModified = Moments.Stamp(now) },
        };
}
