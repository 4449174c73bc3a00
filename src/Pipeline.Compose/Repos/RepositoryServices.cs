using Pipeline.Compose.Fetching;

namespace Pipeline.Compose.Repos;

/// <summary>What bringing a repository up to date needs.</summary>
/// <param name="Downloader">The network.</param>
/// <param name="Verifier">Checks signatures.</param>
/// <param name="Store">Receives indices.</param>
/// <param name="Cache">Directory that keeps the last verified state of each repository.</param>
/// <param name="Time">The clock for expiry.</param>
internal sealed record RepositoryServices(
    Downloader Downloader,
    SignatureVerifier Verifier,
    ContentStore Store,
    string Cache,
    TimeProvider Time
);
