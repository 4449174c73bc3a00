using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Manifests;

/// <summary>
/// A flattened manifest: includes merged, one architecture chosen, variables substituted. Keys and merge rules are those of rpm-ostree's
/// treefile plus <c>schema: compose/v1</c>.
/// </summary>
public sealed record Manifest
{
    /// <summary>The root manifest as the user named it.</summary>
    public required string File { get; init; }

    /// <summary>Whether the root said <c>schema: compose/v1</c>; otherwise it is read as a strict treefile.</summary>
    public required bool IsSchema { get; init; }

    /// <summary><c>metadata.name</c>: the prefix of every artifact's file name.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture it was flattened for.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The OSTree ref, or <c>null</c>.</summary>
    public string? Ref { get; init; }

    /// <summary><c>releasever</c> as text, or <c>null</c>.</summary>
    public string? ReleaseVersion { get; init; }

    /// <summary>Ids of the repositories to use, in order.</summary>
    public ValueList<Sourced> Repos { get; init; } = [];

    /// <summary>Ids of repositories that serve only what a lockfile names.</summary>
    public ValueList<Sourced> LockfileRepos { get; init; } = [];

    /// <summary>Repositories that the manifest defines itself.</summary>
    public ValueList<InlineRepo> InlineRepos { get; init; } = [];

    /// <summary>
    /// Where repositories may be defined beside the directory of the root manifest: beside the files that name them, in their order.
    /// </summary>
    public ValueList<RepositoryPlace> RepositoryPlaces { get; init; } = [];

    /// <summary><c>repovars</c>: variables of repository files.</summary>
    public ValueList<ManifestVariable> RepositoryVariables { get; init; } = [];

    /// <summary>Requested packages that must come from one repository.</summary>
    public ValueList<RepoPackage> RepoPackages { get; init; } = [];

    /// <summary>Requested packages with the line that asked for each, sorted by name, no duplicates.</summary>
    public ValueList<Sourced> Packages { get; init; } = [];

    /// <summary>Packages that must not be installed.</summary>
    public ValueList<Sourced> ExcludePackages { get; init; } = [];

    /// <summary>Overlays in the order they are laid over the tree.</summary>
    public ValueList<Overlay> Layers { get; init; } = [];

    /// <summary>Files of packages that are not laid.</summary>
    public ValueList<PackageRemoval> RemoveFromPackages { get; init; } = [];

    /// <summary>Files that are put into the tree after <see cref="RemoveFiles"/>.</summary>
    public ValueList<AddedFile> AddFiles { get; init; } = [];

    /// <summary>Paths relative to the root of the tree that are removed.</summary>
    public ValueList<Sourced> RemoveFiles { get; init; } = [];

    /// <summary>Scripts run in the tree, in order, each a whole file with its <c>#!</c> line.</summary>
    public ValueList<string> Postprocess { get; init; } = [];

    /// <summary>systemd units to enable.</summary>
    public ValueList<Sourced> Units { get; init; } = [];

    /// <summary>The default target, or <c>null</c> to leave it.</summary>
    public Sourced? DefaultTarget { get; init; }

    /// <summary>Groups whose members in <c>/etc/group</c> an administrator may edit; all groups of a tree are there.</summary>
    public ValueList<Sourced> EtcGroupMembers { get; init; } = [];

    /// <summary>What the users of the tree must be, or <c>null</c>.</summary>
    public AccountRule? Users { get; init; }

    /// <summary>What its groups must be, or <c>null</c>.</summary>
    public AccountRule? Groups { get; init; }

    /// <summary>Whether the tree is made for containers: it gets no kernel and no initramfs.</summary>
    public bool IsContainer { get; init; }

    /// <summary>Whether a tree with a kernel gets an initramfs.</summary>
    public bool HasInitramfs { get; init; } = true;

    /// <summary>Arguments of dracut instead of <c>--no-hostonly</c>; empty for the default.</summary>
    public ValueList<string> InitramfsArguments { get; init; } = [];

    /// <summary>Whether <c>/etc/machine-id</c> is an empty file, not missing; a missing one makes a boot the first.</summary>
    public bool HasEmptyMachineId { get; init; }

    /// <summary>The command of a container made of the commit; empty for none.</summary>
    public ValueList<string> ContainerCommand { get; init; } = [];

    /// <summary><c>add-commit-metadata</c> after merging.</summary>
    public JsonTextObject CommitMetadata { get; init; } = new([]);

    /// <summary>Whether commitmeta.json lists the repositories of RPM packages.</summary>
    public bool RecordsRepositories { get; init; } = true;

    /// <summary>Whether commitmeta.json lists the advisories of RPM packages.</summary>
    public bool RecordsAdvisories { get; init; } = true;

    /// <summary>The text in os-release values that is replaced by the version, or <c>null</c>.</summary>
    public string? MutateOsRelease { get; init; }

    /// <summary>The prefix of automatic versions, or <c>null</c>.</summary>
    public string? AutomaticVersionPrefix { get; init; }

    /// <summary>Whether weak dependencies are installed.</summary>
    public bool Recommends { get; init; } = true;

    /// <summary>Whether documentation is kept.</summary>
    public bool Documentation { get; init; } = true;

    /// <summary>Whether a tree with an SELinux policy gets labels.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>1: <c>/usr/etc</c> has the labels of <c>/etc</c>, whatever the policy says of it; 0: as the policy says.</summary>
    public int LabelVersion { get; init; }

    /// <summary>Languages whose files are installed, as <c>en</c> or <c>de_AT</c>; none for all.</summary>
    public ValueList<string> InstallLanguages { get; init; } = [];

    /// <summary>Variables after folding, sorted by name; values as text.</summary>
    public ValueList<ManifestVariable> Variables { get; init; } = [];

    /// <summary>The <c>metadata</c> mapping after merging.</summary>
    public JsonTextObject Metadata { get; init; } = new([]);

    /// <summary>
    /// Everything that can change the output, as canonical JSON with sorted members; overlays appear by name, not content.
    /// </summary>
    public required JsonTextObject Flattened { get; init; }
}

/// <summary>A text of a manifest with the place it came from.</summary>
public sealed record Sourced(string Text, SourceSpan Span);

/// <summary>Files of a package that are not laid.</summary>
/// <param name="Package">Name of the package.</param>
/// <param name="Patterns">
/// Regular expressions; one that matches anywhere in the path that a file has in a commit (<c>/usr/etc/…</c>), or in that of a directory
/// above it, removes the file.
/// </param>
public sealed record PackageRemoval(string Package, ValueList<string> Patterns);

/// <summary>A file that a manifest puts into the tree.</summary>
/// <param name="Path">Relative to the root of the tree.</param>
/// <param name="IsExecutable">Whether its mode is 0755 instead of 0644.</param>
/// <param name="Content">Its bytes in Base64.</param>
public sealed record AddedFile(string Path, bool IsExecutable, string Content);

/// <summary>Where the numbers of accounts come from that a tree must have.</summary>
public enum AccountSource
{
    /// <summary>The manifest itself.</summary>
    Data,

    /// <summary>A passwd or group file, which is in the tree before any package.</summary>
    File,

    /// <summary>The newest build of the same name in the work directory; the first one has none.</summary>
    Previous,
}

/// <summary>What the accounts of a tree must be: no number may change, and none that owns files may be missing.</summary>
/// <param name="Source">Where their numbers come from.</param>
/// <param name="Accounts">Those of <see cref="AccountSource.Data"/> and <see cref="AccountSource.File"/>, sorted by name.</param>
/// <param name="Text">The text of the file; empty for other sources.</param>
/// <param name="MayBeRemoved">Names that may be missing; <c>*</c> for all.</param>
public sealed record AccountRule(AccountSource Source, ValueList<ManifestAccount> Accounts, string Text, ValueList<string> MayBeRemoved)
{
    /// <summary>The names of <see cref="AccountSource.Data"/> with their places.</summary>
    public ValueList<Sourced> Places { get; init; } = [];
}

/// <summary>A user or a group.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its number.</param>
/// <param name="Group">A user's group; <c>null</c> for groups.</param>
public sealed record ManifestAccount(string Name, uint Id, uint? Group);

/// <summary>A requested package that must come from one repository.</summary>
/// <param name="Repo">Id of the repository.</param>
/// <param name="Package">The request.</param>
public sealed record RepoPackage(string Repo, Sourced Package);

/// <summary>A directory with a file that names a repository.</summary>
/// <param name="Repository">Its id.</param>
/// <param name="Directory">Absolute path.</param>
/// <param name="Display">The same for messages.</param>
public sealed record RepositoryPlace(string Repository, string Directory, string Display);

/// <summary>A repository that a manifest defines itself instead of naming one that a file beside it defines.</summary>
/// <param name="Id">The id by which everything names it.</param>
/// <param name="Family">The kind of its packages: <c>rpm</c>.</param>
/// <param name="Fields">Its other keys; lists as words.</param>
/// <param name="Span">Where it begins.</param>
public sealed record InlineRepo(string Id, string Family, ValueList<InlineRepoField> Fields, SourceSpan Span);

/// <summary>A key of a repository that a manifest defines itself.</summary>
public sealed record InlineRepoField(string Name, string Value, SourceSpan Span);

/// <summary>A directory laid over the tree.</summary>
/// <param name="Name">As written, for example <c>overlay/05core</c>.</param>
/// <param name="Directory">Absolute path of the directory.</param>
/// <param name="Span">The line that asked for it.</param>
public sealed record Overlay(string Name, string Directory, SourceSpan Span);

/// <summary>A variable of a manifest.</summary>
public sealed record ManifestVariable(string Name, string Value);
