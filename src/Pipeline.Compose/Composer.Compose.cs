using Pipeline.Compose.Builds;
using Pipeline.Compose.Locks;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
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
        if (request.Version is { } version && !BuildStore.IsId(version))
        {
            throw new PipelineException(ComposeDiagnostics.BadVersion(version));
        }

        var locked = await new LockStep(_services).RunAsync(request.Lock, cancellationToken);
        var host = new ToolFingerprint(_services.Tools, request.WorkDirectory);
        var inputs = ComposeInputs.Of(locked, request.Stream, host, GuestRunner.For(request.Architecture, Architecture.Host));
        await host.SaveAsync(cancellationToken);
        if (!request.Force)
        {
            var store = new BuildStore(request.WorkDirectory, _services.Time);
            if (await FindAsync(store, request.Architecture, request.Version, inputs.Compose.Digest, cancellationToken) is { } known)
            {
                return known;
            }
        }

        var files = await new FetchStep(_services).RunAsync(locked, request.WorkDirectory, request.Lock.Offline, cancellationToken);
        return await new WorkerClient(_services.Tools, _services.Reporter).RunAsync(
            Inside,
            ComposeWork.Of(request, locked, inputs, files),
            request.WorkDirectory,
            locked.Manifest.Layers.Select(l => l.Directory),
            cancellationToken
        );
    }

    /// <summary>
    /// The work inside the user namespace: one at a time in a work directory, and the second may find the build of the first.
    /// </summary>
    private static async Task<ComposeResult> WorkAsync(ComposeWork work, WorkerServices services, CancellationToken cancellationToken)
    {
        var store = new BuildStore(work.WorkDirectory, services.Time);
        using var hold = await FileLock.AcquireAsync(
            Path.Combine(store.Root, ".compose.lock"),
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
