using Pipeline.Build.Tasks;
using Pipeline.Cli.Projects;
using Pipeline.Host.Files;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Tests.Build;

/// <summary>What <c>./build.sh --target=Install</c> leaves below its prefix.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class InstallationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Program => _directory.File("bin/pipeline");

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task The_program_runs_by_the_name_that_is_on_path()
    {
        Assert.That(Install("one"), Is.EqualTo(Program));
        Assert.That(await RunAsync(), Is.EqualTo("one\n"));
    }

    [Test]
    public async Task A_newer_one_takes_its_place_and_leaves_nothing_of_it()
    {
        Install("one", "only-in-one.dll");
        Install("two");

        Assert.That(await RunAsync(), Is.EqualTo("two\n"));
        Assert.That(Directory.EnumerateFileSystemEntries(_directory.File("lib")).Select(Path.GetFileName), Is.EqualTo(["pipeline"]));
        Assert.That(File.Exists(_directory.File("lib/pipeline/only-in-one.dll")), Is.False);
    }

    [Test]
    public void Projects_find_the_manifests_beside_the_program()
    {
        Installation.Copy(SourceTree.Path("manifests"), _directory.File("lib/pipeline/manifests"));

        var found = ProgramManifests.Find(_directory.File("lib/pipeline"));

        Assert.That(found.Checkout, Is.Null);
        var links = Directory.EnumerateFileSystemEntries(found.Directory, "*", SearchOption.AllDirectories);
        Assert.That(links.Any(e => new FileInfo(e).LinkTarget == "/dev/null"), Is.True, "links are copied as links");
    }

    [Test]
    public void What_a_killed_install_left_is_removed()
    {
        var staging = new Installation(_directory.Path).Staging();
        File.WriteAllText(Path.Combine(staging, "half.dll"), "");

        Install("one");

        Assert.That(File.Exists(_directory.File("lib/pipeline/half.dll")), Is.False);
    }

    [TestCase("share/bash-completion/completions/pipeline")]
    [TestCase("share/zsh/site-functions/_pipeline")]
    [TestCase("share/fish/vendor_completions.d/pipeline.fish")]
    public void Shells_find_its_completion(string place)
    {
        Install("one");
        Assert.That(File.ReadAllText(_directory.File(place)), Does.Contain("[suggest:"));
    }

    [Test]
    public void The_prefix_is_what_was_said_or_in_the_home()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Installation.PrefixOf("/usr/local", "/home/me", "/src"), Is.EqualTo("/usr/local"));
            Assert.That(Installation.PrefixOf("out", "/home/me", "/src"), Is.EqualTo("/src/out"));
            Assert.That(Installation.PrefixOf(null, "/home/me", "/src"), Is.EqualTo("/home/me/.local"));
            Assert.That(
                Assert.Throws<PipelineException>(() => Installation.PrefixOf(null, null, "/src"))!.Diagnostics[0].Hint,
                Does.Contain("--prefix")
            );
        }
    }

    [TestCase("/usr/bin:/home/me/.local/bin", ExpectedResult = true)]
    [TestCase("/home/me/.local/bin/:/usr/bin", ExpectedResult = true)]
    [TestCase("/home/me/.local/bin-more:/usr/bin", ExpectedResult = false)]
    [TestCase(null, ExpectedResult = false)]
    public bool A_shell_finds_it_on_path(string? path) => Installation.IsOnPath("/home/me/.local/bin", path);

    [TestCase("/home/me/.local/lib/pipeline/", "/home/me/.local/lib/pipeline/", ExpectedResult = "/home/me/.local/lib/pipeline/")]
    [TestCase("/src/program/", "/opt/dotnet/shared/Microsoft.NETCore.App/10.0.0/", ExpectedResult = "/src/program/ /opt/dotnet")]
    public string A_worker_is_shown_the_program_and_not_what_is_around_it(string program, string runtime) =>
        string.Join(' ', WorkerClient.ProgramPlaces(program, runtime));

    private string Install(string says, params string[] more)
    {
        var installation = new Installation(_directory.Path);
        var staging = installation.Staging();
        var program = Path.Combine(staging, "pipeline");
        File.WriteAllText(program, $"#!/bin/sh\necho {says}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (var file in more)
        {
            File.WriteAllText(Path.Combine(staging, file), "");
        }

        return installation.Finish();
    }

    private async Task<string> RunAsync() => (await new ToolRunner().RunAsync(new(Program, []), CancellationToken.None)).Text;
}
