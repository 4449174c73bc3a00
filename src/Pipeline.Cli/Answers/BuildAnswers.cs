using System.Text.Json.Serialization;

namespace Pipeline.Cli.Answers;

/// <summary>A build that was composed or found: <c>compose</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">The same.</param>
/// <param name="Commit">Checksum of its commit.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="Unchanged">Whether it was there already.</param>
/// <param name="Dir">Absolute path.</param>
internal sealed record ComposedBuild(string Id, string Version, string Commit, string Arch, bool Unchanged, string Dir);

/// <summary>One architecture of <c>compose --arch</c> with several; without <see cref="Id"/> and what follows it when it failed.</summary>
/// <param name="Arch">The architecture.</param>
/// <param name="Exit">The exit code that its compose would have had alone.</param>
/// <param name="Packages">How many.</param>
/// <param name="Size">Bytes of the commit.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ComposedArchitecture(string Arch, int Exit, long Packages, long Size, double Seconds)
{
    /// <summary>The build's id.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>The same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Version { get; init; }

    /// <summary>Checksum of its commit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Commit { get; init; }

    /// <summary>Whether it was there already.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Unchanged { get; init; }

    /// <summary>Absolute path.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Dir { get; init; }
}

/// <summary><c>compose --arch</c> with several.</summary>
/// <param name="Builds">One for each.</param>
internal sealed record ComposedBuilds(IReadOnlyList<ComposedArchitecture> Builds);

/// <summary>A repository of <c>compose --dry-run</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Index">Address of its index.</param>
/// <param name="Cached">Whether it is here.</param>
internal sealed record PlannedRepository(string Id, string Index, bool Cached);

/// <summary>An extension of <c>compose --dry-run</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Packages">Packages more than the OS; <c>null</c> when not resolved.</param>
internal sealed record PlannedExtension(string Name, long? Packages);

/// <summary><c>compose --dry-run</c>.</summary>
/// <param name="Name">Of the manifest.</param>
/// <param name="Arch">The architecture.</param>
/// <param name="Family">deb or rpm; <c>null</c> when not known yet.</param>
/// <param name="Requests">Packages that the manifest asks for.</param>
/// <param name="Repos">Its repositories.</param>
/// <param name="Packages">Packages in all; <c>null</c> before the indices are here.</param>
/// <param name="Missing">Those to fetch.</param>
/// <param name="MissingBytes">Their size.</param>
/// <param name="First">Address of the first.</param>
/// <param name="Problems">What would be refused.</param>
internal sealed record ComposePlanDocument(
    string Name,
    string Arch,
    string? Family,
    long? Requests,
    IReadOnlyList<PlannedRepository> Repos,
    long? Packages,
    long? Missing,
    long? MissingBytes,
    string? First,
    IReadOnlyList<string> Problems
)
{
    /// <summary>Its extensions; not there when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PlannedExtension>? Extensions { get; init; }
}

/// <summary>An image of <c>images</c>.</summary>
/// <param name="Build">The build.</param>
/// <param name="Platform">The platform.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Sha256">Digest.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Unchanged">Whether it was there already.</param>
internal sealed record ImageAnswer(string Build, string Platform, string Path, string Sha256, long Size, bool Unchanged);

/// <summary>An architecture of <c>builds list</c>.</summary>
/// <param name="Commit">Checksum of its commit; <c>null</c> when not known.</param>
/// <param name="Artifacts">Their names.</param>
/// <param name="Tested">Whether all its tests passed; <c>null</c> when not known.</param>
/// <param name="Signed">How many artifacts are signed; <c>null</c> when not known.</param>
internal sealed record ListedArchitecture(string? Commit, IReadOnlyList<string> Artifacts, bool? Tested, int? Signed);

/// <summary>A build of <c>builds list</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Arches">Its architectures.</param>
/// <param name="Name">Of its manifest.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Date">When it was composed.</param>
/// <param name="Config">Commit of its configuration.</param>
/// <param name="Tags">Its names.</param>
/// <param name="Builds">More on each architecture.</param>
internal sealed record BuildListed(
    string Id,
    IReadOnlyList<string> Arches,
    string? Name,
    string? Stream,
    string? Date,
    string? Config,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, ListedArchitecture> Builds
);

/// <summary><c>builds tag</c>.</summary>
/// <param name="Tag">The name.</param>
/// <param name="Id">The build; <c>null</c> when the name was taken away.</param>
internal sealed record TagAnswer(string Tag, string? Id);

/// <summary>A step of <c>builds push</c>, <c>fetch</c> and <c>prune</c>.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Key">With what.</param>
/// <param name="Size">Bytes; 0 when unknown.</param>
internal sealed record TransferredFile(string Action, string Key, long Size);

/// <summary><c>builds push</c>, <c>fetch</c> and <c>prune</c>.</summary>
/// <param name="DryRun">Whether nothing was done.</param>
/// <param name="Steps">In order.</param>
internal sealed record TransferAnswerDocument(bool DryRun, IReadOnlyList<TransferredFile> Steps)
{
    /// <summary>The build; not there where there are several.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }
}

/// <summary>A build of <c>diff</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Of its manifest.</param>
/// <param name="Commit">Checksum of its commit.</param>
/// <param name="Files">Files and directories.</param>
/// <param name="Bytes">Their size.</param>
internal sealed record DiffedBuild(string Id, string? Name, string Commit, long Files, long Bytes);

/// <summary>A package of <c>diff</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Before">The old version.</param>
/// <param name="After">The new version.</param>
/// <param name="Changelog">Where the changelog of the newer version is published; <c>null</c> when that is not known.</param>
internal sealed record DiffedPackage(string Name, string? Before, string? After, string? Changelog);

/// <summary>A file of <c>diff</c>.</summary>
/// <param name="Path">Its path.</param>
/// <param name="What">What of it changed.</param>
/// <param name="Before">How it was.</param>
/// <param name="After">How it is.</param>
internal sealed record DiffedFile(string Path, IReadOnlyList<string> What, string? Before, string? After);

/// <summary>An artifact of <c>diff</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Before">Bytes before; <c>null</c> when there was none.</param>
/// <param name="After">Bytes after.</param>
internal sealed record DiffedArtifact(string Name, long? Before, long? After);

/// <summary><c>diff</c>: lists by kind of change (added, removed, changed and the like).</summary>
/// <param name="Before">The first build.</param>
/// <param name="After">The second.</param>
/// <param name="Packages">Packages; <c>null</c> when not listed by both.</param>
/// <param name="Files">Files.</param>
/// <param name="Units">Units.</param>
/// <param name="KernelArguments">Kernel arguments.</param>
/// <param name="Artifacts">Artifacts.</param>
internal sealed record DifferenceDocument(
    DiffedBuild Before,
    DiffedBuild After,
    IReadOnlyDictionary<string, IReadOnlyList<DiffedPackage>>? Packages,
    IReadOnlyDictionary<string, IReadOnlyList<DiffedFile>> Files,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Units,
    IReadOnlyDictionary<string, IReadOnlyList<string>> KernelArguments,
    IReadOnlyList<DiffedArtifact> Artifacts
);

/// <summary><c>diff --stat</c>: as <see cref="DifferenceDocument"/>, with counts.</summary>
/// <param name="Before">The first build.</param>
/// <param name="After">The second.</param>
/// <param name="Packages">Packages; <c>null</c> when not listed by both.</param>
/// <param name="Files">Files.</param>
/// <param name="Units">Units.</param>
/// <param name="KernelArguments">Kernel arguments.</param>
/// <param name="Artifacts">Artifacts.</param>
internal sealed record DifferenceCounts(
    DiffedBuild Before,
    DiffedBuild After,
    IReadOnlyDictionary<string, int>? Packages,
    IReadOnlyDictionary<string, int> Files,
    IReadOnlyDictionary<string, int> Units,
    IReadOnlyDictionary<string, int> KernelArguments,
    IReadOnlyList<DiffedArtifact> Artifacts
);

/// <summary>What a search found: <c>bisect</c>.</summary>
/// <param name="Good">Id of the build on which the test passes.</param>
/// <param name="Bad">Id of the build on which it fails.</param>
/// <param name="Kind"><c>packages</c> or <c>revisions</c>.</param>
/// <param name="Differences">How many changes lie between them.</param>
/// <param name="Suspects">The change to blame; several when no build between them could be tried.</param>
/// <param name="Alone">Whether it is enough alone; null when that was not found out.</param>
/// <param name="Reason">What the test said with it; untrusted text.</param>
/// <param name="Logs">Folder with the logs of that run; null for none.</param>
/// <param name="Trials">How many builds were tried, those of earlier runs included.</param>
internal sealed record BisectAnswer(
    string Good,
    string Bad,
    string Kind,
    int Differences,
    IReadOnlyList<string> Suspects,
    bool? Alone,
    string Reason,
    string? Logs,
    int Trials
);
