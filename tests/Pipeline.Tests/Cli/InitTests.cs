using System.Text;
using System.Text.Json;
using Pipeline.Cli;
using Pipeline.Cli.Projects;
using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Manifests;
using Pipeline.Compose.Repos;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Model.Manifests;
using Pipeline.Model.Text;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Cli;

/// <summary><c>pipeline init</c> with the manifests of the checkout.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase("container-host")]
    [TestCase("minimal")]
    public async Task A_project_includes_the_manifests_of_the_checkout_and_has_nothing_that_stops_a_compose(string from)
    {
        var run = await CliRun.Of(["init", "os/my-os", "--from", from], _directory.Path);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        foreach (var architecture in Arch.All)
        {
            var (own, other) = (Read(At("manifest.yaml"), architecture), Read(SourceTree.Path($"manifests/{from}.yaml"), architecture));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(own.Blocking, Is.Empty);
                Assert.That(own.Manifest.Name, Is.EqualTo("my-os"));
                Assert.That(own.Manifest.Repos.Select(r => r.Text).Where(r => !IsDefined(own.Manifest, r)), Is.Empty, "repositories");
                Assert.That(own.Manifest.Ref, Is.EqualTo($"my-os/13/{architecture.Name}"));
                Assert.That(own.Manifest.Packages.Select(p => p.Text), Is.EqualTo(other.Manifest.Packages.Select(p => p.Text)));
                Assert.That(own.Manifest.Repos.Select(r => r.Text), Is.EqualTo(other.Manifest.Repos.Select(r => r.Text)));
                Assert.That(
                    own.Manifest.Layers.Select(l => l.Directory),
                    Is.EqualTo([.. other.Manifest.Layers.Select(l => l.Directory), At("overlay.d/50-my-os")])
                );
            }
        }
    }

    [Test]
    public async Task The_files_of_a_project_are_pinned()
    {
        Checkout("pipeline", "minimal");

        var run = await InitAsync("pipeline/artifacts/program", "init", "os/my-os", "--from", "minimal");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Golden.Check("Cli/init.txt", run.Output);
        Golden.Check("Cli/init-files.txt", Contents(At("")));
    }

    [Test]
    public async Task An_installed_program_copies_its_manifests_with_links_and_modes()
    {
        Checkout("lib", "minimal", marked: false);

        var run = await InitAsync("lib", "init", "os/my-os", "--from", "minimal");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var read = Read(At("manifest.yaml"), Arch.X86_64);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Blocking, Is.Empty);
            Assert.That(
                read.Manifest.Layers.Select(l => l.Directory),
                Is.EqualTo([At("base/overlay.d/10-base"), At("overlay.d/50-my-os")])
            );
            Assert.That(new FileInfo(At("base/overlay.d/10-base/usr/masked")).LinkTarget, Is.EqualTo("/dev/null"));
            Assert.That(File.GetUnixFileMode(At("base/overlay.d/10-base/usr/program")) & UnixFileMode.OtherExecute, Is.Not.Zero);
            Assert.That(File.Exists(At("base/rpm-minimal.repo")), Is.False);
            Golden.Check("Cli/init-files-copied.txt", Contents(At(""), "base/"));
        }
    }

    [Test]
    public async Task A_program_without_manifests_says_where_they_are_missing()
    {
        var run = await InitAsync("lib", "init", "os/my-os");

        Assert.That((run.ExitCode, Directory.Exists(_directory.File("os"))), Is.EqualTo((3, false)));
        Assert.That(run.Error, Does.Contain("error PL0392").And.Contain(_directory.File("lib/manifests")));
    }

    [Test]
    public async Task A_directory_that_is_not_empty_is_refused_by_what_is_there_and_stays_as_it_is()
    {
        foreach (var name in (string[])["a", "b", "c", "d", "e", "f", ".hidden"])
        {
            Write($"os/my-os/{name}", "");
        }

        foreach (
            var more in (string[][])
                [
                    [],
                    ["--dry-run"],
                ]
        )
        {
            var run = await CliRun.Of(["init", "os/my-os", .. more], _directory.Path);

            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("error PL0390: 'os/my-os' is not empty: it has '.hidden', 'a', 'b', 'c', 'd' and 2 more"));
            Assert.That(Directory.EnumerateFileSystemEntries(At("")).Count(), Is.EqualTo(7));
        }
    }

    [Test]
    public async Task An_empty_directory_stays_the_same_one_and_a_fresh_repository_is_as_good_as_empty()
    {
        Write("os/my-os/.git/HEAD", "");
        var before = UnixFile.Status(At(""))!.Value.Inode;

        var run = await CliRun.Of(["init", "."], At(""));

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(UnixFile.Status(At(""))!.Value.Inode, Is.EqualTo(before));
            Assert.That(File.Exists(At(".git/HEAD")));
            Assert.That(WorkDirectory.IsMarked(At("")));
            Assert.That(Directory.EnumerateFileSystemEntries(At("")).Select(Path.GetFileName), Has.None.StartsWith(".init"));
        }
    }

    [TestCase("file")]
    [TestCase("file/below")]
    [TestCase("")]
    public async Task What_can_be_no_directory_is_refused(string name)
    {
        Write("file", "kept");

        var run = await CliRun.Of(["init", name], _directory.Path);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
        Assert.That(run.Error, Does.Contain("error PL0391").And.Contain($"'{name}'"));
        Assert.That(await File.ReadAllTextAsync(_directory.File("file")), Is.EqualTo("kept"));
    }

    [Test]
    public async Task A_dry_run_names_the_files_and_makes_none()
    {
        var dry = await CliRun.Of(["init", "os/my-os", "--dry-run", "--json"], _directory.Path);
        Assert.That(Directory.Exists(_directory.File("os")), Is.False);
        var real = await CliRun.Of(["init", "os/my-os", "--json"], _directory.Path);

        using var json = JsonDocument.Parse(dry.Output);
        var files = json.RootElement.GetProperty("files").EnumerateArray().Select(f => f.GetString()!).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.RootElement.GetProperty("made").GetBoolean(), Is.False);
            Assert.That(dry.Output.Replace("\"made\": false", "\"made\": true", StringComparison.Ordinal), Is.EqualTo(real.Output));
            Assert.That(files, Is.EquivalentTo(Relative(At(""))));
        }
    }

    [Test]
    public void A_failure_leaves_nothing_and_takes_nothing_of_others([Values] bool exists)
    {
        var target = _directory.File("new/parent/my-os");
        if (exists)
        {
            Directory.CreateDirectory(target);
        }

        var manifests = new ProgramManifests(SourceTree.Path("manifests"), SourceTree.Root);
        var plan = ProjectPlan.Of(target, "my-os", "minimal", manifests);
        plan = plan with { Files = [.. plan.Files, new("z") { Source = _directory.File("nowhere") }] };

        Assert.Catch<IOException>(() => ProjectWriter.Write(plan, CancellationToken.None));

        Assert.That(Directory.Exists(_directory.File("new")), Is.EqualTo(exists));
        Assert.That(!exists || !Directory.EnumerateFileSystemEntries(target).Any());
    }

    [Test]
    public void What_came_into_the_directory_after_the_plan_is_neither_replaced_nor_removed([Values] bool exists)
    {
        var target = _directory.File("my-os");
        if (exists)
        {
            Directory.CreateDirectory(target);
        }

        var plan = ProjectPlan.Of(target, "my-os", "minimal", new(SourceTree.Path("manifests"), SourceTree.Root));
        Write("my-os/manifest.yaml", "theirs");

        Assert.Catch<IOException>(() => ProjectWriter.Write(plan, CancellationToken.None));

        Assert.That(Relative(target), Is.EqualTo(["manifest.yaml"]));
        Assert.That(File.ReadAllText(_directory.File("my-os/manifest.yaml")), Is.EqualTo("theirs"));
        Assert.That(Directory.EnumerateFileSystemEntries(_directory.Path).Select(Path.GetFileName), Is.EqualTo(["my-os"]));
    }

    [TestCase("my os", "my-os", true)]
    [TestCase("${releasever}", "releasever", true)]
    [TestCase("a'; rm -rf ~ #", "a-rm--rf", true)]
    [TestCase("new\nline: x", "new-line-x", true)]
    [TestCase("ünïcode", "n-code", true)]
    [TestCase("__", "my-os", false)]
    [TestCase("-C", "C", false)]
    [TestCase("123", "123", false)]
    [TestCase("true", "true", false)]
    public async Task Every_name_of_a_directory_makes_a_project_that_can_be_read(string directory, string name, bool copied)
    {
        var run = await CliRun.Of(["init", "--json", "--", directory], _directory.Path);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var read = Read(_directory.File($"{directory}/manifest.yaml"), Arch.X86_64);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.RootElement.GetProperty("copied").GetBoolean(), Is.EqualTo(copied));
            Assert.That(read.Blocking, Is.Empty);
            Assert.That(read.Manifest.Name, Is.EqualTo(name));
            Assert.That(YamlText.Parse("build.yaml", await File.ReadAllTextAsync(Workflow()), new()), Is.Not.Null);
        }

        string Workflow() => _directory.File($"{directory}/.github/workflows/build.yaml");
    }

    [Test]
    public async Task Links_on_the_way_are_followed_before_relative_paths_are_written()
    {
        Checkout("real/deep/pipeline", "minimal");
        Directory.CreateDirectory(_directory.File("real/else/where"));
        File.CreateSymbolicLink(_directory.File("link"), "real/else/where");

        var run = await InitAsync("real/deep/pipeline/artifacts/program", "init", "link/my-os", "--from", "minimal");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Read(_directory.File("real/else/where/my-os/manifest.yaml"), Arch.X86_64).Blocking, Is.Empty);
    }

    private bool IsDefined(Manifest manifest, string repository) =>
        new RepositorySource(At(""), "", manifest).PlacesOf(repository).Any(p => DebFamily.Instance.FileOf(p.Path, repository) is not null);

    private string At(string path) => Path.TrimEndingDirectorySeparator(Path.Combine(_directory.File("os/my-os"), path));

    /// <summary>A checkout, or a directory of an installed program, with a manifest and a layer.</summary>
    private void Checkout(string name, string manifest, bool marked = true)
    {
        Directory.CreateDirectory(_directory.File($"{name}/artifacts/program"));
        if (marked)
        {
            Write($"{name}/{WorkDirectory.Marker}", "");
        }

        Write($"{name}/manifests/{manifest}.yaml", "schema: compose/v1\ninclude: system.yaml\n");
        Write($"{name}/manifests/system.yaml", "packages: [a]\nrepos: [r]\nreleasever: 13\nostree-layers: [overlay/10-base]\n");
        Write($"{name}/manifests/rpm-minimal.repo", "");
        Write($"{name}/manifests/overlay.d/10-base/usr/program", "");
        UnixFile.SetMode(_directory.File($"{name}/manifests/overlay.d/10-base/usr/program"), 0x1ed);
        File.CreateSymbolicLink(_directory.File($"{name}/manifests/overlay.d/10-base/usr/masked"), "/dev/null");
    }

    private async Task<CliRun> InitAsync(string program, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var services = SilentServices.In(_directory.Path) with
        {
            Output = output,
            Error = error,
            Reporter = new Reporter(error, ReporterStyle.Plain, TimeProvider.System),
            ProgramDirectory = _directory.File(program),
        };
        var code = await CommandLine.RunAsync(services, arguments, CancellationToken.None);
        return new(code, output.ToString(), error.ToString());
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(name))!);
        File.WriteAllText(_directory.File(name), text);
    }

    private static ReadManifest Read(string path, Arch architecture) =>
        ManifestReader.Read(
            new()
            {
                Path = path,
                Display = "manifest.yaml",
                Architecture = architecture,
            }
        );

    private static string[] Relative(string directory) =>
        [
            .. Directory
                .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(directory, f))
                .Order(StringComparer.Ordinal),
        ];

    private static string Contents(string directory, string? without = null)
    {
        var text = new StringBuilder();
        foreach (var file in Relative(directory).Where(f => without is null || !f.StartsWith(without, StringComparison.Ordinal)))
        {
            var path = Path.Combine(directory, file);
            var executable = (File.GetUnixFileMode(path) & UnixFileMode.OtherExecute) != 0 ? " (executable)" : "";
            text.Append("=== ").Append(file).Append(executable).Append('\n').Append(File.ReadAllText(path));
        }

        return text.ToString();
    }
}
