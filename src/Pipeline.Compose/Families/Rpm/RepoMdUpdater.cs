using Pipeline.Compose.Fetching;
using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>
/// Brings repositories up to date: repomd.xml by conditional GET, its signature, then the indices by digest. What is cached for a
/// repository is its last verified repomd.xml; indices live in the content store.
/// </summary>
/// <param name="services">Network, stores and clock.</param>
internal sealed class RepoMdUpdater(RepositoryServices services)
{
    private const int MaxRepoMd = 8 * 1024 * 1024;
    private const int MaxSignature = 1024 * 1024;

    /// <summary>Three times the largest primary.xml of Fedora: more is an attack on memory, whoever signed it.</summary>
    private const long MaxPrimary = 768L * 1024 * 1024;

    /// <summary>The list of all files is about four times as large.</summary>
    private const long MaxFiles = 1536L * 1024 * 1024;

    private const long MaxGroups = 64L * 1024 * 1024;

    /// <summary>As many bytes as <see cref="UpdateInfoReader"/> reads characters.</summary>
    private const long MaxAdvisories = 256L * 1024 * 1024;

    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);
    private readonly RepoMdCache _cache = new(services.Cache);
    private readonly NewestIndex _newest = new(services.Cache);

    /// <summary>Verifies one repository and brings its list of packages into the store.</summary>
    /// <param name="repository">Which.</param>
    /// <param name="architecture">Whose packages.</param>
    /// <param name="offline">Trust the cached repomd.xml and fetch nothing.</param>
    /// <param name="warn">Receives what is odd but not wrong.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PipelineException">PL11xx and PL13xx: class 5 for what is not trusted, class 4 for the network.</exception>
    public async Task<RepositoryState> UpdateAsync(
        RpmRepository repository,
        Architecture architecture,
        bool offline,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    )
    {
        foreach (var key in repository.Unchecked)
        {
            warn(RepositoryDiagnostics.UsesUnchecked(repository.Id, key, repository.Span));
        }

        var cached = await _cache.ReadAsync(repository, cancellationToken);
        var current = offline
            ? cached ?? throw new PipelineException(RepositoryDiagnostics.NotCached(repository.Id))
            : await FetchAsync(repository, architecture, cached, warn, cancellationToken);
        if (current.Content.RepoMd.Files.ContainsKey("modules"))
        {
            warn(RepositoryDiagnostics.Modules(repository.Id));
        }

        var answering = repository with { BaseUrl = current.Content.BaseUrl };
        var primary = await IndexAsync(answering, current.Content.RepoMd, "primary", MaxPrimary, offline, cancellationToken);
        return new(answering, Digest.Of(current.Document.Span), current.Content.RepoMd.Date, [primary])
        {
            FilesDigest = DigestOf(current.Content.RepoMd, "filelists"),
            GroupsDigest = DigestOf(current.Content.RepoMd, "group"),
        };
    }

    /// <summary>Brings further indices of a verified repository into the store.</summary>
    public async Task<RepositoryState> ExtendAsync(
        RepositoryState state,
        IndexParts parts,
        bool offline,
        CancellationToken cancellationToken
    )
    {
        var repository = (RpmRepository)state.Repository;
        var cached = await _cache.ReadAsync(repository, cancellationToken);
        if (cached is null || Digest.Of(cached.Document.Span) != state.Release)
        {
            throw new PipelineException(RepositoryDiagnostics.NotCached(repository.Id));
        }

        if (parts.HasFlag(IndexParts.Files) && state.Files is null)
        {
            state = state with
            {
                Files = await IndexAsync(repository, cached.Content.RepoMd, "filelists", MaxFiles, offline, cancellationToken),
            };
        }

        if (parts.HasFlag(IndexParts.Groups) && state is { Groups: null, GroupsDigest: not null })
        {
            state = state with
            {
                Groups = await IndexAsync(repository, cached.Content.RepoMd, "group", MaxGroups, offline, cancellationToken),
            };
        }

        if (parts.HasFlag(IndexParts.Advisories) && state.Advisories is null && cached.Content.RepoMd.Files.ContainsKey("updateinfo"))
        {
            state = state with
            {
                Advisories = await IndexAsync(repository, cached.Content.RepoMd, "updateinfo", MaxAdvisories, offline, cancellationToken),
            };
        }

        return state;
    }

    private static Digest? DigestOf(RepoMd repomd, string type) => repomd.Files.TryGetValue(type, out var file) ? file.Digest : null;

    private async Task<CheckedDocument<ServedRepoMd>> FetchAsync(
        RpmRepository repository,
        Architecture architecture,
        CheckedDocument<ServedRepoMd>? cached,
        Action<Diagnostic> warn,
        CancellationToken cancellationToken
    )
    {
        var current = await FetchAnyAsync(repository, cached, cancellationToken);
        if (cached is not null && current.Content.RepoMd.Date < cached.Content.RepoMd.Date)
        {
            warn(RepositoryDiagnostics.Older(repository.Id, current.Content.RepoMd.Date, cached.Content.RepoMd.Date, used: true));
            return cached;
        }

        // The same keys sign the repositories of all releases and architectures, so the id is part of what tells them apart.
        var identity = $"rpm {repository.Id} {architecture.Name}\n{current.Content.RepoMd.Identity}";
        if (await _newest.NewerThanAsync(identity, repository.Keyring, current.Content.RepoMd.Date, cancellationToken) is { } newest)
        {
            warn(RepositoryDiagnostics.Older(repository.Id, current.Content.RepoMd.Date, newest, used: false));
        }

        if (current != cached)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _cache.WriteAsync(repository, current);
        }

        return current;
    }

    /// <summary>
    /// From the first address that answers. What is not trusted is final: another address is no remedy for a forged index.
    /// </summary>
    private async Task<CheckedDocument<ServedRepoMd>> FetchAnyAsync(
        RpmRepository repository,
        CheckedDocument<ServedRepoMd>? cached,
        CancellationToken cancellationToken
    )
    {
        for (var i = 0; ; i++)
        {
            try
            {
                var known = cached?.Content.BaseUrl == repository.BaseUrls[i] ? cached : null;
                return await FetchFromAsync(repository with { BaseUrl = repository.BaseUrls[i] }, known, cancellationToken);
            }
            catch (PipelineException e) when (e.Exit == ExitClass.OutsideWorld && i + 1 < repository.BaseUrls.Count) { }
        }
    }

    private Task<CheckedDocument<ServedRepoMd>> FetchFromAsync(
        RpmRepository repository,
        CheckedDocument<ServedRepoMd>? cached,
        CancellationToken cancellationToken
    ) =>
        CheckedDocument<ServedRepoMd>.FetchAsync(
            services,
            repository.Url(repository.IndexPath),
            MaxRepoMd,
            cached,
            async (document, pastCaches) =>
            {
                await VerifyAsync(repository, document, pastCaches, cancellationToken);
                var repomd = RepoMd.Parse(repository.Id, document);
                return repomd.Date > services.Time.GetUtcNow() + ClockSkew
                    ? throw new PipelineException(RepositoryDiagnostics.FromTheFuture(repository.Id, repomd.Date))
                    : new(repomd, repository.BaseUrl);
            },
            cancellationToken
        );

    private async Task VerifyAsync(
        RpmRepository repository,
        ReadOnlyMemory<byte> document,
        bool pastCaches,
        CancellationToken cancellationToken
    )
    {
        if (!repository.ChecksIndex)
        {
            return;
        }

        var request = new DocumentRequest(repository.Url(repository.IndexPath + ".asc")) { Limit = MaxSignature, PastCaches = pastCaches };
        DocumentResponse signature;
        try
        {
            signature = await services.Downloader.GetAsync(request, cancellationToken);
        }
        catch (PipelineException e) when (e.InnerException is HttpRequestException { StatusCode: System.Net.HttpStatusCode.NotFound })
        {
            throw new PipelineException(RepositoryDiagnostics.NotSigned(repository.Id, "it is not signed", "gpgkey"), e);
        }

        await services.Verifier.VerifyDetachedAsync(repository.Id, document, signature.Content, repository.Keyring, cancellationToken);
    }

    private async Task<IndexFile> IndexAsync(
        RpmRepository repository,
        RepoMd repomd,
        string type,
        long most,
        bool offline,
        CancellationToken cancellationToken
    )
    {
        if (!repomd.Files.TryGetValue(type, out var file))
        {
            throw new PipelineException(
                repomd.Weak.Contains(type)
                    ? RepositoryDiagnostics.BadRepomd(repository.Id, $"has no SHA-256 of '{type}': other digests are not accepted")
                    : RepositoryDiagnostics.BadRepomd(repository.Id, $"does not name '{type}'")
            );
        }

        var index = Describe(repository, file, type, most);
        if (!services.Store.Has(file.Digest, file.Size))
        {
            if (offline)
            {
                throw new PipelineException(RepositoryDiagnostics.NotCached(repository.Id));
            }

            await services.Downloader.StoreAsync(
                repository.Url(file.Location),
                file.Digest,
                file.Size,
                services.Store,
                _ => { },
                cancellationToken
            );
        }

        return index;
    }

    private static IndexFile Describe(RpmRepository repository, RepoMdFile file, string type, long most)
    {
        var compression = Path.GetExtension(file.Location) switch
        {
            ".gz" => IndexCompression.Gzip,
            ".xz" => IndexCompression.Xz,
            ".zst" => IndexCompression.Zstd,
            ".xml" => IndexCompression.None,
            var other => throw new PipelineException(
                RepositoryDiagnostics.BadRepomd(repository.Id, $"has '{type}' only in the form '{other}': gz, xz, zst and xml are read")
            ),
        };
        var open = compression == IndexCompression.None ? file.Size : file.OpenSize;
        if (Math.Max(file.Size, open ?? 0) is var claimed && claimed > most)
        {
            throw new PipelineException(
                RepositoryDiagnostics.BadIndex(repository.Id, $"claims {claimed} bytes, more than the {most} that are read")
            );
        }

        return new(repository.Id, file.Digest, compression, open ?? most) { IsExact = open is not null, Text = file.OpenDigest };
    }
}
