using System.Text;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary>A year of a stream made from nothing with the command line: what a release engineer would type, one step each.</summary>
/// <param name="directory">An empty directory; receives releases.json, updates.json, stream.json and builds/.</param>
internal sealed class YearOfAStream(string directory)
{
    private static readonly string[] AllArches = ["x86_64", "aarch64", "ppc64le", "s390x"];

    /// <summary>The steps in order: a name, and what is typed.</summary>
    public IEnumerable<(string Name, Func<Task> Run)> Steps()
    {
        yield return ("01-first-release", () => ReleaseAsync("43.20260105.3.0", "2026-01-06T14:00:00Z", ["x86_64"]));
        yield return ("02-two-arches", () => ReleaseAsync("43.20260119.3.0", "2026-01-20T14:00:00Z", AllArches[..2]));
        yield return ("03-late-arches", () => LateArchesAsync("43.20260119.3.0", "2026-01-21T09:00:00Z"));
        yield return (
            "04-barrier",
            () => ReleaseAsync("43.20260202.3.1", "2026-02-03T14:00:00Z", AllArches, "--barrier", "https://tracker.example.org/2029")
        );
        yield return ("05-release", () => ReleaseAsync("43.20260216.3.0", "2026-02-17T14:00:00Z", AllArches));
        yield return ("06-pause", () => EditAsync("pause", "2026-02-19T02:00:00Z", "43.20260216.3.0"));
        yield return ("07-resume", () => EditAsync("resume", "2026-02-19T14:00:00Z", "43.20260216.3.0", "--from", "before-pause.json"));
        yield return ("08-release", () => ReleaseAsync("43.20260302.3.0", "2026-03-03T14:00:00Z", AllArches));
        yield return (
            "09-deadend",
            () => EditAsync("deadend", "2026-03-05T10:00:00Z", "43.20260302.3.0", "https://tracker.example.org/1441")
        );
        yield return ("10-release-after-deadend", () => ReleaseAsync("43.20260316.3.0", "2026-03-17T14:00:00Z", AllArches));
        yield return ("11-deadend-cleared", () => EditAsync("deadend", "2026-03-20T10:00:00Z", "43.20260302.3.0", "--clear"));
        yield return ("12-paused-for-good", () => PausedReleaseAsync("43.20260330.3.0", "2026-03-31T14:00:00Z"));
        yield return ("13-release", () => ReleaseAsync("43.20260413.3.0", "2026-04-14T14:00:00Z", AllArches));
        yield return (
            "14-barrier-on-an-older-release",
            () => EditAsync("barrier", "2026-04-20T10:00:00Z", "43.20260316.3.0", "https://tracker.example.org/2112")
        );
        yield return (
            "15-rebase",
            () =>
                ReleaseAsync(
                    "44.20260427.3.0",
                    "2026-04-28T14:00:00Z",
                    AllArches,
                    "--barrier",
                    "https://docs.example.org/update-barrier-signing-keys/"
                )
        );
        yield return ("16-longer-rollout", () => ReplaceAsync("44.20260427.3.0", "2026-04-28T20:00:00Z"));
        yield return ("17-without-s390x", () => ReleaseAsync("44.20260608.3.1", "2026-06-09T14:00:00Z", AllArches[..3]));
        yield return ("18-autumn", () => ReleaseAsync("44.20260914.3.0", "2026-09-15T14:00:00Z", AllArches));
        yield return ("19-two-rollouts", () => TwoRolloutsAsync());
        yield return ("20-end-of-the-year", () => EditAsync("clean", "2026-12-31T23:59:59Z"));
    }

    private async Task ReleaseAsync(string version, string at, string[] arches, params string[] rollout)
    {
        await PublishAsync(version, at, arches);
        await RunAsync([
            "rollout",
            "add",
            "updates.json",
            version,
            "--start",
            "2 PM UTC tomorrow",
            "--hours",
            "48",
            "--create",
            "stable",
            "--now",
            at,
            .. rollout,
        ]);
    }

    private async Task LateArchesAsync(string version, string at) => await PublishAsync(version, at, AllArches);

    private async Task PausedReleaseAsync(string version, string at)
    {
        await ReleaseAsync(version, at, AllArches);
        await RunAsync(["rollout", "pause", "updates.json", version, "--now", at.Replace("T14", "T20", StringComparison.Ordinal)]);
    }

    private async Task ReplaceAsync(string version, string at) =>
        await RunAsync([
            "rollout",
            "add",
            "updates.json",
            version,
            "--start",
            "@1777471200",
            "--hours",
            "72",
            "--start-percentage",
            "0.05",
            "--replace",
            "--now",
            at,
        ]);

    private async Task TwoRolloutsAsync()
    {
        await PublishAsync("44.20261123.3.0", "2026-11-24T14:00:00Z", AllArches);
        await PublishAsync("44.20261124.3.0", "2026-11-24T18:00:00Z", AllArches);
        await RunAsync([
            "rollout",
            "add",
            "updates.json",
            "44.20261123.3.0",
            "--start",
            "2026-11-25T14:00:00Z",
            "--hours",
            "72",
            "--now",
            "2026-11-24T14:00:00Z",
        ]);
        await RunAsync([
            "rollout",
            "add",
            "updates.json",
            "44.20261124.3.0",
            "--start",
            "in 20 hours",
            "--hours",
            "24",
            "--now",
            "2026-11-24T18:00:00Z",
        ]);
    }

    private async Task EditAsync(string verb, string at, params string[] arguments)
    {
        if (verb == "pause")
        {
            File.Copy(Path.Combine(directory, "updates.json"), Path.Combine(directory, "before-pause.json"));
        }

        await RunAsync(["rollout", verb, "updates.json", .. arguments, "--now", at]);
    }

    private async Task PublishAsync(string version, string at, string[] arches)
    {
        foreach (var arch in arches)
        {
            var path = Path.Combine(directory, Meta(version, arch));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, MetaText(version, arch));
        }

        var release = $"builds/{version}/release.json";
        await RunAsync([
            "release",
            "metadata",
            .. arches.Select(a => Meta(version, a)),
            "--stream",
            "stable",
            "--base-url",
            "https://builds.example.org/streams",
            "--output",
            release,
            "--allow-untested",
            "a made-up year",
            "--signatures",
        ]);
        string[] index = ["release", "index", "releases.json", "--add", release, "--url", "https://builds.example.org/streams"];
        await RunAsync([.. index, "--now", at, "--allow-untested", "a made-up year"]);
        var stream = await RunAsync(["stream", "generate", "--index", "releases.json", "--release-root", "builds", "--last-modified", at]);
        await File.WriteAllTextAsync(Path.Combine(directory, "stream.json"), stream);
    }

    private static string Meta(string version, string arch) => $"builds/{version}/{arch}/meta.json";

    private static string MetaText(string version, string arch)
    {
        var commit = Sha256.Hex(version + arch);
        var container =
            string.CompareOrdinal(version, "43.20260330") >= 0
                ? $$"""
                    , "base-oscontainer": {"image": "registry.example/os", "digest": "sha256:{{Sha256.Hex(
                        "image" + version + arch
                    )}}", "tags": ["stable", "{{version}}"]}
                    """
                : "";
        var amis = arch is "x86_64" or "aarch64"
            ? $$""", "amis": [{"name": "us-east-1", "hvm": "ami-{{commit[..8]}}", "snapshot": "snap-{{commit[..8]}}"}]"""
            : "";
        return $$"""
            {"name": "os", "buildid": "{{version}}", "ostree-commit": "{{commit}}", "ostree-version": "{{version}}",
             "ostree-timestamp": "2026-01-01T00:00:00Z",
             "coreos-assembler.basearch": "{{arch}}",
             "images": {"ostree": {"path": "os-{{version}}-ostree.{{arch}}.tar", "sha256": "{{Sha256.Hex("tar" + commit)}}"},
                        "qemu": {"path": "os-{{version}}-qemu.{{arch}}.qcow2.xz", "sha256": "{{Sha256.Hex(
                "qemu" + commit
            )}}", "uncompressed-sha256": "{{Sha256.Hex("raw" + commit)}}"} }{{amis}}{{container}} }
            """;
    }

    private async Task<string> RunAsync(string[] arguments)
    {
        var run = await CliRun.Of(arguments, directory);
        return run.ExitCode == 0 ? run.Output : throw new InvalidOperationException($"pipeline {string.Join(' ', arguments)}\n{run.Error}");
    }

    private static class Sha256
    {
        public static string Hex(string text) =>
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
