using Pipeline.Model.Contracts;
using Pipeline.Model.Values;

namespace Pipeline.Model.Versions;

/// <summary>The one place that says which stream something belongs to.</summary>
public static class StreamSource
{
    private const string Label = "com.coreos.stream";

    /// <summary>
    /// The stream of a build: what its compose recorded; for builds of other tools the image's label, else the branch of the config.
    /// The ref does not say it: it is a free name.
    /// </summary>
    /// <param name="recorded">The stream in the record of the build's compose; <c>null</c> for none.</param>
    /// <param name="meta">The build's meta.json.</param>
    /// <returns><c>null</c> when nothing says it.</returns>
    public static StreamName? OfBuild(StreamName? recorded, BuildMetaDocument meta) =>
        recorded ?? Named(meta.OciLabels?.Find(Label)) ?? OfBranch(meta);

    /// <summary>
    /// coreos-assembler builds a stream from the branch of its name. Our own builds record their branch too, and may be of any; such a
    /// branch only counts when it has the name of a stream.
    /// </summary>
    private static StreamName? OfBranch(BuildMetaDocument meta) =>
        meta.ConfigGit?.Branch is { } branch
        && (meta.ConfigRevision is null || meta.BuilderGit is not null || StreamCodes.Of(branch) is not null)
            ? Named(branch)
            : null;

    /// <summary>
    /// The stream a manifest is for, before there is a build: the last part of its ref, by the convention of Fedora CoreOS.
    /// </summary>
    public static string OfManifestRef(string reference) => reference[(reference.LastIndexOf('/') + 1)..];

    private static StreamName? Named(string? text) => StreamName.TryParse(text, out var name) ? name : null;
}
