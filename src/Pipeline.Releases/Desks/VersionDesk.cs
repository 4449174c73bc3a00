using Pipeline.Clouds.Stores;
using Pipeline.Host.Net.Objects;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Versions;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Versions;

namespace Pipeline.Releases.Desks;

/// <summary>
/// A version to compute; exactly one of <paramref name="Manifest"/>, <paramref name="BuildArgs"/> and <paramref name="Major"/> is given.
/// </summary>
/// <param name="Manifest">Flattened manifest with <c>releasever</c> and <c>ref</c>; the last number counts builds.</param>
/// <param name="BuildArgs">build-args.conf with VERSION and STREAM; the last number counts commits.</param>
/// <param name="Major">Major release of the base system, with <paramref name="Stream"/>.</param>
/// <param name="Stream">Stream name, with <paramref name="Major"/>.</param>
/// <param name="Lock">Package lock that gives the day; <c>null</c> for today.</param>
/// <param name="Builds">builds.json; <c>null</c> for no builds yet.</param>
/// <param name="Config">Git checkout of the config, to count commits.</param>
/// <param name="Dev">A version for a desk.</param>
/// <param name="Now">The present as people type it; <c>null</c> for the clock.</param>
public sealed record VersionRequest(
    string? Manifest,
    string? BuildArgs,
    int? Major,
    string? Stream,
    string? Lock,
    string? Builds,
    string? Config,
    bool Dev,
    string? Now
);

/// <summary>Façade of <c>version</c>: numbers of releases.</summary>
public sealed class VersionDesk
{
    private readonly ReleaseServices _services;

    internal VersionDesk(ReleaseServices services) => _services = services;

    /// <summary>The next version of a stream.</summary>
    /// <exception cref="PipelineException">The sources do not give one (class 2), or git failed (class 1).</exception>
    public async Task<ReleaseVersion> ComputeAsync(VersionRequest request, CancellationToken cancellationToken) =>
        await new VersionCalculator(_services.Tools).ComputeAsync(await ReadAsync(request, cancellationToken), cancellationToken);

    /// <summary>Computes the next version and takes it in a store, so that no other run gets it.</summary>
    /// <param name="request">What the version is made of.</param>
    /// <param name="store">Address of the store where versions are taken.</param>
    /// <param name="owner">Names who takes it; the moment is added.</param>
    /// <param name="cancellationToken">Ends the work; a version already taken stays taken.</param>
    /// <exception cref="PipelineException">As <see cref="ComputeAsync"/>; PL5104 no number is free; the store's own.</exception>
    public async Task<ReleaseVersion> ReserveAsync(VersionRequest request, string store, string owner, CancellationToken cancellationToken)
    {
        var inputs = await ReadAsync(request, cancellationToken);
        using var objects = ObjectStores.Open(StoreAddress.Parse(store, _services.CurrentDirectory), _services.Environment, _services.Time);
        return await new VersionCalculator(_services.Tools).ReserveAsync(
            inputs,
            objects,
            $"{owner} at {Moments.Stamp(_services.Time.GetUtcNow())}",
            cancellationToken
        );
    }

    /// <summary>Reads two versions.</summary>
    /// <exception cref="PipelineException">PL5100 one is none (class 2), both reported at once.</exception>
    public static (ReleaseVersion A, ReleaseVersion B) Parse(string a, string b)
    {
        var problems = new DiagnosticBag();
        var versions = (Parse(a, problems), Parse(b, problems));
        problems.ThrowIfErrors();
        return (versions.Item1!, versions.Item2!);
    }

    private static ReleaseVersion? Parse(string text, DiagnosticBag problems)
    {
        if (!ReleaseVersion.TryParse(text, out var version))
        {
            problems.Add(VersionDiagnostics.NoVersion(text));
        }

        return version;
    }

    private async Task<VersionInputs> ReadAsync(VersionRequest request, CancellationToken cancellationToken)
    {
        var (manifest, buildArgs, major, stream) = (request.Manifest, request.BuildArgs, request.Major, request.Stream);
        if (major is null != stream is null || new object?[] { manifest, buildArgs, major }.Count(s => s is not null) != 1)
        {
            throw new PipelineException(VersionDiagnostics.OneSource());
        }

        var (x, z) =
            manifest is not null ? VersionSources.FromManifest(manifest, await ReadAsync(manifest))
            : buildArgs is not null ? VersionSources.FromBuildArgs(buildArgs, await ReadAsync(buildArgs))
            : (major!.Value, VersionSources.CodeOf(stream!));
        var day = request.Lock is { } file
            ? VersionSources.DayOfLock(file, await ReadAsync(file))
            : DateOnly.FromDateTime(Moments.Now(request.Now, _services.Time).UtcDateTime);
        var builds = request.Builds is { } name
            ? (await DocumentFile.ReadAsync<BuildsDocument>(_services.FullPath(name), name, cancellationToken)).Value
            : null;
        var config = request.Config is { } directory ? _services.FullPath(directory) : null;
        return new(x, z, day, buildArgs is null ? IterationRule.Builds : IterationRule.Commits, request.Dev, builds, config);

        Task<byte[]> ReadAsync(string path) => DocumentFile.ReadBytesAsync(_services.FullPath(path), path, cancellationToken);
    }
}
