using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;
using Pipeline.Releases.Plans;
using Pipeline.Releases.Promotion;

namespace Pipeline.Releases.Desks;

/// <summary>What to promote.</summary>
/// <param name="From">A branch or commit of the config repository, or a stream's directory.</param>
/// <param name="To">The branch (checked out and clean) or directory that receives it.</param>
/// <param name="Config">The config repository, or the directory of streams.</param>
/// <param name="FetchRemote">Fetch <paramref name="From"/> from here first; <c>null</c> uses no network.</param>
/// <param name="Work">Finds the work directory, in whose cache packages of locks are verified; not asked for a branch.</param>
/// <param name="DryRun">Change nothing.</param>
public sealed record PromotionRequest(string From, string To, string Config, string? FetchRemote, Func<WorkDirectory> Work, bool DryRun);

/// <summary>What a promotion did, or would do: exactly one of the two is set.</summary>
/// <param name="Locks">Locks of a directory of streams.</param>
/// <param name="Branch">A config branch.</param>
public sealed record PromotionAnswer(ValueList<DocumentOutcome>? Locks, PromotionResult? Branch);

/// <summary>Façade of <c>promote</c>: a stream's content moves to the next stream.</summary>
public sealed class PromotionDesk
{
    private readonly ReleaseServices _services;

    internal PromotionDesk(ReleaseServices services) => _services = services;

    /// <summary>Promotes locks when both names are directories of streams, else a branch.</summary>
    /// <exception cref="PipelineException">
    /// The checkout is not clean or not on the branch, the source is unknown, a package is missing (class 2) or differs (class 5).
    /// </exception>
    public async Task<PromotionAnswer> RunAsync(PromotionRequest request, CancellationToken cancellationToken)
    {
        var directory = _services.FullPath(request.Config);
        if (LockPromotion.Applies(directory, request.From, request.To))
        {
            var work = request.Work();
            var tools = new PlanTools { Reporter = _services.Reporter, Journals = Path.Combine(work.Temporary, "plans") };
            var locks = await LockPromotion.RunAsync(
                directory,
                request.From,
                request.To,
                Path.Combine(work.Cache, "sha256"),
                _services.Sink(request.DryRun, tools),
                cancellationToken
            );
            return new(locks.Select(l => DocumentOutcome.Of(l, request.DryRun)).ToValueList(), null);
        }

        var branch = new BranchPromotion(request.From, request.To, directory, request.FetchRemote);
        return new(null, await new ConfigPromotion(_services.Tools).RunAsync(branch, _services.Sink(request.DryRun), cancellationToken));
    }
}
