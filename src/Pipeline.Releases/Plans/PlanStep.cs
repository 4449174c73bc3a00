using System.Text.Json.Serialization;
using Pipeline.Host.Net.Objects;

namespace Pipeline.Releases.Plans;

/// <summary>One change of a plan. It says all that is needed to make it, and what must be so before it is made.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "step")]
[JsonDerivedType(typeof(ExpectObject), "expect-object")]
[JsonDerivedType(typeof(KeepObject), "keep-object")]
[JsonDerivedType(typeof(UploadObject), "upload-object")]
[JsonDerivedType(typeof(DownloadObject), "download-object")]
[JsonDerivedType(typeof(WriteObject), "write-object")]
[JsonDerivedType(typeof(DeleteObject), "delete-object")]
[JsonDerivedType(typeof(WriteFile), "write-file")]
[JsonDerivedType(typeof(PublishBuild), "publish-build")]
[JsonDerivedType(typeof(ForgetBuilds), "forget-builds")]
[JsonDerivedType(typeof(RemoveBuild), "remove-build")]
[JsonDerivedType(typeof(EndPrune), "end-prune")]
[JsonDerivedType(typeof(AdvanceBranch), "advance-branch")]
[JsonDerivedType(typeof(UpdateSubmodules), "update-submodules")]
internal abstract record PlanStep
{
    /// <summary>How users see the step; <c>null</c> for one that is not listed.</summary>
    [JsonIgnore]
    public virtual TransferStep? Line => null;

    /// <summary>Bytes the step moves.</summary>
    [JsonIgnore]
    public virtual long Bytes => 0;
}

/// <summary>Changes nothing: the object must still be what the plan was made from.</summary>
/// <param name="Key">The object.</param>
/// <param name="Tag">Its tag; <c>null</c>: there must be none.</param>
internal sealed record ExpectObject(string Key, string? Tag) : PlanStep;

/// <summary>Changes nothing: what would be moved is there already, its bytes were compared when the plan was made.</summary>
/// <param name="Key">The object.</param>
/// <param name="Size">In bytes.</param>
internal sealed record KeepObject(string Key, long Size) : PlanStep
{
    [JsonIgnore]
    public override TransferStep Line => new("keep", Key, Size);

    [JsonIgnore]
    public override long Bytes => Size;
}

/// <summary>Uploads an immutable file.</summary>
/// <param name="Key">The object.</param>
/// <param name="File">Absolute path.</param>
/// <param name="Sha256">Of its bytes, in hex.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Present">Whether an object of that size is there already; its bytes are compared, nothing is sent.</param>
internal sealed record UploadObject(string Key, string File, string Sha256, long Size, bool Present) : PlanStep
{
    [JsonIgnore]
    public override TransferStep Line => new(Present ? "keep" : "upload", Key, Size);

    [JsonIgnore]
    public override long Bytes => Size;
}

/// <summary>Downloads an object.</summary>
/// <param name="Key">The object.</param>
/// <param name="File">Absolute path.</param>
/// <param name="Sha256">What its bytes must hash to, in hex; <c>null</c> for a file without a recorded digest.</param>
/// <param name="Length">How long it must be; <c>null</c> when nothing says.</param>
/// <param name="Size">For the listing.</param>
internal sealed record DownloadObject(string Key, string File, string? Sha256, long? Length, long Size) : PlanStep
{
    [JsonIgnore]
    public override TransferStep Line => new("download", Key, Size);

    [JsonIgnore]
    public override long Bytes => Size;
}

/// <summary>Writes a document in a store.</summary>
/// <param name="Key">The object.</param>
/// <param name="Tag">The tag it had when the plan was made; <c>null</c> when there was none.</param>
/// <param name="Content">The new bytes.</param>
/// <param name="Headers">Kept with the object.</param>
/// <param name="Merge">
/// Makes the new bytes again when somebody else wrote in between, or throws when the two contradict each other. <c>null</c>: the plan is
/// refused then.
/// </param>
internal sealed record WriteObject(string Key, string? Tag, ReadOnlyMemory<byte> Content, ObjectHeaders Headers, DocumentMerge? Merge)
    : PlanStep
{
    [JsonIgnore]
    public override TransferStep Line => new("write", Key, 0);
}

/// <summary>Deletes an object; one that is gone already is fine.</summary>
/// <param name="Key">The object.</param>
/// <param name="Size">In bytes.</param>
internal sealed record DeleteObject(string Key, long Size) : PlanStep
{
    [JsonIgnore]
    public override TransferStep Line => new("delete", Key, Size);
}

/// <summary>Writes a local document atomically.</summary>
/// <param name="File">Absolute path.</param>
/// <param name="Before">SHA-256 of the bytes the plan was made from, in hex; <c>null</c> when there was no file.</param>
/// <param name="Content">The new bytes.</param>
internal sealed record WriteFile(string File, string? Before, ReadOnlyMemory<byte> Content) : PlanStep;

/// <summary>Completes a fetched build with its meta.json and moves it into the work directory's builds.</summary>
/// <param name="Staging">Absolute path of what was fetched.</param>
/// <param name="Id">The build.</param>
/// <param name="Architecture">RPM spelling.</param>
/// <param name="Meta">Bytes of meta.json.</param>
/// <param name="Key">The object they are from, for the listing.</param>
internal sealed record PublishBuild(string Staging, string Id, string Architecture, ReadOnlyMemory<byte> Meta, string Key) : PlanStep
{
    [JsonIgnore]
    public override TransferStep Line => new("write", Key, Meta.Length);
}

/// <summary>Notes local builds as going, then takes them out of builds.json. Needs the lock of the builds.</summary>
/// <param name="Ids">Those that leave the index now.</param>
/// <param name="Going">Those and what an earlier run did not get to.</param>
internal sealed record ForgetBuilds(IReadOnlyList<string> Ids, IReadOnlyList<string> Going) : PlanStep
{
    [JsonIgnore]
    public override TransferStep Line => new("write", "builds/builds.json", 0);
}

/// <summary>Deletes a local build that is in no index any more.</summary>
/// <param name="Id">The build.</param>
/// <param name="Size">In bytes; <c>null</c> when only remains of an earlier run are there.</param>
internal sealed record RemoveBuild(string Id, long? Size) : PlanStep
{
    [JsonIgnore]
    public override TransferStep? Line => Size is { } size ? new("delete", $"builds/{Id}", size) : null;
}

/// <summary>Takes the note of going builds away.</summary>
internal sealed record EndPrune : PlanStep;

/// <summary>Commits a tree on a checked out branch and moves branch and checkout to it in one fast-forward.</summary>
/// <param name="Directory">The checkout.</param>
/// <param name="Head">The commit the branch must be at.</param>
/// <param name="Tree">The tree.</param>
/// <param name="Message">The commit's.</param>
internal sealed record AdvanceBranch(string Directory, string Head, string Tree, string Message) : PlanStep;

/// <summary>Updates the submodules of a checkout.</summary>
/// <param name="Directory">The checkout.</param>
internal sealed record UpdateSubmodules(string Directory) : PlanStep;

/// <summary>One thing a transfer did or, in a dry run, would do.</summary>
/// <param name="Action"><c>upload</c>, <c>download</c>, <c>write</c>, <c>delete</c>, or <c>keep</c> for what is right already.</param>
/// <param name="Key">The object, relative to the store.</param>
/// <param name="Size">In bytes; 0 for documents and deletions of them.</param>
public sealed record TransferStep(string Action, string Key, long Size);
