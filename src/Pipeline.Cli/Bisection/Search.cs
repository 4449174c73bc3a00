using Pipeline.Cli.Answers;
using Pipeline.Compose;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Bisection;

/// <summary>An ordered set of changes and how to compose some of them.</summary>
/// <param name="Kind"><c>packages</c> or <c>revisions</c>.</param>
/// <param name="Texts">Each change as one line for people.</param>
/// <param name="None">What there is without any of them, for messages.</param>
/// <param name="All">What there is with all of them.</param>
internal sealed record ChangeSet(string Kind, ValueList<string> Texts, string None, string All)
{
    /// <summary>A compose with the changes of these numbers, and what tells it from others.</summary>
    public required Func<IReadOnlyCollection<int>, Task<(ComposeRequest Compose, Digest Key)>> Request { get; init; }

    /// <summary>Whether a change can be composed without those before it.</summary>
    public bool CanStandAlone { get; init; }
}

/// <summary>The trials of one search, in a work directory of their own that shares the caches.</summary>
internal sealed class Search(
    Services services,
    Func<ComposeRequest, int, CancellationToken, Task<Trial>> tryAsync,
    TrialRecord record,
    BisectRequest request,
    WorkDirectory work
)
{
    private int _trials;

    /// <summary>What is searched for.</summary>
    public BisectRequest Request => request;

    /// <summary>Where trials are composed.</summary>
    public WorkDirectory Work => work;

    /// <summary>Makes the work directory; its cache is that of the user's.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(work.Temporary);
        Directory.CreateDirectory(request.Compose.WorkDirectory.Cache);
        if (!Path.Exists(work.Cache))
        {
            File.CreateSymbolicLink(work.Cache, request.Compose.WorkDirectory.Cache);
        }
    }

    /// <summary>Checks both ends, then searches between them.</summary>
    /// <exception cref="PipelineException">PL0403, PL0404, PL0406.</exception>
    public async Task<BisectAnswer> RunAsync((string Good, string Bad) builds, ChangeSet changes, CancellationToken cancellationToken)
    {
        var count = changes.Texts.Count;
        services.Reporter.Note($"{count} changes; about {ChangeSearch.Left(count) + 2} builds to try");
        RequireEnd(await TryAsync(changes, [], changes.None, cancellationToken), Verdict.Good, changes.None);
        var worst = await TryAsync(changes, Numbers(count), changes.All, cancellationToken);
        RequireEnd(worst, Verdict.Bad, changes.All);
        var end = await ChangeSearch.FindAsync(
            count,
            async (first, left) =>
            {
                services.Reporter.Note($"{first} of {count} changes; at most {left} builds left");
                var trial = await TryAsync(changes, Numbers(first), $"the first {first} changes", cancellationToken);
                worst = trial.Verdict == Verdict.Bad ? trial : worst;
                return trial.Verdict;
            }
        );
        var alone =
            count == 1 ? true
            : changes.CanStandAlone && end.Suspects.Count == 1
                ? (await TryAsync(changes, [end.Suspects[0]], "that change alone", cancellationToken)).Verdict switch
                {
                    Verdict.Bad => true,
                    Verdict.Good => false,
                    _ => null,
                }
            : (bool?)null;
        return new(
            builds.Good,
            builds.Bad,
            changes.Kind,
            count,
            [.. end.Suspects.Select(s => changes.Texts[s])],
            alone,
            worst.Reason,
            worst.Logs,
            _trials
        );
    }

    /// <summary>A compose of exactly these packages.</summary>
    public async Task<(ComposeRequest Compose, Digest Key)> Locked(Lockfile lockfile, CancellationToken cancellationToken)
    {
        var text = LockfileWriter.Write(lockfile);
        var path = Path.Combine(work.Temporary, "lock.json");
        await AtomicFile.WriteAsync(path, text, cancellationToken);
        return (In(request.Compose.Lock with { LockFile = path }), Digest.Of(text));
    }

    /// <summary>A compose of another manifest, with the packages that the repositories have.</summary>
    public (ComposeRequest Compose, Digest Key) Unlocked(string manifest, string revision) =>
        (In(request.Compose.Lock with { ManifestPath = manifest, LockFile = null }), Digest.Of($"revision {revision}"));

    private ComposeRequest In(Compose.Locks.LockRequest locked) =>
        request.Compose with
        {
            Lock = locked with { WorkDirectory = work },
            Version = null,
        };

    private async Task<Trial> TryAsync(
        ChangeSet changes,
        IReadOnlyCollection<int> numbers,
        string what,
        CancellationToken cancellationToken
    )
    {
        var (compose, key) = await changes.Request(numbers);
        _trials++;
        if (record.Find(key) is { } earlier)
        {
            services.Reporter.Note($"{what}: {Say(earlier)}, as an earlier run found");
            return earlier;
        }

        var trial = await tryAsync(compose, record.Count + 1, cancellationToken);
        await record.AddAsync(key, trial, cancellationToken);
        services.Reporter.Note($"{what}: {Say(trial)}");

        // A trial is as large as any build, and nobody asks for it again.
        UnixFile.DeleteTree(work.Builds);
        return trial;
    }

    private static int[] Numbers(int first) => [.. Enumerable.Range(0, first)];

    private static string Say(Trial trial) =>
        trial.Verdict switch
        {
            Verdict.Good => "good",
            Verdict.Bad => $"bad, {trial.Reason}",
            _ => $"cannot be tried, {trial.Reason}",
        };

    private static void RequireEnd(Trial trial, Verdict wanted, string what)
    {
        if (trial.Verdict != wanted)
        {
            throw new PipelineException(
                trial.Verdict == Verdict.Unknown ? BisectDiagnostics.NoTrial(what, trial.Reason)
                : wanted == Verdict.Good ? BisectDiagnostics.NotGood(what, trial.Reason)
                : BisectDiagnostics.NotBad(what)
            );
        }
    }
}
