using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Publishing;
using Pipeline.Releases.Streams;
using Pipeline.TestKit;

namespace Pipeline.Tests.Releases;

[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PublishingTests
{
    private static readonly ReleaseMetadataOptions Options = new(null, "https://builds.example.org/prod/streams/", Signatures: true);
    private readonly List<Diagnostic> _warnings = [];

    [Test]
    public void Metas_of_two_arches_become_one_release_and_one_stream()
    {
        var release = ReleaseMetadata.Create([new("x", Meta("meta-x86_64.json")), new("a", Meta("meta-aarch64.json"))], null, Options);

        Golden.Check("Releases/release-12.json", Contract.Write(release, JsonStyles.Release with { Indent = "  " }));
        Golden.Check("Releases/stream-12.json", StreamGenerator.Print(StreamGenerator.Generate(release, "2026-07-21T14:07:14Z", "test")));
        Golden.Check("Releases/index-12.json", Contract.Write(Add(ReleaseIndexEditor.Empty("stable"), release), JsonStyles.Index));
    }

    [Test]
    public void The_legacy_installer_of_2020_is_kept_apart_from_the_live_image()
    {
        var release = ReleaseMetadata.Create([new("x", Meta("meta-early.json"))], null, Options with { Signatures = false });

        Assert.That(
            release.Architectures.Find("x86_64")!.Media.Find("metal")!.Artifacts!.Keys,
            Is.EqualTo(["raw.xz", "installer.iso", "installer-pxe"])
        );
        Assert.That(
            (
                release.Stream,
                release.Architectures.Find("x86_64")!.Commit,
                release.Architectures.Find("x86_64")!.Media.Find("qemu")!.Artifacts!.Find("qcow2.xz")!.Disk!.Signature
            ),
            Is.EqualTo(("testing-devel", Meta("meta-early.json").OstreeCommit, ""))
        );
    }

    [Test]
    public void A_release_of_an_older_form_gives_the_pinned_stream()
    {
        var release = Read<ReleaseDocument>("release-09.20240415.3.0.json");

        Golden.Check("Releases/stream-09.json", StreamGenerator.Print(StreamGenerator.Generate(release, "2024-04-29T00:00:00Z", "")));
    }

    [Test]
    public void A_release_is_extended_but_never_changed()
    {
        var x86 = Meta("meta-x86_64.json");
        var first = ReleaseMetadata.Create([new("x", x86)], null, Options);
        var both = ReleaseMetadata.Create([new("x", x86), new("a", Meta("meta-aarch64.json"))], first, Options);
        var images = new ValueMap<MetaArtifact>(x86.Images!).With("qemu", x86.Images!.Find("qemu")! with { Sha256 = new('0', 64) });

        var e = Assert.Throws<PipelineException>(() =>
            ReleaseMetadata.Create([new("x", x86 with { Images = images, BuildId = "12.20260914.3.1" })], first, Options)
        )!;

        Assert.That(both.Architectures.Keys, Is.EqualTo(["x86_64", "aarch64"]));
        Assert.That(
            (e.Exit, string.Join(' ', e.Diagnostics.Select(d => d.Code).Distinct())),
            Is.EqualTo((ExitClass.Refused, "PL5031 PL5036 PL5033"))
        );
    }

    [Test]
    public void An_index_takes_late_arches_in_a_fixed_order_and_the_same_release_twice()
    {
        var one = Add(ReleaseIndexEditor.Empty("stable"), Release("44.20260720.3.1", ("s390x", "c1")));
        var more = Add(one, Release("44.20260720.3.1", ("s390x", "c1"), ("aarch64", "c2"), ("x86_64", "c3")));

        Assert.That(more.Releases.Single().Commits!.Select(c => c.Architecture), Is.EqualTo(["x86_64", "aarch64", "s390x"]));
        Assert.That(Add(more, Release("44.20260720.3.1", ("x86_64", "c3"), ("s390x", "c1"), ("aarch64", "c2"))), Is.SameAs(more));
    }

    [TestCase("44.20260720.3.1", "x86_64=other aarch64=c2", "PL5042")]
    [TestCase("44.20260720.3.1", "aarch64=c2", "PL5041")]
    [TestCase("44.20260706.3.0", "x86_64=old", "PL5038")]
    [TestCase("44.20260710.3.0", "x86_64=new", "PL5040")]
    public void An_index_refuses_what_contradicts_it(string version, string commits, string code)
    {
        var index = Add(
            Add(ReleaseIndexEditor.Empty("stable"), Release("44.20260706.3.0", ("x86_64", "old"))),
            Release("44.20260720.3.1", ("x86_64", "c1"))
        );
        var release = Release(version, [.. commits.Split(' ').Select(c => (c.Split('=')[0], c.Split('=')[1]))]);

        var e = Assert.Throws<PipelineException>(() => Add(index, release))!;

        Assert.That((e.Exit, e.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, code)));
    }

    [Test]
    public void An_arch_without_an_image_is_told()
    {
        var release = Release("44.20260720.3.1", ("x86_64", "c1"), ("s390x", ""));
        var architectures = release.Architectures.With(
            "x86_64",
            release.Architectures.Find("x86_64")! with
            {
                OciImage = new() { DigestRef = "r@d" },
            }
        );

        Add(ReleaseIndexEditor.Empty("stable"), release with { Architectures = architectures });

        Assert.That(_warnings.Single().Message, Does.StartWith("s390x of '44.20260720.3.1' has no container image and no commit"));
    }

    [Test]
    public void An_override_merges_objects_keeps_nulls_and_drops_what_no_stream_has()
    {
        var document = StreamGenerator.Generate(Release("44.20260720.3.1", ("x86_64", "c1")), "2026-07-21T14:07:14Z", "g");
        var problems = new DiagnosticBag();
        var patch = JsonText.Parse(
            "o.json",
            """{"architectures":{"aarch64":{"artifacts":{}},"x86_64":null},"metadata":{"generator":"h"},"odd":1}""",
            problems
        )!;

        var result = StreamGenerator.Override(document, patch, problems)!;

        Assert.That(
            (result.Metadata.Generator, string.Join(' ', result.Architectures.Keys), problems.Items.Single().Code),
            Is.EqualTo(("h", "x86_64 aarch64", "PL5047"))
        );
        Assert.That(
            StreamGenerator.Print(result).IndexOf("aarch64", StringComparison.Ordinal),
            Is.LessThan(StreamGenerator.Print(result).IndexOf("x86_64", StringComparison.Ordinal)),
            "keys are sorted again"
        );
    }

    [Test]
    public void Two_releases_of_one_stream_do_not_differ_in_structure()
    {
        var a = ReleaseMetadata.Create([new("x", Meta("meta-x86_64.json"))], null, Options);
        var text = Contract
            .Write(a, JsonStyles.Release)
            .Replace("12.20260914.3.0", "12.20260928.3.0", StringComparison.Ordinal)
            .Replace("12-20260914-3-0", "12-20260928-3-0", StringComparison.Ordinal)
            .Replace("ami-1", "ami-9", StringComparison.Ordinal);
        var b = DocumentFile.Parse<ReleaseDocument>("b", Encoding.UTF8.GetBytes(text)).Value;
        var (before, after) = (
            StreamGenerator.Generate(a, "2026-07-21T14:07:14Z", "g"),
            StreamGenerator.Generate(b, "2026-08-04T14:07:14Z", "g")
        );
        var less = after with
        {
            Architectures = after.Architectures.With("x86_64", after.Architectures.Find("x86_64")! with { Images = new() }),
        };

        Assert.That(StreamDiff.Compare(Printed(before), Printed(after)), Is.Empty);
        Assert.That(
            StreamDiff.Compare(Printed(before), Printed(less)).Select(d => d.ToString()),
            Has.Member("- /architectures/x86_64/images/aws")
        );
    }

    /// <summary>A stream that went to a new base too early had to ship an older one as a barrier.</summary>
    [Test]
    public void A_lower_version_is_appended_only_on_purpose()
    {
        var index = Add(ReleaseIndexEditor.Empty("stable"), Release("38.20230310.1.0", ("x86_64", "aa")));
        var lower = Release("37.20230303.1.1", ("x86_64", "bb"));

        var refused = Assert.Throws<PipelineException>(() => Add(index, lower))!;
        var appended = Add(index, lower, allowLower: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused.Exit, refused.Diagnostics[0].Code), Is.EqualTo((ExitClass.Refused, "PL5040")));
            Assert.That(refused.Diagnostics[0].Hint, Does.Contain("--allow-lower"));
            Assert.That(appended.Releases.Select(r => r.Version), Is.EqualTo(["38.20230310.1.0", "37.20230303.1.1"]));
            Assert.That(_warnings.Select(w => (w.Code, w.Severity)), Is.EqualTo([("PL5040", Severity.Warning)]));
            Assert.That(Add(appended, lower), Is.EqualTo(appended), "what is the last release already is not lower than itself");
        }
    }

    [Test]
    public void A_stream_diff_names_the_changed_stream_before_the_urls_that_follow_from_it()
    {
        var release = ReleaseMetadata.Create([new("x", Meta("meta-x86_64.json"))], null, Options);
        var before = StreamGenerator.Generate(release, "2026-07-21T14:07:14Z", "g");
        var renamed = before with { Stream = "next-devel" };

        var differences = StreamDiff.Compare(Printed(before), Printed(renamed)).Select(d => d.ToString()).ToArray();

        Assert.That(differences[0], Is.EqualTo($"~ /stream: \"{before.Stream}\" -> \"next-devel\""));
        Assert.That(differences.SkipWhile(d => !d.Contains("https://", StringComparison.Ordinal)), Is.All.Contains("https://"));
        Assert.That(differences.Count(d => d.Contains("https://", StringComparison.Ordinal)), Is.GreaterThan(1));
    }

    [Test]
    public void Notes_are_written_as_people_write_them()
    {
        const string yaml = """
            releases:
              12.20260914.3.0:
                issues:
                  - text: "Boot: the \"loader\" (GRUB) waits"
                    url: "https://bugs.saltmarsh.example/290"
              12.20260831.3.1:
                issues: []

            """;

        var notes = ReleaseNotes.Read("n.yml", Encoding.UTF8.GetBytes(yaml));

        Assert.That(ReleaseNotes.ToYaml(notes), Is.EqualTo(yaml));
        Assert.That(
            ReleaseNotes.ToJson(notes),
            Is.EqualTo(
                """{"releases":{"12.20260914.3.0":{"issues":[{"text":"Boot: the \"loader\" (GRUB) waits","""
                    + "\"url\":\"https://bugs.saltmarsh.example/290\"}]},\"12.20260831.3.1\":{\"issues\":[]}}}"
            )
        );
    }

    private ReleaseIndex Add(ReleaseIndex index, ReleaseDocument release, bool allowLower = false) =>
        ReleaseIndexEditor.Add(
            index,
            release,
            $"https://builds.example.org/{release.Release}/release.json",
            "2026-07-21T14:07:14Z",
            allowLower,
            _warnings.Add
        );

    private static ReleaseDocument Release(string version, params (string Arch, string Commit)[] commits) =>
        new()
        {
            Release = version,
            Stream = "stable",
            Architectures = commits.ToValueMap(
                c => c.Arch,
                c => new ReleaseArchitecture { Media = ValueMap<ReleasePlatform>.Empty, Commit = c.Commit }
            ),
        };

    private static Document<StreamDocument> Printed(StreamDocument document) => new(document, JsonStyles.Stream);

    private static BuildMetaDocument Meta(string name) => Read<BuildMetaDocument>($"{name}");

    private static T Read<T>(string name)
        where T : ContractRecord =>
        DocumentFile.Parse<T>(name, File.ReadAllBytes(SourceTree.Path($"tests/Pipeline.Tests/TestData/Contracts/{name}"))).Value;
}
