using Pipeline.Compose.Locks;
using Pipeline.Host.Builds;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

/// <content>One manifest for several architectures.</content>
public sealed partial class Composer
{
    /// <summary>
    /// Composes one manifest for several architectures, as one build. All are resolved before the first is made; one that fails does not
    /// keep the others from being made.
    /// </summary>
    /// <remarks>
    /// The build is the one that a run with the same inputs made or began: an architecture that it lacks is added. Otherwise it gets the
    /// next number. Downloads, indices and unpacked packages are shared by digest.
    /// </remarks>
    /// <param name="requests">One for each architecture; they differ in nothing else.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="PipelineException">
    /// Nothing was read or fetched: PL0461, PL0462 for each architecture that cannot run here, PL2303.
    /// </exception>
    public async Task<ComposeSummary> ComposeAllAsync(IReadOnlyList<ComposeRequest> requests, CancellationToken cancellationToken)
    {
        RequireVersion(requests[0]);
        var runners = await RunnersAsync(requests, cancellationToken);
        var outcomes = new ArchitectureOutcome?[requests.Count];
        var prepared = new List<(int At, PreparedCompose Compose)>();
        for (var i = 0; i < requests.Count; i++)
        {
            var at = i;
            outcomes[at] = await AttemptAsync(
                "resolve for",
                requests[at].Architecture,
                packages: 0,
                async () =>
                {
                    prepared.Add((at, await PrepareAsync(requests[at], runners[at], cancellationToken)));
                    return null;
                }
            );
        }

        await CompareAsync([.. prepared.Select(p => p.Compose)], cancellationToken);
        var version = requests[0].Version ?? await SharedAsync(requests[0], [.. prepared.Select(p => p.Compose)], cancellationToken);
        foreach (var (at, one) in prepared)
        {
            var packages = one.Locked.Lockfile.Packages.Count;
            var started = _services.Time.GetTimestamp();
            outcomes[at] = await AttemptAsync(
                "compose for",
                one.Request.Architecture,
                packages,
                async () =>
                {
                    var made = await MakeAsync(one with { Request = one.Request with { Version = version } }, cancellationToken);
                    version ??= made.Id;
                    return ArchitectureOutcome.Made(made, packages, _services.Time.GetElapsedTime(started));
                }
            );
        }

        return new([.. outcomes.Select(o => o!)]);
    }

    /// <summary>How each runs here, or every reason why one does not.</summary>
    private async Task<GuestRunner[]> RunnersAsync(IReadOnlyList<ComposeRequest> requests, CancellationToken cancellationToken)
    {
        var problems = new List<Diagnostic>();
        var runners = new GuestRunner[requests.Count];
        for (var i = 0; i < requests.Count; i++)
        {
            try
            {
                runners[i] = await RunnerAsync(requests[i], cancellationToken);
            }
            catch (PipelineException e)
            {
                problems.AddRange(e.Diagnostics);
            }
        }

        return problems.Count == 0 ? runners : throw new PipelineException(problems);
    }

    /// <summary>Does a part of the work for one architecture; a failure is shown as a part of its step, and ends only that.</summary>
    private async Task<ArchitectureOutcome?> AttemptAsync(
        string what,
        Architecture architecture,
        int packages,
        Func<Task<ArchitectureOutcome?>> work
    )
    {
        using var step = _services.Reporter.Step($"{what} {architecture.Name}");
        try
        {
            var outcome = await work();
            step.Done();
            return outcome;
        }
        catch (PipelineException e)
        {
            foreach (var diagnostic in e.Diagnostics)
            {
                _services.Reporter.Report(diagnostic, step);
            }

            step.Fail("failed");
            return ArchitectureOutcome.Failed(architecture, e.Exit, packages);
        }
    }

    /// <summary>Reports packages that some architectures have and others do not.</summary>
    private async Task CompareAsync(IReadOnlyList<PreparedCompose> prepared, CancellationToken cancellationToken)
    {
        var common = PackageSets.CommonRequests([.. prepared.Select(p => p.Locked.Manifest.Packages)]);
        var sets = new List<ArchitectureSet>();
        foreach (var one in prepared)
        {
            var names = one.Locked.Lockfile.Packages.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            var alone = one.Locked.Manifest.Packages.All(p => common.Contains(p.Text))
                ? names
                : await new LockStep(_services).NamesAsync(one.Request.Lock, one.Locked, common, cancellationToken);
            sets.Add(new(one.Request.Architecture, one.Locked.Manifest.Packages, names, alone));
        }

        foreach (var remark in PackageSets.Compare(sets))
        {
            _services.Reporter.Report(remark);
        }
    }

    /// <summary>
    /// The newest build that holds one of these composes and, for these architectures, nothing else; <c>null</c> when there is none.
    /// </summary>
    private async Task<string?> SharedAsync(
        ComposeRequest request,
        IReadOnlyList<PreparedCompose> prepared,
        CancellationToken cancellationToken
    )
    {
        var store = new BuildStore(request.WorkDirectory, _services.Time);
        foreach (var build in (await store.ReadIndexAsync(cancellationToken)).Builds)
        {
            var same = prepared
                .Where(p => build.Architectures.Contains(p.Request.Architecture.Name))
                .Select(p => store.StepDigest(build.Id, p.Request.Architecture, "compose") == p.Inputs.Compose.Digest)
                .ToArray();
            if (same.Length > 0 && same.All(s => s))
            {
                return build.Id;
            }
        }

        return null;
    }
}

/// <summary>What came of each architecture.</summary>
/// <param name="Outcomes">In the order of the requests.</param>
public sealed record ComposeSummary(ValueList<ArchitectureOutcome> Outcomes)
{
    /// <summary>That of the first architecture that failed; when none did, that all is done.</summary>
    public ExitClass Exit => Outcomes.Select(o => o.Exit).FirstOrDefault(e => e != ExitClass.Done);
}

/// <summary>What came of one architecture.</summary>
/// <param name="Architecture">Which.</param>
/// <param name="Result">The build; <c>null</c> when it failed.</param>
/// <param name="Exit">How its compose would have ended alone.</param>
/// <param name="Packages">How many were locked; 0 when resolving failed.</param>
/// <param name="Size">Of the commit's archive; zero when it failed.</param>
/// <param name="Elapsed">From locked packages to the build; zero when it failed.</param>
public sealed record ArchitectureOutcome(
    Architecture Architecture,
    ComposeResult? Result,
    ExitClass Exit,
    int Packages,
    ByteSize Size,
    TimeSpan Elapsed
)
{
    internal static ArchitectureOutcome Failed(Architecture architecture, ExitClass exit, int packages) =>
        new(architecture, null, exit, packages, ByteSize.FromBytes(0), TimeSpan.Zero);

    internal static ArchitectureOutcome Made(ComposeResult made, int packages, TimeSpan elapsed) =>
        new(made.Architecture, made, ExitClass.Done, packages, SizeOf(made), elapsed);

    private static ByteSize SizeOf(ComposeResult made) =>
        ByteSize.FromBytes(
            Directory.EnumerateFiles(made.Directory, $"*-ostree.{made.Architecture.Name}.tar").Sum(f => new FileInfo(f).Length)
        );
}
