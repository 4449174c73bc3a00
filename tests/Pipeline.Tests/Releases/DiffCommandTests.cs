using System.Formats.Tar;
using System.Text.Json;
using Pipeline.Host.Builds;
using Pipeline.Host.Files;
using Pipeline.Host.Tools;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.TestKit;
using Pipeline.Tests.Cli;

namespace Pipeline.Tests.Releases;

/// <summary><c>diff</c> over real commits: builds here, in a store, and tars.</summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DiffCommandTests : IDisposable
{
    private const string Old = "13.20260801.0.dev0";
    private const string New = "13.20260901.0.dev0";
    private readonly TemporaryDirectory _directory = new();
    private readonly ToolRunner _tools = new();

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Builds_differ_in_packages_files_units_and_sizes(CancellationToken cancellationToken)
    {
        await BothAsync(cancellationToken);

        var text = await RunAsync("diff", Old);
        var stat = await RunAsync("diff", Old, New, "--stat");
        var json = await RunAsync("diff", Old, New, "--json");
        var none = await RunAsync("diff", New, "latest", "--stat");

        using var document = JsonDocument.Parse(json.Output);
        var files = document.RootElement.GetProperty("files");
        var package = document.RootElement.GetProperty("packages").GetProperty("upgraded")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((text.ExitCode, stat.ExitCode, json.ExitCode), Is.EqualTo((0, 0, 0)), text.Error + json.Error);
            Assert.That(
                text.Output,
                Does.Contain(
                    "packages: 1 upgraded\n  upgraded   bash.amd64 5.2-1 -> 5.2-2\n"
                        + "             https://metadata.ftp-master.debian.org/changelogs/main/b/bash/bash_5.2-2_changelog\n"
                )
            );
            Assert.That(
                text.Output,
                Does.Contain(
                    "kernel arguments: 2 added, 1 removed\n  added      arg=2\n  added      qemu: console=ttyS1\n  removed    arg=1\n"
                )
            );
            Assert.That(stat.Output, Does.Contain("kernel arguments: 2 added, 1 removed\nsize:"));
            Assert.That(package.GetProperty("changelog").GetString(), Does.EndWith("/bash_5.2-2_changelog"));
            Assert.That(text.Output, Does.Contain("  changed    /usr/lib/mode (mode: -00644 0:0 2 -> -00600 0:0 2)\n"));
            Assert.That(text.Output, Does.Contain("  changed    /usr/lib/text (content: -00644 0:0 2 -> -00644 0:0 2)\n"));
            Assert.That(text.Output, Does.Contain("units: 1 added, 1 enabled\n  added      a.service\n  enabled    a.service\n"));
            Assert.That(stat.Output, Does.Contain("units: 1 added, 1 enabled\nkernel arguments:").And.Not.Contain("/usr/lib/text"));
            Assert.That(
                files.GetProperty("changed").EnumerateArray().Select(f => f.GetProperty("path").GetString()),
                Does.Contain("/usr/lib/text")
            );
            Assert.That(none.Output, Does.Contain("files: no difference").And.Contain("packages: no difference"));
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task A_tar_and_a_build_of_a_store_are_compared_too(CancellationToken cancellationToken)
    {
        await BothAsync(cancellationToken);
        var tar = _directory.File($"builds/{Old}/x86_64/os-{Old}-ostree.x86_64.tar");
        var store = $"file:{_directory.File("store")}";
        await RunAsync("builds", "push", Old, "--store", store, "--arch", "x86_64");

        var byTar = await RunAsync("diff", tar, New, "--arch", "x86_64");
        Directory.Delete(_directory.File($"builds/{Old}"), recursive: true);
        var builds = new BuildStore(new(_directory.Path), TimeProvider.System);
        await builds.ForgetAsync([Old], cancellationToken);
        var gone = await RunAsync("diff", Old, New, "--arch", "x86_64");
        var fetched = await RunAsync("diff", Old, New, "--arch", "x86_64", "--store", store);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(byTar.Output, Does.Contain("upgraded   bash.amd64 5.2-1 -> 5.2-2\n").And.Contain("/usr/lib/text"), byTar.Error);
            Assert.That(byTar.Output, Does.Contain("added      arg=2\n").And.Contain("added      qemu: console=ttyS1\n"));
            Assert.That(gone.ExitCode, Is.EqualTo(2));
            Assert.That(fetched.Output, Does.Contain("upgraded   bash.amd64").And.Contain("/usr/lib/text"), fetched.Error);
            Assert.That(fetched.Output, Does.Contain("qemu: console=ttyS1").And.Not.Contain("qemu: console=ttyS0"), "the store knows them");
            Assert.That(Directory.Exists(_directory.File($"builds/{Old}")), Is.False);
        }
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.Of(arguments, _directory.Path);

    private async Task BothAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(_directory.File(WorkDirectory.Marker), "", cancellationToken);
        var tree = Directory.CreateDirectory(_directory.File("tree/usr/lib")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "text"), "a\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(tree, "mode"), "a\n", cancellationToken);
        await BuildAsync(Old, "5.2-1", 0x1a4, cancellationToken, "console=ttyS0");
        var units = Directory.CreateDirectory(Path.Combine(tree, "systemd/system/multi-user.target.wants")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(units, "a.service"), "[Unit]\n", cancellationToken);
        File.CreateSymbolicLink(Path.Combine(units, "multi-user.target.wants/a.service"), "../a.service");
        await File.WriteAllTextAsync(Path.Combine(tree, "text"), "b\n", cancellationToken);
        await BuildAsync(New, "5.2-2", 0x180, cancellationToken, "console=ttyS0", "console=ttyS1");
    }

    private async Task BuildAsync(string id, string bash, int mode, CancellationToken cancellationToken, params string[] arguments)
    {
        var tree = _directory.File("tree");
        var number = bash[^1];
        Directory.CreateDirectory(Path.Combine(tree, "usr/lib/bootc/kargs.d"));
        await File.WriteAllTextAsync(
            Path.Combine(tree, "usr/lib/bootc/kargs.d/10.toml"),
            $"kargs = [\"arg={number}\"]\nmatch-architectures = [\"x86_64\"]\n",
            cancellationToken
        );
        Directory.CreateDirectory(Path.Combine(tree, "usr/lib/sysimage/dpkg"));
        await File.WriteAllTextAsync(
            Path.Combine(tree, "usr/lib/sysimage/dpkg/status"),
            $"Package: bash\nArchitecture: amd64\nVersion: {bash}\n",
            cancellationToken
        );
        File.SetUnixFileMode(Path.Combine(tree, "usr/lib/text"), (UnixFileMode)0x1a4);
        File.SetUnixFileMode(Path.Combine(tree, "usr/lib/mode"), (UnixFileMode)mode);
        var repo = _directory.File($"repo-{id}");
        await _tools.RunAsync(new("ostree", ["init", $"--repo={repo}", "--mode=archive"]), cancellationToken);
        ValueList<string> commits =
        [
            "commit",
            $"--repo={repo}",
            "--branch=os",
            "--owner-uid=0",
            "--owner-gid=0",
            "--no-xattrs",
            $"--tree=dir={tree}",
        ];
        var commit = (await _tools.RunAsync(new("ostree", commits), cancellationToken)).Text.Trim();
        var staging = Directory.CreateDirectory(_directory.File("builds/.staging")).FullName;
        var archive = Path.Combine(staging, $"os-{id}-ostree.x86_64.tar");
        await TarFile.CreateFromDirectoryAsync(repo, archive, includeBaseDirectory: false, cancellationToken);
        var sum = Digest.Of(await File.ReadAllBytesAsync(archive, cancellationToken)).Hex;
        await File.WriteAllTextAsync(
            Path.Combine(staging, "meta.json"),
            $$"""
            {"buildid": "{{id}}", "name": "os", "ostree-commit": "{{commit}}", "coreos-assembler.basearch": "x86_64", "images": {
              "ostree": {"path": "{{Path.GetFileName(archive)}}", "sha256": "{{sum}}", "size": {{new FileInfo(archive).Length}}} } }
            """,
            cancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(staging, "commitmeta.json"),
            $$"""{"rpmostree.rpmdb.pkglist": [["bash", "0", "{{bash.Split('-')[0]}}", "{{bash.Split('-')[1]}}", "amd64"]]}""",
            cancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(staging, "manifest-lock.generated.x86_64.json"),
            $$"""
            {"packages": {"bash": {"metadata": {
              "source": "bash", "repo": "debian", "location": "pool/main/b/bash/bash_{{bash}}_amd64.deb"} } } }
            """,
            cancellationToken
        );
        var record = new StepRecord(new("image-qemu", 1, []), [], Cached: false, TimeSpan.Zero) { KernelArguments = [.. arguments] };
        Directory.CreateDirectory(Path.Combine(staging, "steps"));
        await File.WriteAllTextAsync(
            BuildStore.StepFile(staging, "image-qemu"),
            JsonTextWriter.Write(record.ToJson(), JsonStyle.Pretty),
            cancellationToken
        );
        await new BuildStore(new(_directory.Path), TimeProvider.System).PublishAsync(
            staging,
            id,
            Pipeline.Model.Values.Architecture.X86_64,
            replace: false,
            _ => { },
            cancellationToken
        );
    }
}
