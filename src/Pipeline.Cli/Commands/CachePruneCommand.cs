using System.CommandLine;
using Pipeline.Cli.Answers;
using Pipeline.Host.Caches;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline cache prune</c>: least recently used first.</summary>
internal sealed class CachePruneCommand : Verb
{
    private readonly Option<ByteSize?> _budget = new("--budget")
    {
        Description = "What all caches may take together: 20G, 500M, 0 (default: a quarter of the disk)",
        HelpName = "SIZE",
        CustomParser = Numbers.Size(),
    };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    public CachePruneCommand(Services services)
        : base(
            "prune",
            "Removes what was not used for longest until the caches fit a budget; what a running step uses stays",
            "pipeline cache prune",
            "pipeline cache prune --budget 20G --dry-run"
        )
    {
        Options.Add(_budget);
        Options.Add(_dryRun);
        Options.Add(_json);
        Run(
            async (parsed, cancellationToken) =>
            {
                var keeper = CacheDesk.Of(services, services.WorkDirectory(parsed.GetValue(WorkDirectoryOption)));
                var dryRun = parsed.GetValue(_dryRun);
                var pruned = await keeper.PruneAsync(parsed.GetValue(_budget), dryRun, cancellationToken);
                foreach (var kind in pruned.InUse)
                {
                    services.Reporter.Note($"{kind}: in use by a running step, left alone");
                }

                var json = parsed.GetValue(_json);
                await services.Answer(exact: json).WriteAsync(json ? Json(pruned, dryRun) : Text(pruned, dryRun));
                return ExitClass.Done;
            }
        );
    }

    /// <summary>A line for each kind that lost something, and the sum.</summary>
    internal static string Text(CachePruning pruned, bool dryRun)
    {
        var would = dryRun ? "would remove" : "removed";
        var kinds = pruned
            .Removed.GroupBy(r => r.Kind)
            .Select(g => $"{would} {g.Count()} of {g.Key}, {ByteSize.FromBytes(g.Sum(r => r.Size.Bytes))}\n");
        return string.Concat(kinds) + $"caches: {pruned.Before}, {(dryRun ? "would be" : "now")} {pruned.After}, budget {pruned.Budget}\n";
    }

    private static string Json(CachePruning pruned, bool dryRun) =>
        AnswerJson.Pretty(
            new CachePruningAnswer(
                dryRun,
                pruned.Budget.Bytes,
                pruned.Before.Bytes,
                pruned.After.Bytes,
                pruned.InUse,
                [.. pruned.Removed.Select(r => new RemovedEntry(r.Kind, r.Name, r.Size.Bytes, CacheShowCommand.Moment(r.LastUse)))]
            )
        );
}
