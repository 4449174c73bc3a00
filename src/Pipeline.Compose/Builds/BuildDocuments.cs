using System.Globalization;
using Pipeline.Compose.Commits;
using Pipeline.Model.Contracts;
using Pipeline.Model.Lockfiles;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Model.Versions;
using Pipeline.Provisioning;

namespace Pipeline.Compose.Builds;

/// <summary>
/// What meta.json and commitmeta.json say about a fresh build. They hold no time but the lock's, so the same build of the same
/// checkout has the same documents.
/// </summary>
internal static class BuildDocuments
{
    /// <summary>The record's own order is another; this one keeps the bytes of meta.json as they have always been.</summary>
    private static readonly string[] Order =
    [
        "buildid",
        "name",
        "summary",
        "ref",
        "ostree-version",
        "ostree-commit",
        "ostree-content-checksum",
        "ostree-timestamp",
        "rpm-ostree-inputhash",
        "coreos-assembler.basearch",
        "coreos-assembler.build-timestamp",
        "coreos-assembler.config-gitrev",
        "coreos-assembler.config-dirty",
        "coreos-assembler.container-config-git",
        "coreos-assembler.image-config-checksum",
        "coreos-assembler.image-input-checksum",
        "images",
    ];

    /// <summary>meta.json by cosa's schema v1.</summary>
    /// <param name="work">Manifest, lock and input digests.</param>
    /// <param name="version">The build's id.</param>
    /// <param name="commit">Its commit.</param>
    /// <param name="archive">File name of the commit's tar.</param>
    public static JsonTextObject Meta(ComposeWork work, string version, TreeCommit commit, string archive)
    {
        var time = Time(work.Lockfile.Generated);
        var summary = work.Manifest.Metadata.Find("summary") is JsonTextString { Value.Length: > 0 } s ? s.Value : work.Manifest.Name;
        var image = new MetaArtifact
        {
            Path = archive,
            Sha256 = commit.Archive.Digest.Hex,
            Size = commit.Archive.Size,
            SkipCompression = true,
        };
        var meta = new BuildMetaDocument
        {
            BuildId = version,
            Name = work.Manifest.Name,
            Summary = summary,
            Ref = commit.Ref,
            OstreeVersion = version,
            OstreeCommit = commit.Checksum,
            OstreeContentChecksum = commit.ContentChecksum,
            OstreeTimestamp = time,
            InputHash = work.Inputs.Compose.Digest.Hex,
            Architecture = work.Manifest.Architecture.Name,
            BuildTimestamp = time,
            ImageConfigChecksum = Digest.Of(JsonTextWriter.Canonical(work.Manifest.Flattened)).Hex,
            ImageInputChecksum = work.Inputs.Tree.Digest.Hex,
            ConfigRevision = work.Config?.Revision,
            ConfigDirty = work.Config is { } state ? Flag(state.Dirty) : null,
            ConfigGit = work.Config is { } git
                ? new()
                {
                    Commit = git.Commit,
                    Origin = git.Origin,
                    Branch = git.Branch,
                    Dirty = Flag(git.Dirty),
                }
                : null,
            Images = new([KeyValuePair.Create("ostree", image)]),
        };
        return new([.. Contract.ToNode(meta).Members.OrderBy(m => Array.IndexOf(Order, m.Name))]);
    }

    private static string Flag(bool value) => value ? "true" : "false";

    /// <summary>commitmeta.json: the package list in the form consumers of rpm-ostree's metadata read.</summary>
    public static JsonTextObject CommitMeta(ComposeWork work, string version, string? kernel) =>
        Object([
            ("version", Text(version)),
            .. kernel is null
                ? Array.Empty<(string, JsonTextNode)>()
                : [("ostree.linux", Text(kernel)), ("ostree.bootable", new JsonTextBool(true))],
            (
                "rpmostree.rpmdb.pkglist",
                new JsonTextArray([
                    .. work
                        .Lockfile.Packages.OrderBy(p => p.Name, StringComparer.Ordinal)
                        .ThenBy(p => p.PackageArchitecture, StringComparer.Ordinal)
                        .Select(p => new JsonTextArray([.. Parts(p).Select(Text)])),
                ])
            ),
            .. work.Manifest.CommitMetadata.Members.Select(m => (m.Name, m.Value)),
            .. Texts("ostree.container-cmd", work.Manifest.ContainerCommand),
            .. CommitValue.IgnitionSpec(work.Lockfile) is { } spec
                ? [(IgnitionReleases.CommitKey, Text(spec.ToString()))]
                : Array.Empty<(string, JsonTextNode)>(),
            .. work.RepositoryMetadata.Members.Select(m => (m.Name, m.Value)),
        ]);

    private static (string, JsonTextNode)[] Texts(string name, ValueList<string> texts) =>
        texts.Count == 0 ? [] : [(name, new JsonTextArray([.. texts.Select(Text)]))];

    /// <summary>Name, epoch, version, release, architecture.</summary>
    private static string[] Parts(LockedPackage package)
    {
        var (epoch, version, release) = PackageVersion.Parse(package.Version);
        return [package.Name, epoch, version, release, package.PackageArchitecture];
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonTextNode Text(string text) => new JsonTextString(text);

    private static JsonTextObject Object(params IEnumerable<(string Name, JsonTextNode Value)> members) =>
        new([.. members.Select(m => new JsonTextMember(m.Name, m.Value))]);
}
