using System.Diagnostics;
using System.Text;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Images;
using Pipeline.TestKit;
using Pipeline.TestKit.Live;
using Pipeline.Tests.Contracts;
using Pipeline.Tests.Host;
using Pipeline.Tests.Provisioning;
using Pipeline.Tests.Stores;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Cli;

/// <summary>
/// Every file that a verb reads, damaged in every way we know, through the whole command line: there is an answer or a diagnostic, and
/// never an internal error.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GarbageTests : IDisposable
{
    private const string Id = "43.20260901.3.0";
    private const string Bad = "BAD";
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>The file that is damaged, and the call; <c>BAD</c> is its path.</summary>
    private static IEnumerable<TestCaseData> Verbs()
    {
        foreach (
            var (kind, file) in new[]
            {
                ("stream", "stream.json"),
                ("updates", "updates.json"),
                ("releases", "releases.json"),
                ("releases", "releases-oci.json"),
                ("release", "release.json"),
                ("builds", "builds.json"),
                ("meta", "meta-full.json"),
                ("graph", "graph.json"),
                ("notes", "notes.yml"),
                ("notes", "notes.json"),
                ("lock", "manifest-lock.x86_64.json"),
                ("overrides", "manifest-lock.overrides.yaml"),
                ("denylist", "kola-denylist.yaml"),
                ("pipeline", "pipeline.yaml"),
            }
        )
        {
            yield return Case(file, $"contract check {kind} {Bad}");
        }

        yield return Case("updates.json", $"rollout report {Bad} --index releases.json");
        yield return Case("releases.json", $"rollout report updates.json --index {Bad}");
        yield return Case("updates.json", $"rollout print {Bad}");
        yield return Case("updates.json", $"rollout clean {Bad} --dry-run");
        yield return Case("updates.json", $"rollout add {Bad} 44.20990101.3.0 --start @4000000000 --hours 48 --dry-run");
        yield return Case("updates.json", $"rollout pause {Bad} 44.20990101.3.0 --dry-run");
        yield return Case("releases.json", $"graph build --index {Bad} --updates updates.json --arch x86_64");
        yield return Case("updates.json", $"graph build --index releases.json --updates {Bad} --arch x86_64");
        yield return Case("releases-oci.json", $"graph build --index {Bad} --updates updates.json --arch x86_64 --oci");
        yield return Case("releases.json", $"graph show --index {Bad} --updates updates.json --arch x86_64 --format dot");
        yield return Case("updates.json", $"graph show --index releases.json --updates {Bad} --arch x86_64");
        yield return Case("updates.json", $"graph simulate --index releases.json --updates {Bad} --arch x86_64");
        yield return Case("releases.json", $"graph simulate --index {Bad} --updates updates.json --arch x86_64 --fleet 100");
        yield return Case("release.json", $"stream generate --release {Bad}");
        yield return Case("releases.json", $"stream generate --index {Bad} --release-root .");
        yield return Case("stream.json", $"stream generate --release release.json --override {Bad}");
        yield return Case("stream.json", $"stream diff {Bad} stream.json");
        yield return Case("releases.json", $"release index {Bad} --add release.json");
        yield return Case("release.json", $"release index releases.json --add {Bad}");
        yield return Case("meta-full.json", $"release metadata {Bad} --stream stable --base-url https://example.com/prod");
        yield return Case("notes.yml", $"release notes {Bad}");
        yield return Case("builds.json", $"version compute --major 44 --stream stable --builds {Bad}");
        yield return Case("manifest-lock.x86_64.json", $"version compute --major 44 --stream stable --lock {Bad} --builds builds.json");
        yield return Case("builds.json", "builds list", "work/builds/builds.json");
        yield return Case("builds.json", "builds show latest --arch x86_64", "work/builds/builds.json");
        yield return Case("meta.json", "builds show latest --arch x86_64", $"work/builds/{Id}/x86_64/meta.json");
        yield return Case("meta.json", "builds push --store file:empty --dry-run", $"work/builds/{Id}/x86_64/meta.json");
        yield return Case("meta.json", "images latest --arch x86_64 --offline", $"work/builds/{Id}/x86_64/meta.json");
        yield return Case("meta.json", "builds fetch --store file:store --artifact qemu", $"store/builds/{Id}/x86_64/meta.json");
        yield return Case("builds.json", "builds fetch --store file:store", "store/builds/builds.json");
        yield return Case("builds.json", "builds push --store file:store --dry-run", "store/builds/builds.json");
        yield return Case("builds.json", "builds prune --store file:store --keep 1 --dry-run", "store/builds/builds.json");
        yield return Case("releases.json", "builds prune --store file:store --keep 1 --dry-run", "store/releases.json");
        yield return Case("releases.json", "builds prune --keep 1 --dry-run", "work/releases.json");
        yield return Case("builds.json", "builds prune --keep 1 --dry-run", "work/builds/builds.json");
        yield return Case("head.json", "builds list", "work/builds/.pruned");
        yield return Case("config.bu", $"butane {Bad} --files-dir .");
        foreach (var verb in new[] { "validate", "show", "upgrade --to 3.5.0", "merge good.ign" })
        {
            yield return Case("good.ign", $"ignition {verb} {Bad}");
        }

        yield return Case("m.yaml", $"manifest show {Bad}", "bad.yaml");
        yield return Case("part.yaml", "manifest show m.yaml", "part.yaml");
        yield return Case("m.yaml", $"compose {Bad} --offline --mirror tiny=http://127.0.0.1:9", "bad.yaml");
        yield return Case("tiny.sources", "compose m.yaml --offline --mirror tiny=http://127.0.0.1:9", "tiny.sources");
        yield return Case("tiny.pgp", "compose m.yaml --offline --mirror tiny=http://127.0.0.1:9", "tiny.pgp");
        yield return Case("kola-denylist.yaml", "kola list -E tests", "tests/kola-denylist.yaml");
        yield return Case("good.ign", "kola list -E tests", "tests/basic/config.ign");
        yield return Case("config.bu", "kola list -E tests", "tests/other/config.bu");
        yield return Case("test.sh", "kola list -E tests", "tests/basic/test.sh");
        yield return Case("app.deb", $"package inspect {Bad}");
        yield return Case("app.rpm", $"package inspect {Bad}");
        yield return Case("live.iso", $"iso inspect {Bad}");
        yield return Case("live.iso", $"iso kargs modify -a x {Bad}");
        yield return Case("ignition.img", $"pxe ignition unwrap {Bad}");
        yield return Case("ignition.img", $"pxe network unwrap {Bad}");
        yield return Case("good.ign", $"iso customize live.iso --force --dest-ignition {Bad}");
        yield return Case("install.yaml", $"iso customize live.iso --force --installer-config {Bad}");
        yield return Case("stream.json", "download --insecure -p none --stream-base-url streams", "streams/stable.json");
        const string promote = "promote testing-devel testing --config streams --dry-run";
        yield return Case("manifest-lock.x86_64.json", promote, "streams/testing-devel/manifest-lock.x86_64.json");
        yield return Case("manifest-lock.x86_64.json", promote, "streams/testing/manifest-lock.x86_64.json");
        yield return Case("plan.journal", "builds prune --keep 1", "work/tmp/plans/builds prune-0.journal");
    }

    [TestCaseSource(nameof(Verbs)), CancelAfter(600_000)]
    public async Task Damaged_input_is_never_an_internal_error(string file, string call, string place, CancellationToken cancellationToken)
    {
        await MakeAsync();
        var path = _directory.File(place.Length == 0 ? $"bad-{file}" : place);
        var good = await File.ReadAllBytesAsync(_directory.File(file), cancellationToken);
        var args = call.Split(' ').Select(a => a == Bad ? Path.GetFileName(path) : a).ToArray();
        var wrong = new List<string>();
        foreach (var (name, bytes) in Garbage.Of(good))
        {
            await File.WriteAllBytesAsync(path, bytes, cancellationToken);
            await RunAsync(args, name, wrong);
        }

        foreach (var kind in new[] { "fifo", "directory", "link to a device", "nothing" })
        {
            File.Delete(path);
            if (kind != "nothing")
            {
                await RegularFileTests.MakeAsync(Path.GetDirectoryName(path)!, Path.GetFileName(path), kind, cancellationToken);
            }

            await RunAsync(args, kind, wrong);
            if (kind == "directory")
            {
                Directory.Delete(path, recursive: true);
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    private async Task RunAsync(string[] args, string name, List<string> wrong)
    {
        var watch = Stopwatch.StartNew();
        var run = await CliRun.Of(["-C", _directory.File("work"), .. args], _directory.Path).WaitAsync(TimeSpan.FromMinutes(2));
        if (run.Error.Contains("PL0000", StringComparison.Ordinal) || run.ExitCode is < 0 or > 5)
        {
            wrong.Add($"{name}: {run.ExitCode} {run.Error[..Math.Min(run.Error.Length, 300)]}");
        }
        else if ((run.Error + run.Output).Any(c => c is < ' ' and not ('\n' or '\t' or '\r') or '\x7f'))
        {
            wrong.Add($"{name}: control characters: {run.Error[..Math.Min(run.Error.Length, 300)]}");
        }
        else if (watch.Elapsed > Slow)
        {
            wrong.Add($"{name}: took {watch.Elapsed}");
        }
    }

    private static TestCaseData Case(string file, string call, string place = "") =>
        new TestCaseData(file, call, place).SetArgDisplayNames(file, call.Replace(Bad, file, StringComparison.Ordinal), place);

    /// <summary>A good file of every kind, a work directory and a store.</summary>
    private async Task MakeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(ContractFiles.Root))
        {
            File.Copy(file, _directory.File(Path.GetFileName(file)));
        }

        await TestBuild.MakeAsync(new BuildStore(new WorkDirectory(_directory.File("work")), TimeProvider.System), Id, Arch.X86_64);
        var here = new BuildStore(new WorkDirectory(_directory.File("work")), TimeProvider.System);
        using (var store = new Pipeline.Host.Net.Objects.LocalObjectStore(_directory.File("store")))
        {
            await TransferRuns.PushAsync(here, store, new(Id, [Arch.X86_64], []), CancellationToken.None);
        }

        File.Copy(_directory.File($"work/builds/{Id}/x86_64/meta.json"), _directory.File("meta.json"));
        File.Copy(_directory.File("releases.json"), _directory.File("store/releases.json"));
        await File.WriteAllTextAsync(_directory.File("head.json"), $"{Id}\n43.20260801.3.0\n");
        await File.WriteAllBytesAsync(
            _directory.File("config.bu"),
            Encoding.UTF8.GetBytes(TestFiles.Read("butane", TestFiles.Butane().First()))
        );
        await File.WriteAllBytesAsync(
            _directory.File("good.ign"),
            Encoding.UTF8.GetBytes(TestFiles.Read("ignition", TestFiles.Ignition().First()))
        );
        await File.WriteAllTextAsync(
            _directory.File("m.yaml"),
            "schema: compose/v1\nmetadata: {name: test, summary: a test}\ninclude: part.yaml\nrepos: [tiny]\nref: t/x\n"
                + "packages: [app, lib]\nvariables: {a: b}\npostprocess:\n  - |\n    #!/bin/sh\n    true\n"
        );
        await File.WriteAllTextAsync(_directory.File("part.yaml"), "packages: [more]\nexclude-packages: [less]\nunits: [a.service]\n");
        TinyRepository.WriteSources(_directory.Path);
        var package = TinyRepository.Package("app", files: [new("usr/share/app/x", "x")]);
        await File.WriteAllBytesAsync(_directory.File("app.deb"), package.Build());
        await File.WriteAllBytesAsync(_directory.File("app.rpm"), new TinyRpm(package).Build());
        LiveIsoFixture.Of("2023-07").WriteTo(_directory.File("live.iso"));
        await File.WriteAllBytesAsync(_directory.File("ignition.img"), LiveMedia.WrapNetwork([new("k", "K"u8.ToArray())]));
        await File.WriteAllTextAsync(_directory.File("install.yaml"), "dest-device: /dev/sda\nappend-karg: [a, b]\n");
        await File.WriteAllTextAsync(_directory.File("plan.journal"), "{}\ndone 0\n");
        Directory.CreateDirectory(_directory.File("work/tmp/plans"));
        foreach (var stream in new[] { "streams/testing", "streams/testing-devel" })
        {
            Directory.CreateDirectory(_directory.File(stream));
            File.Copy(_directory.File("manifest-lock.x86_64.json"), _directory.File($"{stream}/manifest-lock.x86_64.json"));
        }

        Directory.CreateDirectory(_directory.File("tests/basic"));
        Directory.CreateDirectory(_directory.File("tests/other"));
        const string script =
            "#!/bin/bash\n## kola:\n##   exclusive: false\n##   tags: \"a b\"\n##   timeoutMin: 5\n##   description: x\ntrue\n";
        foreach (var test in new[] { "tests/basic/test.sh", "tests/other/test.sh", "test.sh" })
        {
            await File.WriteAllTextAsync(_directory.File(test), script);
            File.SetUnixFileMode(
                _directory.File(test),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute
            );
        }
    }
}
