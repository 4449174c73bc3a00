using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Deb;

/// <summary>
/// Brings repositories up to date: Release by conditional GET, signature, expiry, then the indices by digest. What is cached for a
/// repository is its last verified Release; indices live in the content store.
/// </summary>
/// <param name="services">Network, stores and clock.</param>
internal sealed class InReleaseUpdater(RepositoryServices services)
{
    private const int MaxRelease = 16 * 1024 * 1024;

    /// <summary>Ten times the largest index of Debian: more is an attack on memory, whoever signed it.</summary>
    private const long MaxIndex = 512L * 1024 * 1024;

    private readonly NewestIndex _newest = new(services.Cache);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);
    private static readonly (string Suffix, IndexCompression Compression)[] Forms =
    [
        (".xz", IndexCompression.Xz),
        (".gz", IndexCompression.Gzip),
        ("", IndexCompression.None),
    ];

    /// <summary>Verifies one repository for one architecture.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="architecture">Whose packages.</param>
    /// <param name="offline">Trust the cached Release, also an expired one, and fetch nothing.</param>
    /// <param name="warn">Receives what is odd but not wrong.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PipelineException">PL111x and PL13xx: class 5 for what is not trusted, class 4 for the network.</exception>
    public async Task<RepositoryState> UpdateAsync(
        DebRepository repository,
        Architecture architecture,
        bool offline,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    )
    {
        var cached = await ReadCacheAsync(repository, cancellationToken);
        CheckedDocument<SignedRelease> current;
        if (offline)
        {
            current = cached ?? throw new PipelineException(RepositoryDiagnostics.NotCached(repository.Id));
        }
        else
        {
            current = await FetchReleaseAsync(repository, cached, cancellationToken);
            if (cached is not null && current.Content.Release.Date < cached.Content.Release.Date)
            {
                warn(RepositoryDiagnostics.Older(repository.Id, current.Content.Release.Date, cached.Content.Release.Date, used: true));
                current = cached;
            }
            else if (await NewerAsync(repository, current.Content.Release, cancellationToken) is { } newest)
            {
                warn(RepositoryDiagnostics.Older(repository.Id, current.Content.Release.Date, newest, used: false));
            }

            if (current.Content.Release.ValidUntil is { } until && until < services.Time.GetUtcNow())
            {
                throw new PipelineException(RepositoryDiagnostics.Expired(repository.Id, until));
            }

            if (current != cached)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await WriteCacheAsync(repository, current);
            }
        }

        var indices = new List<IndexFile>();
        foreach (var path in IndexPaths(repository, current.Content.Release, architecture))
        {
            indices.Add(await FetchIndexAsync(repository, current.Content.Release, path, offline, cancellationToken));
        }

        return new(repository, Digest.Of(current.Content.Signed), current.Content.Release.Date, indices.ToValueList());
    }

    /// <summary>The date of a newer Release of the same archive; <c>null</c> also for one that does not say where it comes from.</summary>
    private async Task<DateTimeOffset?> NewerAsync(DebRepository repository, ReleaseFile release, CancellationToken cancellationToken) =>
        release.Identity is { } identity
            ? await _newest.NewerThanAsync($"{identity}\n{repository.Suite}", repository.Keyring, release.Date, cancellationToken)
            : null;

    private Task<CheckedDocument<SignedRelease>> FetchReleaseAsync(
        DebRepository repository,
        CheckedDocument<SignedRelease>? cached,
        CancellationToken cancellationToken
    ) =>
        CheckedDocument<SignedRelease>.FetchAsync(
            services,
            repository.Url(repository.IndexPath),
            MaxRelease,
            cached,
            async (document, _) =>
            {
                var signed = await services.Verifier.VerifyAsync(repository.Id, document, repository.Keyring, cancellationToken);
                return new(signed, Check(repository, ReleaseFile.Parse(repository.Id, signed)));
            },
            cancellationToken
        );

    private ReleaseFile Check(DebRepository repository, ReleaseFile release)
    {
        if (!repository.IsFlat && !release.Names.Contains(repository.Suite))
        {
            // A signed index of another suite is how a mirror would hand out old packages.
            throw new PipelineException(
                RepositoryDiagnostics.OtherSuite(repository.Id, repository.Suite, string.Join("' or '", release.Names))
            );
        }

        if (release.Date > services.Time.GetUtcNow() + ClockSkew)
        {
            throw new PipelineException(RepositoryDiagnostics.FromTheFuture(repository.Id, release.Date));
        }

        return release;
    }

    private static IEnumerable<string> IndexPaths(DebRepository repository, ReleaseFile release, Architecture architecture)
    {
        if (repository.IsFlat)
        {
            return ["Packages"];
        }

        var own = repository.Components.Select(c => $"{c}/binary-{architecture.Debian}/Packages");
        return release.SeparateAll ? own.Concat(repository.Components.Select(c => $"{c}/binary-all/Packages")) : own;
    }

    private async Task<IndexFile> FetchIndexAsync(
        DebRepository repository,
        ReleaseFile release,
        string path,
        bool offline,
        CancellationToken cancellationToken
    )
    {
        foreach (var (suffix, compression) in Forms)
        {
            if (!release.Files.TryGetValue(path + suffix, out var entry))
            {
                continue;
            }

            var length = release.Files.TryGetValue(path, out var plain) ? plain.Size : MaxIndex;
            if (Math.Max(entry.Size, length) is > MaxIndex and var claimed)
            {
                throw new PipelineException(
                    RepositoryDiagnostics.BadIndex(repository.Id, $"claims {claimed} bytes, more than the {MaxIndex} that are read")
                );
            }

            var index = new IndexFile(repository.Id, entry.Digest, compression, length);
            if (!services.Store.Has(entry.Digest, entry.Size))
            {
                if (offline)
                {
                    throw new PipelineException(RepositoryDiagnostics.NotCached(repository.Id));
                }

                await StoreIndexAsync(repository, release, path + suffix, entry, cancellationToken);
            }

            return index;
        }

        throw new PipelineException(RepositoryDiagnostics.NoIndex(repository.Id, path));
    }

    private async Task StoreIndexAsync(
        DebRepository repository,
        ReleaseFile release,
        string path,
        ReleaseEntry entry,
        CancellationToken cancellationToken
    )
    {
        var named = repository.Url(repository.ReleaseDirectory + path);
        if (release.ByHash)
        {
            var slash = path.LastIndexOf('/') + 1;
            try
            {
                await services.Downloader.StoreAsync(
                    repository.Url($"{repository.ReleaseDirectory}{path[..slash]}by-hash/SHA256/{entry.Digest.Hex}"),
                    entry.Digest,
                    entry.Size,
                    services.Store,
                    _ => { },
                    cancellationToken
                );
                return;
            }
            catch (PipelineException e) when (e.InnerException is HttpRequestException { StatusCode: System.Net.HttpStatusCode.NotFound })
            {
                // A plain copy of an archive without its by-hash directories is still an archive.
            }
        }

        await services.Downloader.StoreAsync(named, entry.Digest, entry.Size, services.Store, _ => { }, cancellationToken);
    }

    private string CacheOf(DebRepository repository)
    {
        var place = $"{NewestIndex.Place(repository.BaseUrl)} {repository.Suite} {Digest.Of(repository.Keyring.Span)}";
        return Path.Combine(services.Cache, $"{repository.Id}-{Digest.Of(place).Hex[..16]}");
    }

    private async Task<CheckedDocument<SignedRelease>?> ReadCacheAsync(DebRepository repository, CancellationToken cancellationToken)
    {
        var directory = CacheOf(repository);
        var text = Path.Combine(directory, "Release");
        if (!RegularFile.Is(text) || await KeptDocument.ReadAsync(directory, "InRelease", cancellationToken) is not { } kept)
        {
            return null;
        }

        var signed = await RegularFile.ReadAsync(text, cancellationToken);
        return kept.Text("signed") == Digest.Of(signed).Hex
            ? kept.With(new SignedRelease(signed, ReleaseFile.Parse(repository.Id, signed)))
            : null;
    }

    /// <summary>Writes all of it or nothing: one file without the others would forget how new the Release was.</summary>
    private async Task WriteCacheAsync(DebRepository repository, CheckedDocument<SignedRelease> release)
    {
        var directory = CacheOf(repository);
        var signed = release.Content.Signed;
        await AtomicFile.WriteAsync(Path.Combine(directory, "Release"), signed, CancellationToken.None);
        await release.KeepAsync(directory, "InRelease", ("signed", Digest.Of(signed).Hex));
    }

    /// <summary>What a signature covers.</summary>
    /// <param name="Signed">The bytes.</param>
    /// <param name="Release">What they say.</param>
    private sealed record SignedRelease(byte[] Signed, ReleaseFile Release);
}
