using Pipeline.Compose.Builds;
using Pipeline.Compose.Locks;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

/// <summary>A package file that was fetched, and whose digest a verified index has.</summary>
/// <param name="Name">Name of the package.</param>
/// <param name="Version">Version as its family writes it.</param>
/// <param name="Essential">Whether its family marks it essential.</param>
/// <param name="File">Where the file is; its name is its digest.</param>
public sealed record FetchedFile(string Name, string Version, bool Essential, string File);

/// <content>Packages without a tree.</content>
public sealed partial class Composer
{
    /// <summary>Resolves a manifest and fetches its packages, as a compose would, and makes nothing of them.</summary>
    /// <returns>The packages, dependencies first.</returns>
    /// <exception cref="PipelineException">Codes PL1xxx: manifest, lock, fetch.</exception>
    public async Task<ValueList<FetchedFile>> FetchAsync(LockRequest request, CancellationToken cancellationToken)
    {
        var locked = await new LockStep(_services).RunAsync(request, cancellationToken);
        var files = await new FetchStep(_services).RunAsync(locked, request.WorkDirectory, request.Offline, cancellationToken);
        return [.. locked.Lockfile.Packages.Select(p => new FetchedFile(p.Name, p.Version, p.Essential, files[p.Digest]))];
    }
}
