using Pipeline.TestKit;

namespace Pipeline.Tests.Contracts;

/// <summary>The documents under <c>TestData/Contracts</c>. <c>TestData/README.md</c> says what each of them covers.</summary>
internal static class ContractFiles
{
    public static string Root { get; } = SourceTree.Path("tests/Pipeline.Tests/TestData/Contracts");

    /// <summary>Kind and file name of every document.</summary>
    public static IReadOnlyList<(string Kind, string File)> All { get; } =
    [
        ("stream", "stream.json"),
        ("stream", "stream-early.json"),
        ("updates", "updates.json"),
        ("releases", "releases.json"),
        ("releases", "releases-oci.json"),
        ("release", "release-09.20240415.3.0.json"),
        ("release", "release.json"),
        ("builds", "builds.json"),
        ("meta", "meta-aarch64.json"),
        ("meta", "meta-early.json"),
        ("meta", "meta-full.json"),
        ("meta", "meta-x86_64.json"),
        ("graph", "graph.json"),
        ("notes", "notes.json"),
        ("notes", "notes.yml"),
        ("lock", "manifest-lock.x86_64.json"),
        ("lock", "manifest-lock.deb.x86_64.json"),
        ("overrides", "manifest-lock.overrides.yaml"),
        ("denylist", "kola-denylist.yaml"),
        ("pipeline", "pipeline.yaml"),
    ];

    public static byte[] Read(string file) => File.ReadAllBytes(Path.Combine(Root, file));
}
