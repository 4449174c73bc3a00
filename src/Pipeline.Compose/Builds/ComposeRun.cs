using Pipeline.Compose.Commits;
using Pipeline.Compose.Families;
using Pipeline.Compose.Layers;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Sandbox;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>One compose inside the user namespace, from fetched packages to a published build. Holds the compose lock.</summary>
/// <param name="services">Programs, events and clock of the worker.</param>
/// <param name="work">What to compose.</param>
/// <param name="store">The builds.</param>
internal sealed class ComposeRun(WorkerServices services, ComposeWork work, BuildStore store)
{
    private readonly List<StepRecord> _steps = [];
    private readonly Dictionary<Digest, string> _files = work.Files.ToDictionary(f => f.Digest, f => f.Path);
    private readonly TreeCache _trees = new(Path.Combine(work.WorkDirectory.Cache, "trees", UserNamespace.MapKey!), services.Time);
    private readonly DiskSpace _disk = new(work.WorkDirectory.Root);
    private readonly IPackageFamily _family = PackageFamilies.Named(work.Family);
    private readonly AccountRecord _accountRecord = new(store);
    private readonly string _initramfs = Path.Combine(work.WorkDirectory.Cache, "initramfs", UserNamespace.MapKey!);
    private readonly LayerStore _layers = new(
        Path.Combine(work.WorkDirectory.Cache, "layers", UserNamespace.MapKey!),
        PackageFamilies.Named(work.Family).Packages,
        services.Time
    );
    private readonly string _log = Path.Combine(work.WorkDirectory.Temporary, "compose.log");
    private readonly string _scripts = Path.Combine(work.WorkDirectory.Temporary, "compose");

    private readonly ScriptParts _parts = new(services.Time);
    private TreeAccounts? _accounts;

    /// <summary>Runs it.</summary>
    public async Task<ComposeResult> RunAsync(CancellationToken cancellationToken)
    {
        Prepare();
        using var guest = work.Runner.Enter();
        await using var ahead = new DeflateAhead(work);
        var configured = await ConfigureAsync(ahead, cancellationToken);
        var version = await VersionAsync(cancellationToken);
        var scratch = _trees.NewScratch();
        var staging = Path.Combine(store.Root, $".staging-{Guid.NewGuid():n}");
        try
        {
            TreeCommit commit;
            string? kernel;
            using (var view = Open(configured, scratch) ?? Open(await ConfigureAnewAsync(ahead, cancellationToken), scratch)!)
            {
                kernel = await FinishAsync(view, version, cancellationToken);
                _disk.RequireCommit(configured.Size);
                await ahead.StopAsync();
                commit = await CommitAsync(
                    view.Tree,
                    Path.Combine(staging, ArchiveName(version)),
                    version,
                    kernel,
                    ahead,
                    cancellationToken
                );
            }

            // Before the build is there: a run killed after that has nothing to remove, and the next one may find nothing to do.
            UnixFile.DeleteTree(scratch);
            await WriteBuildAsync(staging, version, commit, kernel, cancellationToken);
            await store.PublishAsync(
                staging,
                version,
                work.Architecture,
                work.Force,
                holder => services.Reporter.Note($"waiting to publish the build: {holder}"),
                cancellationToken
            );
            ahead.Contents.Keep();
            return new(version, version, commit.Checksum, work.Architecture, false, store.Directory(version, work.Architecture));
        }
        finally
        {
            UnixFile.DeleteTree(scratch);
            UnixFile.DeleteTree(staging);
            UnixFile.DeleteTree(_scripts);
        }
    }

    /// <summary>Makes directories, and removes what killed runs left: no other process works here, because the lock is held.</summary>
    private void Prepare()
    {
        Directory.CreateDirectory(store.Root);
        Directory.CreateDirectory(work.WorkDirectory.Temporary);
        File.Delete(_log);
        UnixFile.DeleteTree(_scripts);
        Initramfs.Sweep(_initramfs);
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

    private Task<CachedTree> ConfigureAnewAsync(DeflateAhead ahead, CancellationToken cancellationToken)
    {
        _trees.Drop(work.Inputs.Configure.Digest);
        _steps.Clear();
        return ConfigureAsync(ahead, cancellationToken);
    }

    private async Task<CachedTree> ConfigureAsync(DeflateAhead ahead, CancellationToken cancellationToken)
    {
        if (!work.Force && _trees.Find(work.Inputs.Configure.Digest) is { } cached)
        {
            NoteConfigured(cached, TimeSpan.Zero, wasCached: true);
            services.Reporter.Note("configure packages: cached");
            return cached;
        }

        var started = services.Time.GetTimestamp();
        IReadOnlyList<PackageLayer> layers;
        using (var step = services.Reporter.Step("unpack packages"))
        {
            layers = await _layers.EnsureAsync(work.Lockfile.Packages, p => _files[p.Digest], _disk.RequireUnpack, step, cancellationToken);
        }

        using var configuring = services.Reporter.Step("configure packages");
        _parts.Step = configuring;
        var scratch = _trees.NewScratch();
        try
        {
            var tree = MergedTree.Of(
                new PackageFilter(work.Manifest).Of(layers),
                _family.Merging,
                work.Manifest.Documentation,
                work.Manifest.InstallLanguages
            );
            _disk.RequireConfigure(tree.Size, copy: false, ahead.Missing(tree));
            ahead.Start(tree, _layers.Objects, configuring, services.Time);
            await ConfigureAsync(tree, _layers.Objects, scratch, cancellationToken);
            var kept = _trees.Keep(scratch, work.Inputs.Configure.Digest, tree.Size, _family.SkippedScripts(tree));
            NoteConfigured(kept, services.Time.GetElapsedTime(started), wasCached: false);
            configuring.Done();
            return kept;
        }
        finally
        {
            UnixFile.DeleteTree(scratch);
        }
    }

    private async Task ConfigureAsync(MergedTree tree, LayerObjects objects, string directory, CancellationToken cancellationToken)
    {
        var lower = $"{directory}/lower";
        UnixFile.MakeDirectory(directory, FileModes.PrivateDirectory);
        UnixFile.MakeDirectory(lower, FileModes.Executable);
        using (var root = TreeHandle.Open(lower))
        {
            Checkout.Write(tree, objects, root);
            _family.WriteDatabase(tree, root);
            TreeAccounts.Inject(work.Manifest, root);
        }

        bool copied;
        using (
            var view = TreeView.TryOpen(
                new([lower]),
                directory,
                () => Copying(() => _disk.RequireConfigure(tree.Size, copy: true, deflate: 0))
            )!
        )
        {
            copied = view.IsCopy;
            using var native =
                work.Native.Count == 0
                    ? null
                    : await NativeRoot.LayAsync(
                        work,
                        _layers,
                        _trees.NewScratch(),
                        p => _files[p.Digest],
                        services.Reporter,
                        cancellationToken
                    );
            await _family.ConfigureAsync(tree, view.Tree, SandboxOf(view, native?.Programs), objects, cancellationToken);
        }

        using (var upper = TreeHandle.Open($"{directory}/upper"))
        {
            TreeCopy.SetTimes(upper, LayerObjects.Time);
        }

        if (copied)
        {
            UnixFile.DeleteTree(lower);
        }
    }

    private async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        var index = await store.ReadIndexAsync(cancellationToken);
        var same = work.Force
            ? index.Builds.FirstOrDefault(b => store.StepDigest(b.Id, work.Architecture, "compose") == work.Inputs.Compose.Digest)?.Id
            : null;
        return work.Version ?? same ?? BuildVersion.Next(work.Manifest, work.Lockfile.Generated, work.Stream, work.Development, index);
    }

    private TreeSandbox SandboxOf(TreeView view, NativePrograms? native = null) =>
        new(services.Tools, work.Runner, work.Lockfile.Generated, _log, _scripts, _family.Merging.Layout)
        {
            Limits = work.Limits,
            Changes = [view.Changes],
            Native = native,
            Parts = _parts,
        };

    private async Task<string?> FinishAsync(TreeView view, string version, CancellationToken cancellationToken)
    {
        var (root, sandbox) = (view.Tree, SandboxOf(view));
        var started = services.Time.GetTimestamp();
        using (var step = services.Reporter.Step("lay overlays, run scripts"))
        {
            _parts.Step = step;
            await Assembler.RunAsync(work.Manifest, root, sandbox, services.Reporter, cancellationToken);
            RequireSameLayers();
            step.Done();
        }

        var release = work.Manifest.IsContainer ? null : await new Kernel(sandbox).MoveAsync(root, cancellationToken);
        if (release is not null && work.Manifest.HasInitramfs)
        {
            using var step = services.Reporter.Step("make the initramfs");
            _parts.Step = step;
            Finisher.RemoveIdentity(root);
            var initramfs = new Initramfs(sandbox, services.Reporter, _initramfs, services.Time)
            {
                Arguments = work.Manifest.InitramfsArguments,
            };
            var cached = await initramfs.PlaceAsync(root, release, work.Force, work.Inputs.Tools, cancellationToken);
            step.Done(cached ? "cached" : "made");
        }

        using (var step = services.Reporter.Step("finish the tree"))
        {
            _parts.Step = step;
            _accounts = await _accountRecord.CheckAsync(work, root, cancellationToken);
            OsRelease.Stamp(root, work.Manifest.MutateOsRelease, version);
            Finisher.Run(root, _family.Finishing, _family.Merging.Layout, services.Reporter);
            if (work.Manifest.HasEmptyMachineId)
            {
                root.MakeDirectories("usr/etc");
                root.ReplaceFile("usr/etc/machine-id", "", FileModes.Plain);
            }

            step.Done();
        }

        Note(work.Inputs.Tree, [], false, services.Time.GetElapsedTime(started));
        return release;
    }

    /// <summary>Layers were digested before they were laid; an edit between the two must not be noted under the old digest.</summary>
    private void RequireSameLayers()
    {
        foreach (var layer in ComposeInputs.Layers(work.Manifest).Where(l => !work.Inputs.Tree.Inputs.Contains(l)))
        {
            throw new PipelineException(ComposeDiagnostics.LayerChanged(layer.Name));
        }
    }

    private async Task<TreeCommit> CommitAsync(
        TreeHandle root,
        string archive,
        string version,
        string? kernel,
        DeflateAhead ahead,
        CancellationToken cancellationToken
    )
    {
        using var step = services.Reporter.Step("commit");
        Directory.CreateDirectory(Path.GetDirectoryName(archive)!);
        using var labels = Labels(root);
        var request = new CommitRequest(
            work.Manifest.Ref ?? $"{work.Manifest.Name}/{work.Architecture.Name}",
            version,
            kernel,
            work.Lockfile.Generated
        )
        {
            More = [.. CommitValue.Of(work.Manifest), .. CommitValue.Of(work.Lockfile)],
            Labels = labels,
        };
        var commit = await CommitWriter.WriteAsync(root, request, archive, ahead.Contents, step, services.Time, cancellationToken);
        step.Done(commit.Checksum);
        return commit;
    }

    /// <summary>The policy that the finished tree turns on. Its labels are in the commit, and on no file of this machine.</summary>
    private FileContexts? Labels(TreeHandle root)
    {
        if (!work.Manifest.Labels)
        {
            return null;
        }

        if (SelinuxPolicy.Find(root) is { } policy)
        {
            return FileContexts.Open(root, policy.Contexts, work.Manifest.LabelVersion == 1, work.WorkDirectory.Temporary);
        }

        if (SelinuxPolicy.Idle(root) is { } idle)
        {
            services.Reporter.Report(TreeDiagnostics.IdlePolicy(idle));
        }

        return null;
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
        var name = ArchiveName(version);
        var meta = BuildDocuments.Meta(work, version, commit, name);
        await File.WriteAllTextAsync(Path.Combine(staging, "meta.json"), JsonTextWriter.Write(meta, JsonStyle.Pretty), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(staging, "commitmeta.json"),
            JsonTextWriter.Write(BuildDocuments.CommitMeta(work, version, kernel), JsonStyle.Pretty),
            cancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(staging, Lockfile.GeneratedName(work.Architecture.Name)),
            work.LockText,
            cancellationToken
        );
        var outputs = new StepInput[] { new("ostree-commit", Digest.Parse(commit.Checksum)), new(name, commit.Archive.Digest) };
        _steps.Add(
            new(work.Inputs.Compose, [.. outputs], false, services.Time.GetElapsedTime(started))
            {
                Stream = StreamName.TryParse(work.Stream, out var known) ? known : null,
            }
        );
        foreach (var record in _steps)
        {
            await File.WriteAllTextAsync(
                BuildStore.StepFile(staging, record.Inputs.Step),
                JsonTextWriter.Write(record.ToJson(), JsonStyle.Pretty),
                cancellationToken
            );
        }

        await AccountRecord.WriteAsync(staging, _accounts, cancellationToken);
        if (File.Exists(_log))
        {
            File.Copy(_log, Path.Combine(staging, "logs", "compose.log"));
        }

        step.Done();
    }

    private string ArchiveName(string version) => $"{work.Manifest.Name}-{version}-ostree.{work.Architecture.Name}.tar";

    private void NoteConfigured(CachedTree tree, TimeSpan elapsed, bool wasCached) =>
        _steps.Add(new(work.Inputs.Configure, [], wasCached, elapsed) { Skipped = tree.Skipped });

    private void Note(StepInputs step, ValueList<StepInput> outputs, bool cached, TimeSpan elapsed) =>
        _steps.Add(new(step, outputs, cached, elapsed));
}
