using Pipeline.Compose.Builds;
using Pipeline.Compose.Fetching;
using Pipeline.Compose.Locks;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;

namespace Pipeline.Compose;

public sealed partial class Composer
{
    /// <summary>Composes a build, or finds that it is there already. Nothing changed is known before any package is touched.</summary>
    /// <remarks>Outside of a user namespace the heavy part runs in a child of the same program, see <see cref="ComposeRequest.InsideCommand"/>.</remarks>
    /// <exception cref="PipelineException">Every class; codes PL1xxx (manifest, lock, fetch) and PL2xxx (unpack, configure, commit).</exception>
    /// <exception cref="InsideFailedException">The child failed and has told why on standard error.</exception>
    public async Task<ComposeResult> ComposeAsync(ComposeRequest request, CancellationToken cancellationToken)
    {
        if (request.Version is { } version && !BuildStore.IsId(version))
        {
            throw new PipelineException(
                Diagnostic.Error("PL2303", $"'{version}' cannot be a version", hint: "letters, digits, '.', '_', '+' and '-', at most 128")
            );
        }

        var locked = await new LockStep(_services).RunAsync(OfflineInside(request.Lock), cancellationToken);
        var inputs = ComposeInputs.Of(locked, request.Stream, _services.Tools);
        var store = new BuildStore(request.WorkDirectory, _services.Time);
        if (!request.Force && await FindAsync(store, request, inputs, cancellationToken) is { } known)
        {
            return known;
        }

        var files = await new FetchStep(_services).RunAsync(
            locked,
            request.WorkDirectory,
            OfflineInside(request.Lock).Offline,
            cancellationToken
        );
        if (!UserNamespace.IsInside)
        {
            var code = await UserNamespace.RunAsync(
                _services.Tools,
                request.InsideCommand ?? UserNamespace.OwnCommand(),
                Environment.CurrentDirectory,
                cancellationToken
            );
            return code == 0
                ? await FindAsync(store, request, inputs, cancellationToken) is { } made
                    ? made with
                    {
                        Unchanged = false,
                    }
                    : throw Gone()
                : throw new InsideFailedException(code);
        }

        using var hold = await FileLock.AcquireAsync(
            Path.Combine(store.Root, ".compose.lock"),
            request.Wait,
            holder => _services.Reporter.Note($"waiting for another compose in this work directory: {holder}"),
            _services.Time,
            cancellationToken
        );
        if (!request.Force && await FindAsync(store, request, inputs, cancellationToken) is { } meanwhile)
        {
            return meanwhile;
        }

        return await new ComposeRun(_services, request, locked, inputs, store).RunAsync(files, cancellationToken);
    }

    /// <summary>The build made from these inputs, or <c>null</c>.</summary>
    private static async Task<ComposeResult?> FindAsync(
        BuildStore store,
        ComposeRequest request,
        ComposeInputs inputs,
        CancellationToken cancellationToken
    )
    {
        foreach (var build in (await store.ReadIndexAsync(cancellationToken)).Builds)
        {
            if (
                build.Architectures.Contains(request.Architecture.Name)
                && (request.Version ?? build.Id) == build.Id
                && store.StepDigest(build.Id, request.Architecture, "compose") == inputs.Compose.Digest
                && (await store.ReadMetaAsync(build.Id, request.Architecture, cancellationToken)).Find("ostree-commit")
                    is JsonTextString commit
            )
            {
                return new(build.Id, build.Id, commit.Value, request.Architecture, true, store.Directory(build.Id, request.Architecture));
            }
        }

        return null;
    }

    /// <summary>Inside the user namespace the network is not asked again: the parent has just done so.</summary>
    private static LockRequest OfflineInside(LockRequest request) => UserNamespace.IsInside ? request with { Offline = true } : request;

    private static PipelineException Gone() =>
        new(
            Diagnostic.Error(
                "PL2304",
                "the compose inside the user namespace left no build",
                hint: "did the manifest or an overlay change meanwhile? run it again",
                exit: ExitClass.WorkFailed
            )
        );
}
