using System.Text.Json;
using Pipeline.Host.Files;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary>Several runs of the program change one document at the same time; whatever each of them did is there in the end.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WritersAtOnceTests : IDisposable
{
    private static readonly string[] Arches = ["aarch64", "ppc64le", "s390x", "x86_64"];
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Of_updates_no_entry_is_lost(CancellationToken cancellationToken)
    {
        await AtOnceAsync(
            12,
            i =>
                [
                    "rollout",
                    "add",
                    "updates.json",
                    $"44.20260720.3.{i}",
                    "--start",
                    "2026-07-21T14:00:00Z",
                    "--hours",
                    "48",
                    "--create",
                    "stable",
                    "--now",
                    "2026-07-20T10:00:00Z",
                ]
        );
        await AtOnceAsync(
            12,
            i =>
                i % 2 == 0
                    ? ["rollout", "barrier", "updates.json", $"44.20260720.3.{i}", "why", "--now", "2026-07-20T10:00:00Z"]
                    : ["rollout", "deadend", "updates.json", $"44.20260720.3.{i}", "why", "--now", "2026-07-20T10:00:00Z"]
        );

        using var updates = JsonDocument.Parse(await File.ReadAllBytesAsync(_directory.File("updates.json"), cancellationToken));
        var releases = updates.RootElement.GetProperty("releases").EnumerateArray().ToArray();
        Assert.That(
            releases.Select(r => r.GetProperty("version").GetString()),
            Is.EquivalentTo(Enumerable.Range(0, 12).Select(i => $"44.20260720.3.{i}"))
        );
        Assert.That(
            releases.All(r =>
                r.GetProperty("metadata").TryGetProperty(r.GetProperty("version").GetString()![^1] % 2 == 0 ? "barrier" : "deadend", out _)
            ),
            Is.True
        );
    }

    [Test, CancelAfter(60_000)]
    public async Task Of_a_release_and_its_index_no_architecture_is_lost(CancellationToken cancellationToken)
    {
        foreach (var arch in Arches)
        {
            await File.WriteAllTextAsync(
                _directory.File($"{arch}.json"),
                $$"""
                {"name": "os", "buildid": "44.20260720.3.1", "ostree-commit": "{{Sum(
                    arch
                )}}", "ostree-version": "44.20260720.3.1",
                 "ostree-timestamp": "2026-01-01T00:00:00Z", "coreos-assembler.basearch": "{{arch}}",
                 "images": {"ostree": {"path": "os-44.20260720.3.1-ostree.{{arch}}.tar", "sha256": "{{Sum(
                    arch
                )}}"}, "qemu": {"path": "os-44.20260720.3.1-qemu.{{arch}}.qcow2.xz", "sha256": "{{Sum(
                    arch
                )}}", "uncompressed-sha256": "{{Sum(arch)}}"} } }
                """,
                cancellationToken
            );
        }

        const string url = "https://builds.example.org/streams";
        string[] untested = ["--allow-untested", "writers at once"];
        await AtOnceAsync(
            4,
            i =>
                [
                    "release",
                    "metadata",
                    $"{Arches[i]}.json",
                    "--stream",
                    "stable",
                    "--base-url",
                    url,
                    "--output",
                    "release.json",
                    .. untested,
                ]
        );
        // What is published never shrinks, so the index takes only the whole release; of many runs one adds it and the others find it
        // there.
        await AtOnceAsync(
            8,
            _ => ["release", "index", "releases.json", "--add", "release.json", "--url", url, "--now", "2026-07-20T10:00:00Z", .. untested]
        );

        Assert.That(await File.ReadAllLinesAsync(_directory.File("release.json.overrides"), cancellationToken), Has.Length.EqualTo(4));
        Assert.That(await File.ReadAllLinesAsync(_directory.File("releases.json.overrides"), cancellationToken), Has.Length.EqualTo(8));
        using var release = JsonDocument.Parse(await File.ReadAllBytesAsync(_directory.File("release.json"), cancellationToken));
        using var index = JsonDocument.Parse(await File.ReadAllBytesAsync(_directory.File("releases.json"), cancellationToken));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(release.RootElement.GetProperty("architectures").EnumerateObject().Select(a => a.Name), Is.EquivalentTo(Arches));
            Assert.That(
                index
                    .RootElement.GetProperty("releases")
                    .EnumerateArray()
                    .Single()
                    .GetProperty("commits")
                    .EnumerateArray()
                    .Select(c => c.GetProperty("architecture").GetString()),
                Is.EquivalentTo(Arches)
            );
        }
    }

    private async Task AtOnceAsync(int count, Func<int, string[]> arguments)
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => CliRun.Of(arguments(i), _directory.Path))));

        Assert.That(runs.Where(r => r.ExitCode != 0).Select(r => r.Error), Is.Empty);
    }

    private static string Sum(string text) => Pipeline.Model.Values.Digest.Of(text).Hex;
}
