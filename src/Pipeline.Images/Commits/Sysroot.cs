using System.Text.RegularExpressions;
using Pipeline.Host.Archives;
using Pipeline.Host.Files;
using Pipeline.Host.Files.Trees;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.Images.Commits;

/// <summary>A deployed commit, as directories whose owners and modes are those of the image.</summary>
/// <param name="Root">Becomes the root file system; its <c>boot</c> is empty.</param>
/// <param name="Boot">Becomes the boot file system.</param>
/// <param name="Deployment">Path of the deployment inside the root file system, absolute.</param>
/// <param name="Epoch">The commit's time.</param>
internal sealed record Sysroot(string Root, string Boot, string Deployment, long Epoch)
{
    /// <summary>The deployment on this machine.</summary>
    public string DeploymentDirectory => Root + Deployment;

    /// <summary>Labels of SELinux, which are on no file here; <c>null</c> for a commit without.</summary>
    public DiskLabels? Labels { get; init; }
}

/// <summary>
/// Deploys a commit with <c>ostree admin</c> into a plain directory. Needs to give files away: root, or a user namespace.
/// </summary>
/// <param name="tools">Starts ostree.</param>
/// <param name="ownership">Whether what is not the commit's own goes to root; <c>false</c> only in tests with a fake ostree.</param>
internal sealed partial class SysrootBuilder(IToolRunner tools, bool ownership = true)
{
    /// <summary>Kernel arguments every platform has, before its own; GRUB expands the variable on first boot.</summary>
    public static readonly string[] KernelArguments = ["root=LABEL=root", "rw", "$ignition_firstboot", "systemd.gpt_auto=0"];

    private const string Config = "ostree/repo/config";

    private readonly Ostree _ostree = new(tools);

    /// <summary>The stateroot a commit is deployed under: the <c>ID</c> of its os-release.</summary>
    /// <exception cref="PipelineException">PL3020: it has none that can name a directory.</exception>
    public async Task<string> StaterootAsync(ExtractedCommit commit, CancellationToken cancellationToken)
    {
        const int limit = 1 << 16;
        var release = await _ostree.ReadAsync(commit.Repository, commit.Checksum, "/usr/lib/os-release", limit, cancellationToken);
        return StaterootOf(release ?? "")
            ?? throw new PipelineException(
                ImageDiagnostics.NotBootable("its /usr/lib/os-release has no ID of letters, digits, '.', '_' and '-'")
            );
    }

    /// <summary>The last <c>ID=</c> of an os-release, as its readers have it; <c>null</c> for none that is well-formed.</summary>
    internal static string? StaterootOf(string release) =>
        release.Split('\n').LastOrDefault(l => l.StartsWith("ID=", StringComparison.Ordinal))?["ID=".Length..].Trim().Trim('"', '\'')
            is { } id
        && Id().IsMatch(id)
            ? id
            : null;

    [GeneratedRegex(@"\A[a-z0-9_][a-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    /// <summary>Makes <paramref name="directory"/><c>/sysroot</c> and <c>/boot</c>.</summary>
    /// <param name="commit">Where the commit is.</param>
    /// <param name="stateroot">Name of the OS below <c>/ostree/deploy</c>.</param>
    /// <param name="directory">A directory of our own.</param>
    /// <param name="bootLoader">The boot loader's name for ostree, written into the repository's configuration.</param>
    /// <param name="addBootFiles">Adds the boot loader's files; they get the owner and modes of everything else.</param>
    /// <param name="cancellationToken">Stops ostree.</param>
    public async Task<Sysroot> DeployAsync(
        ExtractedCommit commit,
        string stateroot,
        string directory,
        string bootLoader,
        Func<Sysroot, CancellationToken, Task> addBootFiles,
        CancellationToken cancellationToken
    )
    {
        var root = Path.Combine(directory, "sysroot");
        var repository = Path.Combine(root, "ostree", "repo");
        using var tree = TreeHandle.OpenOrMake(root);
        await _ostree.InitRootAsync(root, cancellationToken);
        tree.ReplaceFile(Config, "[core]\nrepo_version=1\nmode=bare\nfsync=false\n\n[sysroot]\nbootloader=none\n", FileModes.Plain);
        await _ostree.InitOsAsync(root, stateroot, cancellationToken);
        var labels = await TakeLabelsAsync(commit, cancellationToken);
        await _ostree.PullAsync(repository, commit.Repository, commit.Ref, verify: labels is null, cancellationToken);
        await _ostree.DeployAsync(root, stateroot, commit.Ref, KernelArguments, cancellationToken);
        tree.ReplaceFile(
            Config,
            $"[core]\nrepo_version=1\nmode=bare\n\n[sysroot]\nbootloader={bootLoader}\nreadonly=true\n",
            FileModes.Plain
        );
        tree.Clear($"ostree/deploy/{stateroot}/var");
        tree.Clear("ostree/repo/tmp");
        var deployment = $"/ostree/deploy/{stateroot}/deploy/{commit.Checksum}.0";
        if (!tree.Is(UnixKind.Directory, deployment))
        {
            throw new PipelineException(ImageDiagnostics.NotBootable("ostree made no deployment"));
        }

        using (var content = TreeHandle.Open(root + deployment))
        {
            DeploymentLayout.Require(content);
        }

        labels?.PutBack(tree, "ostree/repo", deployment);
        var boot = Path.Combine(directory, "boot");
        UnixFile.Rename(Path.Combine(root, "boot"), boot);
        tree.MakeDirectory("boot", FileModes.Executable);
        var sysroot = new Sysroot(root, boot, deployment, commit.Epoch) { Labels = labels is null ? null : new(labels, deployment) };
        await addBootFiles(sysroot, cancellationToken);
        using var bootTree = TreeHandle.Open(boot);
        bootTree.ReplaceFile("ignition.firstboot", "", FileModes.Plain);
        TreePath ofCommit = deployment;
        TreePath objects = "ostree/repo/objects";
        Normalise(tree, e => e.Path == ofCommit || e.Directory.Path.Parent == objects);
        Normalise(bootTree, _ => false);
        return sysroot;
    }

    /// <summary>
    /// ostree would set the labels of a commit on files of this machine, where only the kernel's administrator may, and no label means
    /// anything. So it gets the commit without them, once it has verified the commit with them.
    /// </summary>
    private async Task<CommitLabels?> TakeLabelsAsync(ExtractedCommit commit, CancellationToken cancellationToken)
    {
        if (CommitLabels.Read(commit, cancellationToken) is not { } labels)
        {
            return null;
        }

        await _ostree.CheckAsync(commit.Repository, cancellationToken);
        labels.TakeOut(cancellationToken);
        return labels;
    }

    /// <summary>
    /// Gives everything but the commit's own files to root with the usual modes: what ostree and we create follows the user's umask
    /// and, in directories with the set-group-id bit, their group.
    /// </summary>
    private void Normalise(TreeHandle tree, Func<TreeEntry, bool> isContent)
    {
        using var root = tree.OpenDirectory(TreePath.Root);
        Fix(root, TreePath.Root, UnixKind.Directory);
        foreach (var entry in tree.Walk(TreePath.Root, TreeOrder.ParentsFirst, e => !isContent(e)).Where(e => !isContent(e)))
        {
            Fix(entry.Directory, entry.Name, entry.Kind);
        }
    }

    private void Fix(TreeDirectory directory, TreePath name, UnixKind kind)
    {
        if (ownership)
        {
            directory.SetOwner(name, 0, 0);
        }

        if (kind != UnixKind.Symlink)
        {
            directory.SetMode(name, kind == UnixKind.Directory ? FileModes.Executable : FileModes.Plain);
        }
    }
}
