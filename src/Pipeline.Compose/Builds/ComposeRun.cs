using System.Diagnostics;
using System.Security.Cryptography;
using Pipeline.Compose.Commits;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Locks;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>One compose inside the user namespace, from fetched packages to a published build. Holds the compose lock.</summary>
internal sealed class ComposeRun(
    ComposerServices services,
    ComposeRequest request,
    LockedManifest locked,
    ComposeInputs inputs,
    BuildStore store
)
{
    private readonly List<StepRecord> _steps = [];
    private readonly TreeCache _trees = new(Path.Combine(request.WorkDirectory.Cache, "trees", UserNamespace.MapKey!), services.Time);
    private readonly DiskSpace _disk = new(request.WorkDirectory.Root);
    private readonly string _log = Path.Combine(request.WorkDirectory.Temporary, "compose.log");
    private readonly string _scripts = Path.Combine(request.WorkDirectory.Temporary, "compose");

    private TreeSandbox Sandbox => new(services.Tools, locked.Lockfile.Generated, _log, _scripts);

    /// <summary>Runs it.</summary>
    public async Task<ComposeResult> RunAsync(IReadOnlyDictionary<Digest, string> files, CancellationToken cancellationToken)
    {
        Prepare();
        var configured = await ConfigureAsync(files, cancellationToken);
        var version = await VersionAsync(cancellationToken);
        var scratch = _trees.NewScratch();
        var staging = Path.Combine(store.Root, $".staging-{Guid.NewGuid():n}");
        try
        {
            TreeCommit commit;
            string? kernel;
            using (var view = Open(configured, scratch) ?? Open(await ConfigureAnewAsync(files, cancellationToken), scratch)!)
            {
                kernel = await FinishAsync(view.Tree, version, cancellationToken);
                _disk.RequireCommit(configured.Size);
                commit = await CommitAsync(view.Tree.Directory, Repository(staging), version, kernel, cancellationToken);
            }

            await WriteBuildAsync(staging, version, commit, kernel, cancellationToken);
            using (await store.LockAsync(_ => { }, cancellationToken))
            {
                await store.PublishAsync(staging, version, request.Architecture, request.Force, cancellationToken);
            }

            return new(version, version, commit.Checksum, request.Architecture, false, store.Directory(version, request.Architecture));
        }
        finally
        {
            UnixFile.DeleteTree(scratch);
            UnixFile.DeleteTree(staging);
            UnixFile.DeleteTree(_scripts);
        }
    }

    /// <summary>Makes directories, and removes what killed runs left: nobody else is at work, the lock says.</summary>
    private void Prepare()
    {
        Directory.CreateDirectory(store.Root);
        Directory.CreateDirectory(request.WorkDirectory.Temporary);
        File.Delete(_log);
        UnixFile.DeleteTree(_scripts);
        foreach (var leftover in Directory.EnumerateDirectories(store.Root, ".staging-*").ToArray())
        {
            UnixFile.DeleteTree(leftover);
        }
    }

    /// <summary>A writable view of a configured tree; <c>null</c> when this kernel cannot read what another one cached.</summary>
    private TreeView? Open(CachedTree tree, string scratch)
    {
        _disk.RequireFinish(tree.Size, copy: false);
        UnixFile.DeleteTree(scratch);
        return TreeView.TryOpen(tree.Stage, scratch, () => Copying(() => _disk.RequireFinish(tree.Size, copy: true)));
    }

    private void Copying(Action require)
    {
        require();
        services.Reporter.Note("there is no overlay file system here: the tree is copied");
    }

    private Task<CachedTree> ConfigureAnewAsync(IReadOnlyDictionary<Digest, string> files, CancellationToken cancellationToken)
    {
        _trees.Drop(inputs.Configure.Digest);
        _steps.Clear();
        return ConfigureAsync(files, cancellationToken);
    }

    private async Task<CachedTree> ConfigureAsync(IReadOnlyDictionary<Digest, string> files, CancellationToken cancellationToken)
    {
        if (!request.Force && _trees.Find(inputs.Configure.Digest) is { } cached)
        {
            Note(inputs.Configure, [], true, TimeSpan.Zero);
            services.Reporter.Note("configure packages: cached");
            return cached;
        }

        var started = services.Time.GetTimestamp();
        var store = new LayerStore(Path.Combine(request.WorkDirectory.Cache, "layers", UserNamespace.MapKey!));
        IReadOnlyList<PackageLayer> layers;
        using (var step = services.Reporter.Step("unpack packages"))
        {
            layers = await store.EnsureAsync(locked.Lockfile.Packages, p => files[p.Digest], _disk.RequireUnpack, step, cancellationToken);
        }

        using var configuring = services.Reporter.Step("configure packages");
        var scratch = _trees.NewScratch();
        try
        {
            var tree = MergedTree.Of(layers, locked.Manifest.Documentation);
            _disk.RequireConfigure(tree.Size, copy: false);
            await ConfigureAsync(tree, store.Objects, scratch, cancellationToken);
            var kept = _trees.Keep(scratch, inputs.Configure.Digest, tree.Size);
            Note(inputs.Configure, [], false, services.Time.GetElapsedTime(started));
            configuring.Done();
            return kept;
        }
        finally
        {
            UnixFile.DeleteTree(scratch);
        }
    }

    private async Task ConfigureAsync(MergedTree tree, ObjectStore objects, string directory, CancellationToken cancellationToken)
    {
        var lower = $"{directory}/lower";
        UnixFile.MakeDirectory(directory, FileModes.PrivateDirectory);
        UnixFile.MakeDirectory(lower, FileModes.Executable);
        using (var root = TreeHandle.Open(lower))
        {
            Checkout.Write(tree, objects, root);
            DpkgDatabase.Write(tree, root);
        }

        bool copied;
        using (var view = TreeView.TryOpen(new([lower]), directory, () => Copying(() => _disk.RequireConfigure(tree.Size, copy: true)))!)
        {
            copied = view.IsCopy;
            await new Configurator(Sandbox, objects).RunAsync(tree, view.Tree, cancellationToken);
        }

        using (var upper = TreeHandle.Open($"{directory}/upper"))
        {
            TreeCopy.SetTimes(upper, ObjectStore.Time);
        }

        if (copied)
        {
            UnixFile.DeleteTree(lower);
        }
    }

    private async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        var index = await store.ReadIndexAsync(cancellationToken);
        var same = request.Force
            ? index.Builds.FirstOrDefault(b => store.StepDigest(b.Id, request.Architecture, "compose") == inputs.Compose.Digest)?.Id
            : null;
        return request.Version
            ?? same
            ?? BuildVersion.Next(locked.Manifest, locked.Lockfile.Generated, request.Stream, request.Development, index);
    }

    private async Task<string?> FinishAsync(TreeHandle root, string version, CancellationToken cancellationToken)
    {
        var started = services.Time.GetTimestamp();
        using (var step = services.Reporter.Step("lay overlays, run scripts"))
        {
            await Assembler.RunAsync(locked.Manifest, root, Sandbox, cancellationToken);
            step.Done();
        }

        var release = await new Kernel(Sandbox).MoveAsync(root, cancellationToken);
        if (release is not null)
        {
            using var step = services.Reporter.Step("make the initramfs");
            var initramfs = new Initramfs(
                Sandbox,
                services.Reporter,
                Path.Combine(request.WorkDirectory.Cache, "initramfs", UserNamespace.MapKey!),
                services.Time
            );
            var cached = await initramfs.PlaceAsync(root, release, request.Force, inputs.Tools, cancellationToken);
            step.Done(cached ? "cached" : "made");
        }

        using (var step = services.Reporter.Step("finish the tree"))
        {
            OsRelease.Stamp(root, locked.Manifest.MutateOsRelease, version);
            Finisher.Run(root, services.Reporter);
            step.Done();
        }

        Note(inputs.Tree, [], false, services.Time.GetElapsedTime(started));
        return release;
    }

    private async Task<TreeCommit> CommitAsync(
        string root,
        string repository,
        string version,
        string? kernel,
        CancellationToken cancellationToken
    )
    {
        using var step = services.Reporter.Step("commit");
        var reference = locked.Manifest.Ref ?? $"{locked.Manifest.Name}/{request.Architecture.Name}";
        var commit = await new CommitWriter(services.Tools).WriteAsync(
            root,
            repository,
            reference,
            version,
            kernel,
            locked.Lockfile.Generated,
            cancellationToken
        );
        step.Done(commit.Checksum);
        return commit;
    }

    private async Task WriteBuildAsync(
        string staging,
        string version,
        TreeCommit commit,
        string? kernel,
        CancellationToken cancellationToken
    )
    {
        using var step = services.Reporter.Step("write the build");
        var started = services.Time.GetTimestamp();
        Directory.CreateDirectory(Path.Combine(staging, "steps"));
        Directory.CreateDirectory(Path.Combine(staging, "logs"));
        var name = $"{locked.Manifest.Name}-{version}-ostree.{request.Architecture.Name}.tar";
        var tar = Path.Combine(staging, name);
        await CommitArchive.WriteAsync(Repository(staging), tar, locked.Lockfile.Generated, cancellationToken);
        UnixFile.DeleteTree(Repository(staging));
        Digest digest;
        await using (var stream = File.OpenRead(tar))
        {
            digest = Digest.FromHash(await SHA256.HashDataAsync(stream, cancellationToken));
        }

        var meta = BuildDocuments.Meta(locked, version, commit, (name, digest, new FileInfo(tar).Length), inputs);
        await File.WriteAllTextAsync(Path.Combine(staging, "meta.json"), JsonTextWriter.Write(meta, JsonStyle.Pretty), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(staging, "commitmeta.json"),
            JsonTextWriter.Write(BuildDocuments.CommitMeta(locked.Lockfile, version, kernel), JsonStyle.Pretty),
            cancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(staging, $"manifest-lock.generated.{request.Architecture.Name}.json"),
            locked.LockText,
            cancellationToken
        );
        Note(
            inputs.Compose,
            [new("ostree-commit", Digest.Parse(commit.Checksum)), new(name, digest)],
            false,
            services.Time.GetElapsedTime(started)
        );
        foreach (var record in _steps)
        {
            await File.WriteAllTextAsync(
                BuildStore.StepFile(staging, record.Inputs.Step),
                JsonTextWriter.Write(record.ToJson(), JsonStyle.Pretty),
                cancellationToken
            );
        }

        if (File.Exists(_log))
        {
            File.Copy(_log, Path.Combine(staging, "logs", "compose.log"));
        }

        step.Done();
    }

    /// <summary>The commit's repository lives in the staging directory until it is packed.</summary>
    private static string Repository(string staging) => Path.Combine(staging, ".repo");

    private void Note(StepInputs step, ValueList<StepInput> outputs, bool cached, TimeSpan elapsed) =>
        _steps.Add(new(step, outputs, cached, elapsed));
}
