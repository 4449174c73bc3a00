using Pipeline.Compose.Fetching;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Repos;

/// <summary>
/// A mirror whose files are not those that its index names. That is often so for one suite and one of the rarer architectures, so the
/// message says which they are.
/// </summary>
internal static class OutOfStep
{
    /// <summary>The error with what was fetched for.</summary>
    public static PipelineException Explain(PipelineException error, Repository repository, Architecture architecture) =>
        error.Diagnostics.Any(IsMeant)
            ? new(error.Diagnostics.Select(d => IsMeant(d) ? Explained(d, repository, architecture) : d), error)
            : error;

    private static bool IsMeant(Diagnostic diagnostic) =>
        FetchDiagnostics.IsOutOfStep(diagnostic) || RepositoryDiagnostics.IsNoIndex(diagnostic);

    private static Diagnostic Explained(Diagnostic diagnostic, Repository repository, Architecture architecture) =>
        diagnostic with
        {
            Message = $"{diagnostic.Message}; it is of {architecture.Name} in suite '{repository.SuiteName}'",
            Hint = $"{diagnostic.Hint}; another suite may be complete for {architecture.Name}: --var suite=NAME where the manifest has it",
        };
}
