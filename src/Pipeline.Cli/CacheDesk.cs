using Pipeline.Compose;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Images.Caches;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Cli;

/// <summary>The caches of a work directory, of all steps.</summary>
internal static class CacheDesk
{
    /// <summary>Measures and prunes them.</summary>
    public static CacheKeeper Of(Services services, WorkDirectory work) =>
        new(
            work,
            [
                .. Composer.Caches(work, services.Tools, services.Reporter, services.Time),
                .. ImageCaches.Of(work, services.Time),
                .. KolaRunner.Caches(work),
            ]
        );

    /// <summary>
    /// After a run that added to the caches: keeps them below their share of the disk, and says so when something was removed. What goes
    /// wrong here is a warning, because the run itself was good.
    /// </summary>
    public static async Task TidyAsync(Services services, WorkDirectory work, CancellationToken cancellationToken)
    {
        try
        {
            var pruned = await Of(services, work).PruneAsync(budget: null, dryRun: false, cancellationToken);
            if (pruned.Removed.Count > 0)
            {
                services.Reporter.Note(
                    $"caches: {pruned.Removed.Count} entries that were not used for longest were removed; "
                        + $"{pruned.Before} were more than {pruned.Budget}, a quarter of the disk"
                );
            }
        }
        catch (Exception e) when (e is PipelineException or IOException or UnauthorizedAccessException)
        {
            services.Reporter.Report(
                Diagnostic.Warning(
                    "PL0395",
                    $"the caches could not be pruned: {e.Message.Split('\n')[0]}",
                    hint: "see 'pipeline cache show'; 'cache/' may always be deleted"
                )
            );
        }
    }
}
