using System.Text.Json;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary>What goes into the documents of a production stream passed its tests, or somebody said why it goes all the same.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReleaseGateTests : IDisposable
{
    private const string Version = "44.20260720.3.1";
    private const string Development = "44.20260720.3.dev1";
    private static readonly string Commit = Digest.Of("commit").Hex;
    private static readonly string Image = Digest.Of("image").Hex;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task A_build_that_passed_goes_into_release_and_index()
    {
        await BuildAsync(Version, passed: true);

        var metadata = await MetadataAsync(Version, "stable");
        var index = await IndexAsync();

        Assert.That((metadata.ExitCode, index.ExitCode), Is.EqualTo((0, 0)), metadata.Error + index.Error);
        Assert.That(Directory.EnumerateFiles(_directory.Path, "*.overrides"), Is.Empty);
    }

    [TestCase(Version, false, "PL6120")]
    [TestCase(Development, true, "PL6128")]
    public async Task Neither_release_nor_index_takes_a_build_that_is_not_proved(string version, bool passed, string code)
    {
        await BuildAsync(version, passed);
        var metadata = await MetadataAsync(version, "stable");
        Assert.That(File.Exists(_directory.File("release.json")), Is.False);
        await MetadataAsync(version, "stable", "--allow-untested", "to have a document");

        var index = await IndexAsync();

        Assert.That((metadata.ExitCode, index.ExitCode), Is.EqualTo((5, 5)));
        Assert.That(metadata.Error, Does.Contain($"error {code}").And.Contain("--allow-untested REASON"));
        Assert.That(index.Error, Does.Contain($"error {code}").And.Contain("--allow-untested REASON"));
        Assert.That(File.Exists(_directory.File("releases.json")), Is.False);
    }

    [TestCase("next"), TestCase("testing"), TestCase("stable")]
    public async Task Every_production_stream_has_the_gate(string stream)
    {
        await BuildAsync(Version, passed: false);

        Assert.That((await MetadataAsync(Version, stream)).ExitCode, Is.EqualTo(5));
    }

    [TestCase("testing-devel"), TestCase("next-devel"), TestCase("rawhide")]
    public async Task Other_streams_take_any_build(string stream)
    {
        await BuildAsync(Development, passed: false);

        Assert.That((await MetadataAsync(Development, stream)).ExitCode, Is.Zero);
        Assert.That((await IndexAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task An_override_is_recorded_with_its_reason_and_what_was_missing()
    {
        await BuildAsync(Development, passed: false);

        var metadata = await MetadataAsync(Development, "stable", "--allow-untested", "security fix, tracker 7");
        var shown = await IndexAsync("--allow-untested", "security fix, tracker 7", "--dry-run");
        var before = File.Exists(_directory.File("releases.json.overrides"));
        var index = await IndexAsync("--allow-untested", "security fix, tracker 7");

        Assert.That((metadata.ExitCode, shown.ExitCode, index.ExitCode, before), Is.EqualTo((0, 0, 0, false)), index.Error);
        Assert.That(index.Error, Does.Contain("warning PL6120").And.Contain("warning PL6128"));
        foreach (var file in (string[])["release.json.overrides", "releases.json.overrides"])
        {
            using var line = JsonDocument.Parse((await File.ReadAllLinesAsync(_directory.File(file))).Single());
            Assert.That(line.RootElement.GetProperty("reason").GetString(), Is.EqualTo("security fix, tracker 7"));
            Assert.That(line.RootElement.GetProperty("release").GetString(), Is.EqualTo(Development));
            Assert.That(
                line.RootElement.GetProperty("missing").EnumerateArray().Select(m => m.GetString()![..6]),
                Is.EqualTo(["PL6128", "PL6120"])
            );
        }
    }

    [Test]
    public async Task An_index_wants_the_very_commit_that_was_tested_and_finds_it_where_it_is_told()
    {
        await BuildAsync(Version, passed: true);
        await MetadataAsync(Version, "stable");
        Directory.Move(_directory.File("builds"), _directory.File("elsewhere"));
        var lost = await IndexAsync();
        var meta = $"elsewhere/{Version}/x86_64/meta.json";
        var release = await File.ReadAllTextAsync(_directory.File("release.json"));
        await File.WriteAllTextAsync(_directory.File("release.json"), release.Replace(Commit, Image, StringComparison.Ordinal));
        var other = await IndexAsync("--meta", meta);
        await File.WriteAllTextAsync(_directory.File("release.json"), release);
        var told = await IndexAsync("--meta", meta);

        Assert.That((lost.ExitCode, other.ExitCode, told.ExitCode), Is.EqualTo((5, 5, 0)), told.Error);
        Assert.That(lost.Error, Does.Contain("PL6129").And.Contain("is not here to be proved"));
        Assert.That(other.Error, Does.Contain("PL6129").And.Contain("another commit"));
    }

    [Test]
    public async Task Only_signatures_that_are_there_are_named()
    {
        await BuildAsync(Version, passed: true);
        var none = await MetadataAsync(Version, "testing-devel");
        var without = Signatures();
        await File.WriteAllTextAsync(_directory.File($"builds/{Version}/x86_64/os-metal.x86_64.raw.xz.sig"), "");
        await MetadataAsync(Version, "testing-devel", "--output", "one.json");
        await MetadataAsync(Version, "testing-devel", "--signatures", "--output", "all.json");
        await MetadataAsync(Version, "testing-devel", "--no-signatures", "--output", "no.json");

        Assert.That(none.ExitCode, Is.Zero, none.Error);
        Assert.That(without, Is.EqualTo(["", ""]));
        Assert.That(Signatures("one.json").Count(s => s.EndsWith("raw.xz.sig", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(Signatures("one.json").Count(s => s.Length == 0), Is.EqualTo(1));
        Assert.That(Signatures("all.json"), Has.All.EndsWith(".sig"));
        Assert.That(Signatures("no.json"), Is.EqualTo(["", ""]));
    }

    private string[] Signatures(string file = "release.json")
    {
        using var release = JsonDocument.Parse(File.ReadAllBytes(_directory.File(file)));
        var media = release.RootElement.GetProperty("architectures").GetProperty("x86_64").GetProperty("media");
        return
        [
            .. media
                .EnumerateObject()
                .SelectMany(p => p.Value.GetProperty("artifacts").EnumerateObject())
                .Select(f => f.Value.GetProperty("disk").GetProperty("signature").GetString()!),
        ];
    }

    private Task<CliRun> MetadataAsync(string version, string stream, params string[] more) =>
        CliRun.Of(
            [
                "release",
                "metadata",
                $"builds/{version}/x86_64/meta.json",
                "--stream",
                stream,
                "--base-url",
                "https://a.example",
                .. more.Contains("--output") ? [] : (string[])["--output", "release.json"],
                .. more,
            ],
            _directory.Path
        );

    private Task<CliRun> IndexAsync(params string[] more) =>
        CliRun.Of(["release", "index", "releases.json", "--add", "release.json", "--url", "https://a.example", .. more], _directory.Path);

    private async Task BuildAsync(string version, bool passed)
    {
        var directory = _directory.File($"builds/{version}/x86_64");
        Directory.CreateDirectory(Path.Combine(directory, "steps"));
        await File.WriteAllTextAsync(
            Path.Combine(directory, "meta.json"),
            $$"""
            {"name": "os", "buildid": "{{version}}", "ostree-commit": "{{Commit}}", "ostree-version": "{{version}}",
             "ostree-timestamp": "2026-01-01T00:00:00Z", "coreos-assembler.basearch": "x86_64", "images": {
               "metal": {"path": "os-metal.x86_64.raw.xz", "sha256": "{{Image}}"},
               "qemu": {"path": "os-qemu.x86_64.qcow2", "sha256": "{{Image}}"} } }
            """
        );
        if (!passed)
        {
            return;
        }

        var inputs = new StepInputs(
            "kola",
            2,
            [new("image", Digest.Of(Image)), new("build", Digest.Of($"{version} {Commit}")), new("test a", Digest.Of("a"))]
        );
        JsonTextObject record = new([
            .. inputs.ToJson().Members,
            new("inputDigest", new JsonTextString(inputs.Digest.ToString())),
            new("platform", new JsonTextString("qemu")),
            new("version", new JsonTextString(version)),
            new(
                "tests",
                new JsonTextArray([new JsonTextObject([new("name", new JsonTextString("a")), new("result", new JsonTextString("PASS"))])])
            ),
        ]);
        await File.WriteAllTextAsync(Path.Combine(directory, "steps", "kola.json"), JsonTextWriter.Write(record, JsonStyle.Pretty));
    }
}
