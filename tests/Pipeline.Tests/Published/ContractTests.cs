using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;
using Pipeline.Releases.Streams;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Contracts;
using Pipeline.Tests.Releases;

namespace Pipeline.Tests.Published;

/// <summary>Published documents print as they are, fit the records, and give the graph and the stream of a second computation.</summary>
[TestFixture, Category("published"), Parallelizable(ParallelScope.All)]
public sealed class ContractTests
{
    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Documents))]
    public async Task A_published_document_prints_as_it_is(string kind, string file)
    {
        var run = await CliRun.Of(["contract", "check", kind, file], PublishedFolder.Root!);

        Assert.That((run.ExitCode, run.Output, run.Error), Is.EqualTo((0, "", "")));
    }

    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Documents))]
    public void Every_member_of_a_published_document_is_in_its_record_and_in_our_documents(string kind, string file)
    {
        if (!file.EndsWith(".json", StringComparison.Ordinal))
        {
            return;
        }

        var theirs = new JsonSchemaCheck(ContractKind.Of(kind).Schema(), closed: true);
        var ours = new JsonSchemaCheck(ContractKind.Of(kind).Schema(), closed: false);
        foreach (var (_, name) in ContractFiles.All.Where(f => f.Kind == kind && f.File.EndsWith(".json", StringComparison.Ordinal)))
        {
            ours.Problems(System.Text.Encoding.UTF8.GetString(ContractFiles.Read(name)));
        }

        Assert.That(theirs.Problems(PublishedFolder.Read(file)), Is.Empty);
        Assert.That(theirs.Seen, Is.Not.Empty.And.SubsetOf(ours.Seen));
    }

    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Folder))]
    public void Our_metas_fit_the_published_schema_and_it_has_no_member_that_ours_lacks(string folder)
    {
        _ = folder;
        var schema = new JsonSchemaCheck(PublishedFolder.Schema()!, closed: false);
        using var published = System.Text.Json.JsonDocument.Parse(PublishedFolder.Schema()!);
        var members = published.RootElement.GetProperty("properties").EnumerateObject().Select(p => p.Name);
        var ours = new JsonSchemaCheck(ContractKind.Of("meta").Schema(), closed: true).Members;

        Assert.That(members.Select(m => $"BuildMetaDocument.{m}"), Is.SubsetOf(ours));
        foreach (var file in CoverageTests.Metas())
        {
            Assert.That(
                schema.Problems(System.Text.Encoding.UTF8.GetString(ContractFiles.Read(file))),
                file == "meta-early.json" ? Is.EqualTo([": 'x-unknown' is not allowed"]) : Is.Empty,
                file
            );
        }
    }

    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Folder))]
    public void Published_releases_give_the_graph_of_the_written_algorithm(string folder)
    {
        _ = folder;
        var index = PublishedFolder.Document<ReleaseIndex>("releases-stable-2021-11.json") with { Stream = "testing" };
        var updates = PublishedFolder.Document<UpdatesDocument>("updates-testing.json") with
        {
            Releases =
            [
                Entry(index.Releases[5].Version, new() { Barrier = new() { Text = "b" } }),
                Entry(index.Releases[9].Version, new() { Deadend = new() { Text = "d" } }),
                Entry(
                    index.Releases[^2].Version,
                    new()
                    {
                        Rollout = new() { StartEpoch = 1_635_000_000, StartPercentage = 0.35 },
                    }
                ),
                Entry(
                    index.Releases[^1].Version,
                    new()
                    {
                        Rollout = new() { StartEpoch = 1_635_000_000, StartPercentage = 0 },
                    }
                ),
            ],
        };

        foreach (var architecture in (string[])["x86_64", "aarch64"])
        {
            var graph = GraphBuilder.Build(index, updates, new(architecture));
            var (nodes, edges) = GraphReference.Build(index, updates, new(architecture));

            Assert.That(graph.Edges.Select(e => (e.From, e.To)), Is.Not.Empty.And.EqualTo(edges));
            Assert.That(graph.Nodes.Select(n => (n.Version, n.Payload)), Is.EqualTo(nodes.Select(n => (n.Version, n.Payload))));
            Assert.That(graph.Nodes.Zip(nodes).All(p => p.First.Metadata.SequenceEqual(p.Second.Facts)), Is.True);
        }
    }

    [TestCaseSource(typeof(PublishedFolder), nameof(PublishedFolder.Folder))]
    public void A_published_release_gives_a_stream_with_the_same_files(string folder)
    {
        _ = folder;
        var release = PublishedFolder.Document<ReleaseDocument>("release-33.20201201.3.0.json");
        var stream = StreamGenerator.Generate(release, "2020-12-15T00:00:00Z", "");
        var before =
            from a in release.Architectures
            from p in a.Value.Media
            from f in p.Value.Artifacts ?? ValueMap<ReleaseFormat>.Empty
            from x in Files(f.Value)
            select $"{a.Key} {p.Key} {f.Key} {x}";
        var after =
            from a in stream.Architectures
            from p in a.Value.Artifacts
            from f in p.Value.Formats
            from x in Files(f.Value)
            select $"{a.Key} {p.Key} {f.Key} {x}";

        Assert.That(after, Is.Not.Empty.And.EquivalentTo(before));
        Assert.That(
            stream.Architectures.Find("x86_64")!.Images!.Aws!.Regions!.ToDictionary(r => r.Key, r => r.Value.Image),
            Is.EquivalentTo(release.Architectures.Find("x86_64")!.Media.Find("aws")!.Images!.ToDictionary(r => r.Key, r => r.Value.Image))
        );
        Assert.That(
            Digest.Of(StreamGenerator.Print(stream)).Hex,
            Is.EqualTo("bb77bb7bb101855efe5fc63891bb25d5120aa8195e2ec7de6818757443db1115")
        );
    }

    private static UpdatesRelease Entry(string version, UpdatesMetadata metadata) => new() { Version = version, Metadata = metadata };

    private static IEnumerable<string> Files<T>(FormatFiles<T> format)
        where T : PublishedFile =>
        ((PublishedFile?[])[format.Disk, format.Kernel, format.Initramfs, format.Rootfs])
            .Where(f => f is not null)
            .Select(f => $"{f!.Location} {f.Sha256}");
}
