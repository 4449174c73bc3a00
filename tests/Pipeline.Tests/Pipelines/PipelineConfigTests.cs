using System.Text;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Pipelines;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Simulation;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Contracts;

namespace Pipeline.Tests.Pipelines;

[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class PipelineConfigTests
{
    private const string Smallest = "streams: {a: {type: mechanical}}\n";

    private static string Sample => Encoding.UTF8.GetString(ContractFiles.Read("pipeline.yaml"));

    [Test]
    public void The_sample_is_read_with_all_it_says()
    {
        var config = Read(Sample);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.Streams.Keys, Is.EqualTo(["stable", "testing-devel", "rawhide"]));
            Assert.That(config.RegistryRepos!.OsContainer!.Select(r => r.Tags!.Count), Is.EqualTo([2, 1]));
            Assert.That(config.RegistryRepos.LegacyOsContainer!.Single().Repo, Is.EqualTo("registry.saltmarsh.example/os-legacy"));
            Assert.That(config.Retention!.Find("stable")!.Build, Is.EqualTo(new RetentionAge(2, 'y')));
            Assert.That(config.Clouds!.Gcp!.Family!.Find("aarch64"), Is.EqualTo("saltmarsh-${STREAM}-arm64"));
            Assert.That(config.S3!.BuildsKey, Is.EqualTo("prod/streams/${STREAM}"));
            Assert.That(config.Policy!.WaiverDays, Is.EqualTo(14));
        }
    }

    [TestCase("stable", "x86_64 s390x")]
    [TestCase("testing-devel", "x86_64 aarch64 ppc64le s390x")]
    [TestCase("rawhide", "x86_64 aarch64")]
    [TestCase("unknown", "x86_64 aarch64 ppc64le s390x")]
    public void A_stream_is_built_for_the_architectures_that_it_adds_replaces_and_skips(string stream, string architectures) =>
        Assert.That(string.Join(' ', PipelineScope.Architectures(Read(Sample), stream)), Is.EqualTo(architectures));

    [TestCase("stable", "x86_64", "metal qemu aws")]
    [TestCase("stable", "aarch64", "metal qemu aws vmware")]
    [TestCase("testing-devel", "x86_64", "metal qemu live aws vmware")]
    [TestCase("testing-devel", "s390x", "metal qemu live")]
    [TestCase("rawhide", "x86_64", "qemu")]
    public void A_stream_has_the_artifacts_that_it_adds_replaces_and_skips(string stream, string architecture, string artifacts) =>
        Assert.That(string.Join(' ', PipelineScope.Artifacts(Read(Sample), stream, architecture)), Is.EqualTo(artifacts));

    [TestCase("6w", "2026-03-31", ExpectedResult = "2026-02-17")]
    [TestCase("1m", "2026-03-31", ExpectedResult = "2026-02-28")]
    [TestCase("18m", "2026-03-31", ExpectedResult = "2024-09-30")]
    [TestCase("2y", "2024-02-29", ExpectedResult = "2022-02-28")]
    [TestCase("9999y", "2026-03-31", ExpectedResult = "0001-01-01")]
    [TestCase("9999w", "0002-01-01", ExpectedResult = "0001-01-01")]
    public string An_age_counts_by_the_calendar(string text, string today)
    {
        Assert.That(RetentionAge.TryParse(text, out var age), Is.True);
        Assert.That(age!.Value.ToString(), Is.EqualTo(text));
        return age.Value.Before(DateOnly.ParseExact(today, "yyyy-MM-dd")).ToString("yyyy-MM-dd");
    }

    [TestCase("")]
    [TestCase("m")]
    [TestCase("0m")]
    [TestCase("-1m")]
    [TestCase("1.5y")]
    [TestCase("12")]
    [TestCase("3d")]
    [TestCase("3M")]
    [TestCase(" 3m")]
    [TestCase("10000w")]
    [TestCase("٣m")]
    public void Other_ages_are_refused(string text) =>
        Assert.That(
            (RetentionAge.TryParse(text, out _), System.Text.RegularExpressions.Regex.IsMatch(text, RetentionAge.Pattern)),
            Is.EqualTo((false, false))
        );

    [Test]
    public async Task All_problems_are_reported_at_once_with_place_and_hint()
    {
        using var directory = new Pipeline.Host.Files.TemporaryDirectory();
        await File.WriteAllTextAsync(
            directory.File("pipeline.yaml"),
            """
            streams:
              stable:
                type: productive
                default: true
              Next:
                type: mechanical
              testing:
                default: true
                skip_kola_tag: [slow]
            additional_arches: [arm64]
            default_artefacts: {}
            default_artifacts:
              any: [qemu]
              all: qemu
            stores:
              copy: {url: "ftp://store.example"}
            registry_repos:
              oscontainer:
                - tags: [a]
              kubevirt: {tags: [b]}
            clouds:
              gcp: {family: saltmarsh}
              azure: []
            retention:
              stabel: {images: 18 months}
              testing:
                images-keep: [qemu]
                image: 3m
            policy: {waiver_days: 1.5}
            misc: {versionary: "yes"}
            """
        );

        var run = await CliRun.Of(["contract", "check", "pipeline", "pipeline.yaml"], directory.Path);

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, "")));
        Golden.Check("Pipelines/errors.txt", run.Error);
    }

    [TestCase("", "PL5004")]
    [TestCase("# nothing\n", "PL5004")]
    [TestCase("[]", "PL5001: expected an object, found a list")]
    [TestCase("streams: [", "PL0011")]
    [TestCase("streams: {}\nstreams: {}\n", "PL0016")]
    [TestCase("s3: {bucket: b}\n", "PL5003: member 'streams' is missing")]
    public void What_is_no_config_is_refused(string text, string problem)
    {
        var problems = new DiagnosticBag();

        Assert.That(PipelineConfigReader.Read("p.yaml", text, problems), Is.Null);
        Assert.That(string.Join('\n', problems.Items), Does.Contain(problem));
        Assert.That(problems.Items, Has.All.Property("Span").Not.Null.And.All.Property("Hint").Not.Null);
    }

    // Whatever is done to the text, the reader answers, and every problem has a place.
    [Test]
    public void Broken_configs_end_as_problems_with_places([Range(1, 4)] int seed)
    {
        var source = new SeededSource((ulong)seed);
        var lines = Sample.Split('\n');
        for (var round = 0; round < 100; round++)
        {
            var broken = lines.ToList();
            for (var change = 0; change <= round % 4; change++)
            {
                var at = (int)source.NextBelow(broken.Count);
                var other = broken[(int)source.NextBelow(broken.Count)];
                _ = source.NextBelow(4) switch
                {
                    0 => Replace(broken, at, []),
                    1 => Replace(broken, at, [other]),
                    2 => Replace(broken, at, [broken[at], other]),
                    _ => Replace(broken, at, [broken[at].Replace(": ", ":  x", StringComparison.Ordinal)]),
                };
            }

            var problems = new DiagnosticBag();
            var config = PipelineConfigReader.Read("p.yaml", string.Join('\n', broken), problems);

            Assert.That(config is null, Is.EqualTo(problems.HasErrors));
            Assert.That(problems.Items, Has.All.Property("Span").Not.Null, string.Join('\n', broken));
        }
    }

    [Test]
    public void A_key_that_is_mistyped_anywhere_is_found_with_its_name()
    {
        var lines = Sample.Split('\n');
        var keys = 0;
        foreach (var (line, i) in lines.Select((l, i) => (l, i)).Where(l => KeyOf(l.l) is { Length: > 2 }))
        {
            var key = KeyOf(line)!;
            var mistyped = key[..^1] + (key[^1] == 'q' ? 'x' : 'q') + "q";
            var text = string.Join(
                '\n',
                lines[..i].Append(line.Replace($"{key}:", $"{mistyped}:", StringComparison.Ordinal)).Concat(lines[(i + 1)..])
            );
            var problems = new DiagnosticBag();
            PipelineConfigReader.Read("p.yaml", text, problems);
            if (FreeKeys.Contains(key))
            {
                continue;
            }

            keys++;
            Assert.That(
                problems.Items.Where(p => p.Span!.Line == i + 1).Select(p => p.Code),
                Has.Some.EqualTo("PL5006").Or.Some.EqualTo("PL5007"),
                $"{line}: {string.Join('\n', problems.Items)}"
            );
        }

        Assert.That(keys, Is.GreaterThan(100));

        static string? KeyOf(string line) =>
            line.TrimStart(' ', '-').Split(':') is [var key, _, ..] && !key.StartsWith('#') && !key.Contains('"', StringComparison.Ordinal)
                ? key
                : null;
    }

    [Test]
    public async Task The_projects_own_config_is_good_and_its_keys_are_documented()
    {
        var run = await CliRun.Of(["contract", "check", "pipeline", "ci/pipeline.yaml"], SourceTree.Root);
        var config = Read(await File.ReadAllTextAsync(SourceTree.Path("ci/pipeline.yaml")));
        var readme = await File.ReadAllTextAsync(SourceTree.Path("ci/README.md"));
        var table = PipelineKeys.Table(ContractKind.Of("pipeline").Schema(), YamlText.Parse("f", Sample, new())!);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.ExitCode, run.Output, run.Error), Is.EqualTo((0, "", "")));
            Assert.That(config.Streams.Keys, Is.EqualTo(["stable", "testing", "next", "testing-devel"]));
            Golden.Check("Pipelines/keys.md", table);
            Assert.That(table.Split('\n').Where(WithoutExample), Is.Empty, "TestData/Contracts/pipeline.yaml has every key");
            Assert.That(readme, Does.EndWith(table), "the table of ci/README.md is Golden/Pipelines/keys.md");
        }
    }

    [Test]
    public void The_smallest_config_builds_one_architecture() =>
        Assert.That(
            (PipelineScope.Architectures(Read(Smallest), "a"), PipelineScope.Artifacts(Read(Smallest), "a", "x86_64")),
            Is.EqualTo((ValueList.Create(["x86_64"]), ValueList<string>.Empty))
        );

    /// <summary>Whether a row is of a value, not of an object with rows of its own, and has no example.</summary>
    private static bool WithoutExample(string row) =>
        row.Split(" | ") is [var key, var type, _, _, var example, ..]
        && key != "| key"
        && example.Trim().Length == 0
        && !type.Contains("object", StringComparison.Ordinal);

    /// <summary>Keys that may have any name: environment variables, stores, streams, members of values that are not read.</summary>
    private static HashSet<string> FreeKeys { get; } =
    ["BUILD_TRACE", "BUILD_JOBS", "TRACE_IMAGES", "copy", "shelf", "stable", "testing-devel", "rawhide", "release"];

    private static bool Replace(List<string> lines, int at, string[] with)
    {
        lines.RemoveAt(at);
        lines.InsertRange(at, with);
        return true;
    }

    private static PipelineConfig Read(string text)
    {
        var problems = new DiagnosticBag();
        var config = PipelineConfigReader.Read("p.yaml", text, problems);
        Assert.That(config, Is.Not.Null, string.Join('\n', problems.Items));
        return config!;
    }
}
