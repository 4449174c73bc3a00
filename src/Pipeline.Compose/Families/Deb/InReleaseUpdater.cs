using System.Globalization;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
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
        CachedRelease current;
        if (offline)
        {
            current = cached ?? throw new PipelineException(RepositoryDiagnostics.NotCached(repository.Id));
        }
        else
        {
            current = await FetchReleaseAsync(repository, cached, cancellationToken);
            if (cached is not null && current.Release.Date < cached.Release.Date)
            {
                warn(RepositoryDiagnostics.Older(repository.Id, current.Release.Date, cached.Release.Date, used: true));
                current = cached;
            }
            else if (await NewerAsync(repository, current.Release, cancellationToken) is { } newest)
            {
                warn(RepositoryDiagnostics.Older(repository.Id, current.Release.Date, newest, used: false));
            }

            if (current.Release.ValidUntil is { } until && until < services.Time.GetUtcNow())
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
        foreach (var path in IndexPaths(repository, current.Release, architecture))
        {
            indices.Add(await FetchIndexAsync(repository, current.Release, path, offline, cancellationToken));
        }

        return new(repository, Digest.Of(current.Signed), current.Release.Date, indices.ToValueList());
    }

    /// <summary>The date of a newer Release of the same archive; <c>null</c> also for one that does not say where it comes from.</summary>
    private async Task<DateTimeOffset?> NewerAsync(DebRepository repository, ReleaseFile release, CancellationToken cancellationToken) =>
        release.Identity is { } identity
            ? await _newest.NewerThanAsync($"{identity}\n{repository.Suite}", repository.Keyring, release.Date, cancellationToken)
            : null;

    private async Task<CachedRelease> FetchReleaseAsync(
        DebRepository repository,
        CachedRelease? cached,
        CancellationToken cancellationToken
    )
    {
        for (var pastCaches = false; ; pastCaches = true)
        {
            var request = new DocumentRequest(repository.Url(repository.IndexPath))
            {
                Limit = MaxRelease,
                PastCaches = pastCaches,
                ETag = pastCaches ? null : cached?.ETag,
                LastModified = pastCaches ? null : cached?.LastModified,
            };
            try
            {
                var response = await services.Downloader.GetAsync(request, cancellationToken);
                var document = response.NotModified ? cached!.Document : response.Content;
                var today = services.Time.GetUtcNow().UtcDateTime.Date;
                if (cached is not null && cached.CheckedOn == today && document.Span.SequenceEqual(cached.Document.Span))
                {
                    // The same bytes under the same keys were checked today; keys expire by the day.
                    return cached with { ETag = response.ETag, LastModified = response.LastModified };
                }

                var signed = await services.Verifier.VerifyAsync(repository.Id, document, repository.Keyring, cancellationToken);
                return new(
                    document,
                    signed,
                    Check(repository, ReleaseFile.Parse(repository.Id, signed)),
                    today,
                    response.ETag,
                    response.LastModified
                );
            }
            catch (PipelineException e) when (e.Exit == ExitClass.Refused && !pastCaches)
            {
                // A cache on the way may hold a damaged copy; a second refusal is final.
            }
        }
    }

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

    private async Task<CachedRelease?> ReadCacheAsync(DebRepository repository, CancellationToken cancellationToken)
    {
        var directory = CacheOf(repository);
        var state = Path.Combine(directory, "state.json");
        if (
            !File.Exists(state)
            || !File.Exists(Path.Combine(directory, "InRelease"))
            || !File.Exists(Path.Combine(directory, "Release"))
            || JsonText.Parse(state, await RegularFile.ReadAsync(state, cancellationToken), new()) is not JsonTextObject json
        )
        {
            return null;
        }

        // The state names the digest of both texts, so that a run that was killed between the files cannot pair a signature with another
        // text.
        var document = await RegularFile.ReadAsync(Path.Combine(directory, "InRelease"), cancellationToken);
        var signed = await RegularFile.ReadAsync(Path.Combine(directory, "Release"), cancellationToken);
        return
            Text("document") == Digest.Of(document).Hex
            && Text("signed") == Digest.Of(signed).Hex
            && DateTime.TryParseExact(Text("checked"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new(document, signed, ReleaseFile.Parse(repository.Id, signed), day, Text("etag"), Text("lastModified"))
            : null;

        string? Text(string name) => (json.Find(name) as JsonTextString)?.Value;
    }

    /// <summary>Writes all of it or nothing: one file without the others would forget how new the Release was.</summary>
    private async Task WriteCacheAsync(DebRepository repository, CachedRelease release)
    {
        var directory = CacheOf(repository);
        var members = new List<JsonTextMember>
        {
            new("document", new JsonTextString(Digest.Of(release.Document.Span).Hex)),
            new("signed", new JsonTextString(Digest.Of(release.Signed).Hex)),
            new("checked", new JsonTextString(release.CheckedOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))),
        };
        if (release.ETag is not null)
        {
            members.Add(new("etag", new JsonTextString(release.ETag)));
        }

        if (release.LastModified is not null)
        {
            members.Add(new("lastModified", new JsonTextString(release.LastModified)));
        }

        await AtomicFile.WriteAsync(Path.Combine(directory, "InRelease"), release.Document, CancellationToken.None);
        await AtomicFile.WriteAsync(Path.Combine(directory, "Release"), release.Signed, CancellationToken.None);
        await AtomicFile.WriteAsync(
            Path.Combine(directory, "state.json"),
            JsonTextWriter.Write(new JsonTextObject(members.ToValueList()), JsonStyle.Pretty),
            CancellationToken.None
        );
    }

    private sealed record CachedRelease(
        ReadOnlyMemory<byte> Document,
        byte[] Signed,
        ReleaseFile Release,
        DateTime CheckedOn,
        string? ETag,
        string? LastModified
    );
}
