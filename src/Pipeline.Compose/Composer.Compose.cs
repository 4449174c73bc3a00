using Pipeline.Compose.Builds;
using Pipeline.Compose.Families;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Locks;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Net;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose;

public sealed partial class Composer
{
    private static readonly WorkerTask<ComposeWork, ComposeResult> Inside = new(
        "compose",
        () => ComposeJson.Default.ComposeWork,
        () => ComposeJson.Default.ComposeResult,
        WorkAsync
    );

    /// <summary>The part of a compose that runs in the user namespace, for the hidden verb <c>worker</c>.</summary>
    public static WorkerTask Worker => Inside;

    /// <summary>Composes a build, or finds that it is there already. Nothing changed is known before any package is touched.</summary>
    /// <remarks>Resolving and fetching happen in this process, the rest in a worker that is given the locked request.</remarks>
    /// <exception cref="PipelineException">
    /// Every class; codes PL1xxx (manifest, lock, fetch) and PL2xxx (unpack, configure, commit).
    /// </exception>
    public async Task<ComposeResult> ComposeAsync(ComposeRequest request, CancellationToken cancellationToken)
    {
        RequireVersion(request);
        var runner = await RunnerAsync(request, cancellationToken);
        return await MakeAsync(await PrepareAsync(request, runner, cancellationToken), cancellationToken);
    }

    private static void RequireVersion(ComposeRequest request)
    {
        if (request.Version is { } version && !BuildStore.IsId(version))
        {
            throw new PipelineException(ComposeDiagnostics.BadVersion(version));
        }

        if (request.Version is null && request.Stream is { } stream)
        {
            BuildVersion.RequireStream(stream);
        }
    }

    /// <summary>How programs of the tree run; asked before anything is fetched, because it may be that they do not.</summary>
    private Task<GuestRunner> RunnerAsync(ComposeRequest request, CancellationToken cancellationToken) =>
        new GuestRunners(_services.Tools, request.WorkDirectory.Temporary).FindAsync(
            request.Architecture,
            Architecture.Host,
            cancellationToken
        );

    /// <summary>Resolves, and knows the digests of all that will be made.</summary>
    private async Task<PreparedCompose> PrepareAsync(ComposeRequest request, GuestRunner runner, CancellationToken cancellationToken)
    {
        var step = new LockStep(_services);
        var locked = await step.RunAsync(request.Lock, cancellationToken);
        locked = await step.DescribeAsync(request.Lock, locked, cancellationToken);
        var native = runner is NativeRunner || request.PlainEmulation ? null : await NativeAsync(step, request, locked, cancellationToken);
        var host = new ToolFingerprint(_services.Tools, request.WorkDirectory);
        var inputs = ComposeInputs.Of(locked, request.Stream, host, runner, native);
        await host.SaveAsync(cancellationToken);
        return new(request, locked, inputs, runner, native);
    }

    /// <summary>Programs that stand in for those of a foreign tree. Without them everything is emulated, with the same result.</summary>
    private async Task<LockedManifest?> NativeAsync(
        LockStep step,
        ComposeRequest request,
        LockedManifest locked,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await step.NativeAsync(request.Lock, locked, Architecture.Host, cancellationToken);
        }
        catch (PipelineException e) when (e.Exit is not ExitClass.Refused)
        {
            _services.Reporter.Report(ComposeDiagnostics.PlainEmulation(request.Architecture, e.Diagnostics[0].Message));
            return null;
        }
    }

    /// <summary>Finds the build, or fetches and makes it.</summary>
    private async Task<ComposeResult> MakeAsync(PreparedCompose prepared, CancellationToken cancellationToken)
    {
        var (request, locked, inputs, runner, native) = prepared;
        if (!request.Force)
        {
            var store = new BuildStore(request.WorkDirectory, _services.Time);
            if (await FindAsync(store, request.Architecture, request.Version, inputs.Compose.Digest, cancellationToken) is { } known)
            {
                return known;
            }
        }

        SubordinateIds.Require();
        // Until the build is made: nobody may prune the files that the worker reads.
        using var share = await SharedCache.JoinAsync(request.WorkDirectory, cancellationToken);
        var files = new Dictionary<Digest, string>();
        foreach (var packages in native is null ? [locked] : (LockedManifest[])[locked, native])
        {
            var fetched = await new FetchStep(_services).RunAsync(packages, request.WorkDirectory, request.Lock.Offline, cancellationToken);
            await packages.Family.RequireSignedAsync(
                [.. packages.Lockfile.Packages.Select(p => new FetchedPackage(p, fetched[p.Digest], packages.Repositories.Find(p.Repo)!))],
                _services.Tools,
                Path.Combine(request.WorkDirectory.Temporary, "gpgv"),
                _services.Reporter,
                cancellationToken
            );
            foreach (var file in fetched)
            {
                files[file.Key] = file.Value;
            }
        }

        return await new WorkerClient(_services.Tools, _services.Reporter).RunAsync(
            Inside,
            ComposeWork.Of(request, locked, inputs, files, runner, native) with
            {
                Config = await ConfigAsync(request, cancellationToken),
            },
            request.WorkDirectory,
            locked.Manifest.Layers.Select(l => l.Directory),
            cancellationToken
        );
    }

    /// <summary>The checkout of the manifest. Asked out here: git does not read the checkout of another user.</summary>
    private async Task<GitState?> ConfigAsync(ComposeRequest request, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(request.Lock.ManifestPath)!;
        var state = await new GitCheckout(_services.Tools).FindAsync(directory, cancellationToken);
        return state is null ? null : state with { Origin = new UrlCredentials().Take(state.Origin) };
    }

    /// <summary>
    /// The work inside the user namespace: one at a time in a work directory, and the second may find the build of the first.
    /// </summary>
    private static async Task<ComposeResult> WorkAsync(ComposeWork work, WorkerServices services, CancellationToken cancellationToken)
    {
        var store = new BuildStore(work.WorkDirectory, services.Time);
        using var hold = await FileLock.AcquireAsync(
            LockOf(work.WorkDirectory),
            work.Wait,
            holder => services.Reporter.Note($"waiting for another compose in this work directory: {holder}"),
            services.Time,
            cancellationToken
        );
        return
            !work.Force
            && await FindAsync(store, work.Architecture, work.Version, work.Inputs.Compose.Digest, cancellationToken) is { } meanwhile
            ? meanwhile
            : await new ComposeRun(services, work, store).RunAsync(cancellationToken);
    }

    /// <summary>The build made from these inputs, or <c>null</c>.</summary>
    private static async Task<ComposeResult?> FindAsync(
        BuildStore store,
        Architecture architecture,
        string? version,
        Digest inputs,
        CancellationToken cancellationToken
    )
    {
        foreach (var build in (await store.ReadIndexAsync(cancellationToken)).Builds)
        {
            if (
                build.Architectures.Contains(architecture.Name)
                && (version ?? build.Id) == build.Id
                && store.StepDigest(build.Id, architecture, "compose") == inputs
                && (await store.ReadMetaAsync(build.Id, architecture, cancellationToken)).Find("ostree-commit") is JsonTextString commit
            )
            {
                await store.PointLatestAsync(build.Id, cancellationToken);
                return new(build.Id, build.Id, commit.Value, architecture, true, store.Directory(build.Id, architecture));
            }
        }

        return null;
    }
}

/// <summary>A compose that is resolved; nothing of it was fetched.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Locked">The packages.</param>
/// <param name="Inputs">The inputs of each step.</param>
/// <param name="Runner">How programs of the tree run.</param>
/// <param name="Native">Packages whose programs stand in for those of a foreign tree; <c>null</c> for none.</param>
internal sealed record PreparedCompose(
    ComposeRequest Request,
    LockedManifest Locked,
    ComposeInputs Inputs,
    GuestRunner Runner,
    LockedManifest? Native
);
