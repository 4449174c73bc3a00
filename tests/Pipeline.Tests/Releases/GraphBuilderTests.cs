using FsCheck;
using FsCheck.Fluent;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Graphs;
using Pipeline.TestKit;

namespace Pipeline.Tests.Releases;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class GraphBuilderTests
{
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property The_graph_is_the_one_of_the_written_algorithm() =>
        Prop.ForAll(
            Streams(),
            c =>
            {
                var graph = GraphBuilder.Build(c.Index, c.Updates, c.Scope);
                var (nodes, edges) = GraphReference.Build(c.Index, c.Updates, c.Scope);
                return graph.Edges.Select(e => (e.From, e.To)).SequenceEqual(edges)
                    && graph.Nodes.Select(n => (n.Version, n.Payload)).SequenceEqual(nodes.Select(n => (n.Version, n.Payload)))
                    && graph.Nodes.Zip(nodes).All(p => p.First.Metadata.SequenceEqual(p.Second.Facts));
            }
        );

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property A_printed_graph_reads_back_and_prints_the_same() =>
        Prop.ForAll(
            Streams(),
            c =>
            {
                var graph = GraphBuilder.Build(c.Index, c.Updates, c.Scope);
                var printed = GraphBuilder.Print(graph);
                var read = DocumentFile.Parse<UpdateGraph>("graph.json", System.Text.Encoding.UTF8.GetBytes(printed));
                return read.Value.Equals(graph) && read.Print() == printed && Contract.Write(graph, JsonStyles.Graph) == printed;
            }
        );

    [Test]
    public void A_year_of_releases_gives_the_pinned_graph()
    {
        var index = Read<ReleaseIndex>("releases.json") with { Stream = "testing" };
        var updates = Read<UpdatesDocument>("updates.json");
        updates = updates with
        {
            Releases =
            [
                Barrier(index.Releases[5].Version),
                Deadend(index.Releases[9].Version),
                Barrier(index.Releases[20].Version),
                Rolling(index.Releases[^2].Version, 0.35),
                Rolling(index.Releases[^1].Version, 0),
            ],
        };

        Golden.Check(
            "Releases/graph-aarch64.json",
            GraphBuilder.Print(GraphBuilder.Build(index, updates, new("aarch64"))).Replace("},{", "},\n{", StringComparison.Ordinal)
        );
        Golden.Check(
            "Releases/graph-x86_64.json",
            GraphBuilder.Print(GraphBuilder.Build(index, updates, new("x86_64"))).Replace("},{", "},\n{", StringComparison.Ordinal)
        );
    }

    [TestCase("", 0x30406ea523c53defUL, 0.18848315746051456)]
    [TestCase("5d0c2a7be1f84c3690aa4b17d2e6f839", 0xb6ce1f2ac32c0d01UL, 0.7140826682472581)]
    [TestCase("a", 0x719b50b9a4f0e9f3UL, 0.4437761738999516)]
    public void Wariness_of_a_machine_is_the_one_its_servers_always_gave(string uuid, ulong hash, double wariness)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Wariness.SipHash13([.. System.Text.Encoding.UTF8.GetBytes(uuid), 0xff]), Is.EqualTo(hash));
            Assert.That(Wariness.OfNode(uuid), Is.EqualTo(wariness));
        }
    }

    [TestCase("0.5", ExpectedResult = 0.5)]
    [TestCase("-3", ExpectedResult = 0)]
    [TestCase("7e9", ExpectedResult = 1)]
    [TestCase("nan", ExpectedResult = 0.4437761738999516)]
    [TestCase("soon", ExpectedResult = 0.4437761738999516)]
    [TestCase(null, ExpectedResult = 0.4437761738999516)]
    public double A_wariness_is_clamped_and_nonsense_is_none(string? requested) => Wariness.Of(requested, "a");

    [TestCase(999, ExpectedResult = 0)]
    [TestCase(1000, ExpectedResult = 0.25)]
    [TestCase(1000 + (60 * 30), ExpectedResult = 0.625)]
    [TestCase(1000 + (60 * 60), ExpectedResult = 1)]
    [TestCase(1_000_000, ExpectedResult = 1)]
    public double The_share_grows_from_its_start_to_one(long now) =>
        Throttle.Share(
            new()
            {
                StartEpoch = 1000,
                DurationMinutes = 60,
                StartPercentage = 0.25,
            },
            now
        );

    [Test]
    public void Machines_at_the_front_see_a_rollout_before_it_starts()
    {
        var index = new ReleaseIndex { Stream = "s", Releases = [Release("1", "x86_64"), Release("2", "x86_64")] };
        var updates = new UpdatesDocument
        {
            Stream = "s",
            Metadata = new(),
            Releases =
            [
                new()
                {
                    Version = "2",
                    Metadata = new()
                    {
                        Rollout = new() { StartEpoch = 1000, DurationMinutes = 10 },
                    },
                },
            ],
        };
        var graph = GraphBuilder.Build(index, updates, new("x86_64"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Throttle.Apply(graph, 0, 0).Edges, Has.Count.EqualTo(1));
            Assert.That(Throttle.Apply(graph, 1e-6, 999).Edges, Is.Empty);
            Assert.That(Throttle.Apply(graph, 0.5, 1000 + 301).Edges, Has.Count.EqualTo(1));
        }
    }

    private static T Read<T>(string name)
        where T : ContractRecord =>
        DocumentFile.Parse<T>(name, File.ReadAllBytes(SourceTree.Path($"tests/Pipeline.Tests/TestData/Contracts/{name}"))).Value;

    private static UpdatesRelease Barrier(string version) =>
        new()
        {
            Version = version,
            Metadata = new() { Barrier = new() { Text = "https://example.org/?a=1&b=<2>" } },
        };

    private static UpdatesRelease Deadend(string version) =>
        new()
        {
            Version = version,
            Metadata = new() { Deadend = new() { Text = "" } },
        };

    private static UpdatesRelease Rolling(string version, double share) =>
        new()
        {
            Version = version,
            Metadata = new()
            {
                Rollout = new()
                {
                    StartEpoch = 1591279200,
                    DurationMinutes = 2880,
                    StartPercentage = share,
                },
            },
        };

    private static IndexRelease Release(string version, string arch) =>
        new() { Version = version, Commits = [new() { Architecture = arch, Checksum = "c" + version }] };

    /// <summary>
    /// Streams of up to 14 releases with holes, doubles, empty payloads, and updates entries in any order, also for unknown versions.
    /// </summary>
    private static Arbitrary<(ReleaseIndex Index, UpdatesDocument Updates, GraphScope Scope)> Streams()
    {
        var archs = Gen.Elements("x86_64", "aarch64");
        var payload = Gen.Frequency((1, Gen.Constant("")), (5, Gen.Choose(0, 999).Select(n => $"p{n}")));
        var version = Gen.Choose(0, 14).Select(n => $"v{n}");
        var commit = archs.SelectMany(a => payload.Select(p => new IndexCommit { Architecture = a, Checksum = p }));
        var image = archs.SelectMany(a => payload.Select(p => new IndexImage { Architecture = a, DigestRef = p }));
        var commits = Gen.Frequency(
            (1, Gen.Constant<ValueList<IndexCommit>?>(null)),
            (4, commit.ListOf().Select(l => (ValueList<IndexCommit>?)l.Take(3).ToValueList()))
        );
        var images = Gen.Frequency(
            (1, Gen.Constant<ValueList<IndexImage>?>(null)),
            (2, image.ListOf().Select(l => (ValueList<IndexImage>?)l.Take(3).ToValueList()))
        );
        var releases = commits
            .SelectMany(c => images.Select(i => (c, i)))
            .ListOf()
            .Select(l =>
                l.Take(14)
                    .Select(
                        (r, n) =>
                            new IndexRelease
                            {
                                Version = $"v{n}",
                                Commits = r.c,
                                OciImages = r.i,
                            }
                    )
                    .ToValueList()
            );
        var reason = Gen.Frequency(
            (3, Gen.Constant<Reason?>(null)),
            (1, Gen.Elements("", "why", "\"q\\\n").Select(t => (Reason?)new Reason { Text = t }))
        );
        var rollout = Gen.Frequency(
            (1, Gen.Constant<Rollout?>(null)),
            (
                2,
                Gen.Choose(0, 100)
                    .Select(n =>
                        (Rollout?)
                            new Rollout
                            {
                                StartPercentage = n % 3 == 0 ? null : n / 100.0,
                                StartEpoch = n % 4 == 0 ? null : n,
                                DurationMinutes = n % 5 == 0 ? null : n,
                            }
                    )
            )
        );
        var entry = version.SelectMany(v =>
            reason.SelectMany(b =>
                reason.SelectMany(d =>
                    rollout.Select(r => new UpdatesRelease
                    {
                        Version = v,
                        Metadata = new()
                        {
                            Barrier = b,
                            Deadend = d,
                            Rollout = r,
                        },
                    })
                )
            )
        );
        return releases
            .SelectMany(r =>
                entry
                    .ListOf()
                    .SelectMany(u =>
                        archs.SelectMany(a =>
                            Gen.Elements(true, false)
                                .Select(o =>
                                    (
                                        new ReleaseIndex { Stream = "s", Releases = r },
                                        new UpdatesDocument
                                        {
                                            Stream = "s",
                                            Metadata = new(),
                                            Releases = u.Take(14).ToValueList(),
                                        },
                                        new GraphScope(a, o)
                                    )
                                )
                        )
                    )
            )
            .ToArbitrary();
    }
}
