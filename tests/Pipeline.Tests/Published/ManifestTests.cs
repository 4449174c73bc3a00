using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Published;

/// <summary>Manifests of other projects, and what lies beside them: read without an error, wherever the folder has them.</summary>
[TestFixture, Category("published"), Parallelizable(ParallelScope.All)]
public sealed class ManifestTests
{
    private static readonly string[] Beside = ["image.yaml", "image-base.yaml", "platforms.yaml", "extensions.yaml", "build-args.conf"];

    /// <summary>Root manifests: none without a folder.</summary>
    public static IEnumerable<string> Manifests() => Named("manifest.yaml");

    /// <summary>Files beside them.</summary>
    public static IEnumerable<string> Files() => Beside.SelectMany(Named);

    [TestCaseSource(nameof(Manifests))]
    public async Task A_published_manifest_is_flattened(string file) =>
        Assert.That((await CliRun.Of(["manifest", "show", file, "--arch", "x86_64"], PublishedFolder.Root!)).ExitCode, Is.Zero);

    [TestCaseSource(nameof(Files))]
    public async Task A_published_file_beside_a_manifest_is_read(string file)
    {
        var run = await CliRun.Of(["manifest", "check", file], PublishedFolder.Root!);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }

    private static IEnumerable<string> Named(string name) =>
        PublishedFolder.Root is null
            ? []
            : Directory
                .EnumerateFiles(PublishedFolder.Root, name, SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(PublishedFolder.Root, f))
                .Order(StringComparer.Ordinal);
}
