using System.Globalization;
using Pipeline.Compose.Locks;
using Pipeline.Compose.Trees;
using Pipeline.Host.Builds;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Compose.Builds;

/// <summary>The inputs of each step of a compose. Known before any work: a step's digest names its output in the caches.</summary>
internal sealed record ComposeInputs
{
    // Raise one whenever the step makes other bytes from the same inputs.
    private const int ConfigureVersion = 1;
    private const int TreeVersion = 2;
    private const int CommitVersion = 4;

    /// <summary>Packages → configured tree.</summary>
    public required StepInputs Configure { get; init; }

    /// <summary>Configured tree → finished tree, initramfs included.</summary>
    public required StepInputs Tree { get; init; }

    /// <summary>The whole compose; equal inputs mean the same build.</summary>
    public required StepInputs Compose { get; init; }

    /// <summary>The host's tools that run programs of the tree.</summary>
    public required ValueList<StepInput> Tools { get; init; }

    /// <summary>The layers of a manifest with the digests of what lies there now.</summary>
    public static IEnumerable<StepInput> Layers(Manifest manifest) =>
        manifest.Layers.Select(
            (l, i) => new StepInput($"layer {i.ToString("d3", CultureInfo.InvariantCulture)} {l.Name}", OverlayFiles.DigestOf(l))
        );

    /// <summary>
    /// Checks that --insecure turned off, by repository. cosa's meta.json has no place for them; as inputs they are in the record of the
    /// compose, and a build made without a check is never taken for one made with it.
    /// </summary>
    private static IEnumerable<StepInput> Unchecked(LockedManifest locked) =>
        from repository in locked.Repositories.Items
        from key in repository.Unchecked
        select new StepInput($"insecure {repository.Id} {key}=0", Digest.Of("0"));

    /// <summary>
    /// What decides which contents of packages are laid, and how they find accounts; a manifest without such keys adds none.
    /// </summary>
    private static IEnumerable<StepInput> Contents(Manifest manifest)
    {
        foreach (var (package, patterns) in manifest.RemoveFromPackages)
        {
            yield return new($"remove-from-packages {package}", Digest.Of(string.Join('\0', patterns)));
        }

        if (manifest is { Users: { Source: AccountSource.File } users, Groups: { Source: AccountSource.File } groups })
        {
            yield return new("check-passwd", Digest.Of(users.Text));
            yield return new("check-groups", Digest.Of(groups.Text));
        }
    }

    /// <summary>A lockfile pins packages, not what their repositories say of them today.</summary>
    private static IEnumerable<StepInput> RepositoryMetadata(LockedManifest locked) =>
        locked.RepositoryMetadata.Members.Count == 0
            ? []
            : [new StepInput("repository metadata", Digest.Of(JsonTextWriter.Canonical(locked.RepositoryMetadata)))];

    /// <summary>The inputs for a lock.</summary>
    /// <param name="locked">Manifest and packages.</param>
    /// <param name="stream">Stream of the build, or <c>null</c>.</param>
    /// <param name="host">Reads the host's programs.</param>
    /// <param name="runner">How programs of the tree run.</param>
    /// <param name="native">Packages whose programs stand in for those of a foreign tree; <c>null</c> for none.</param>
    public static ComposeInputs Of(
        LockedManifest locked,
        string? stream,
        ToolFingerprint host,
        GuestRunner runner,
        LockedManifest? native = null
    )
    {
        var manifest = locked.Manifest;
        var time = new StepInput("time", Digest.Of(locked.Lockfile.Generated.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        var configure = new StepInputs(
            "configure",
            ConfigureVersion,
            [
                time,
                new("order", Digest.Of(string.Join('\n', locked.Lockfile.Packages.Select(p => p.Digest.Hex)))),
                new("documentation", Digest.Of(manifest.Documentation ? "true" : "false")),
                .. manifest.InstallLanguages.Count > 0
                    ? [new StepInput("languages", Digest.Of(string.Join('\n', manifest.InstallLanguages)))]
                    : Array.Empty<StepInput>(),
                .. Contents(manifest),
                .. locked.Lockfile.Packages.Select(p => new StepInput($"package {p.Name} {p.Version} {p.PackageArchitecture}", p.Digest)),
                .. host.Of(ComposeTools.Configure),
                .. runner.Inputs,
                .. native?.Lockfile.Packages.Select(p => new StepInput($"native {p.Name} {p.Version}", p.Digest)) ?? [],
            ]
        );
        var tree = new StepInputs(
            "tree",
            TreeVersion,
            [
                time,
                new("configure", configure.Digest),
                new("manifest", Digest.Of(JsonTextWriter.Canonical(manifest.Flattened))),
                .. Layers(manifest),
                .. manifest.AddFiles.Select(f => new StepInput($"add-files {f.Path}", Digest.Of($"{f.IsExecutable} {f.Content}"))),
                .. runner.Inputs,
            ]
        );
        return new()
        {
            Configure = configure,
            Tools = host.Of(ComposeTools.Sandbox),
            Tree = tree,
            Compose = new(
                "compose",
                CommitVersion,
                [
                    new("tree", tree.Digest),
                    new("lock", locked.LockDigest),
                    .. stream is null ? Array.Empty<StepInput>() : [new("stream", Digest.Of(stream))],
                    .. Unchecked(locked),
                    .. RepositoryMetadata(locked),
                    .. host.Of(ComposeTools.Compose),
                ]
            ),
        };
    }
}
