using Pipeline.Model.Values;

namespace Pipeline.Releases.Differences;

/// <summary>What two builds differ in.</summary>
/// <param name="Before">The first build.</param>
/// <param name="After">The second.</param>
/// <param name="Packages">Packages by name; <c>null</c> when one of the builds does not list its packages.</param>
/// <param name="Files">Files by path.</param>
/// <param name="Units">What systemd runs.</param>
/// <param name="KernelArguments">Arguments of <c>usr/lib/bootc/kargs.d</c>; those of disk images as <c>qemu: console=ttyS0</c>.</param>
/// <param name="Artifacts">Sizes of artifacts.</param>
public sealed record BuildDifference(
    ComparedBuild Before,
    ComparedBuild After,
    ValueList<PackageChange>? Packages,
    ValueList<FileChange> Files,
    ValueList<UnitChange> Units,
    ValueList<NamedChange> KernelArguments,
    ValueList<ArtifactChange> Artifacts
);

/// <summary>One side of a comparison.</summary>
/// <param name="Id">Build id, or the name of the tar.</param>
/// <param name="Name">The manifest's name; <c>null</c> for a tar.</param>
/// <param name="Commit">Its commit.</param>
/// <param name="FileCount">Files, links and directories.</param>
/// <param name="Bytes">Sum of the sizes of its files.</param>
public sealed record ComparedBuild(string Id, string? Name, string Commit, int FileCount, long Bytes);

/// <summary>How something differs.</summary>
public enum ChangeKind
{
    /// <summary>Only the second has it.</summary>
    Added,

    /// <summary>Only the first has it.</summary>
    Removed,

    /// <summary>The second has a newer one.</summary>
    Upgraded,

    /// <summary>The second has an older one.</summary>
    Downgraded,

    /// <summary>Both have it, with other contents.</summary>
    Changed,

    /// <summary>Only the second starts it.</summary>
    Enabled,

    /// <summary>Only the first starts it.</summary>
    Disabled,
}

/// <summary>A package that differs.</summary>
/// <param name="Name">Its name, with the architecture where a name has several.</param>
/// <param name="Kind">How.</param>
/// <param name="Before">Version before; <c>null</c> for an added one.</param>
/// <param name="After">Version after; <c>null</c> for a removed one.</param>
public sealed record PackageChange(string Name, ChangeKind Kind, string? Before, string? After)
{
    /// <summary>Where the changelog of the newer version is published; <c>null</c> when that is not known.</summary>
    public string? Changelog { get; init; }
}

/// <summary>A file, link or directory that differs.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Kind">How.</param>
/// <param name="What">Of a changed one: <c>type</c>, <c>mode</c>, <c>owner</c>, <c>content</c>, <c>target</c>, <c>attributes</c>.</param>
/// <param name="Before">Mode, owner and size before, for people; <c>null</c> for an added one.</param>
/// <param name="After">The same after; <c>null</c> for a removed one.</param>
public sealed record FileChange(string Path, ChangeKind Kind, ValueList<string> What, string? Before, string? After);

/// <summary>A unit that differs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How: the unit itself, or whether something starts it.</param>
public sealed record UnitChange(string Name, ChangeKind Kind);

/// <summary>A word that only one of the builds has.</summary>
/// <param name="Text">The word.</param>
/// <param name="Kind">How.</param>
public sealed record NamedChange(string Text, ChangeKind Kind);

/// <summary>An artifact whose size differs, or that only one of the builds has.</summary>
/// <param name="Name">As in meta.json.</param>
/// <param name="Before">Bytes before; <c>null</c> when it was not there.</param>
/// <param name="After">Bytes after; <c>null</c> when it is not there.</param>
public sealed record ArtifactChange(string Name, long? Before, long? After);
