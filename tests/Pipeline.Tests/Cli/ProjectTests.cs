using Pipeline.Host.Files;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Cli;

/// <summary>Which directory a verb means: the marked one that the user stands in, and its tests and manifest.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ProjectTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase(WorkDirectory.Marker)]
    [TestCase(WorkDirectory.ProjectMarker)]
    public void The_nearest_marked_directory_is_the_work_directory(string marker)
    {
        Write("a/cake.config", "");
        Write($"a/b/{marker}", "");
        Directory.CreateDirectory(_directory.File("a/b/c"));

        Assert.That(WorkDirectory.Find(null, null, _directory.File("a/b/c")).Root, Is.EqualTo(_directory.File("a/b")));
    }

    [Test]
    public async Task Outside_of_a_marked_directory_a_verb_offers_init_and_the_marker()
    {
        var run = await CliRun.Of(["builds", "list"], _directory.Path);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(
            run.Error,
            Does.Contain("error PL0330: no 'pipeline.project' or 'cake.config' in")
                .And.Contain("'pipeline init DIR'")
                .And.Contain("'touch pipeline.project'")
                .And.Contain("-C DIR")
        );
    }

    [TestCase("project", "work", "own", TestName = "-C does not hide the tests of the project that the user stands in")]
    [TestCase("project/below", "work", "own", TestName = "-C does not hide the tests of the project around the user")]
    [TestCase("project", "other", "other", TestName = "-C of another project means its tests")]
    [TestCase("bare", "work", "work", TestName = "-C outside of a project means the tests there")]
    [TestCase("empty", "work", "work", TestName = "-C in a project without tests means the tests there")]
    public async Task Tests_are_found(string current, string work, string expected)
    {
        Write("project/pipeline.project", "");
        Write("empty/pipeline.project", "");
        Write("other/pipeline.project", "");
        Directory.CreateDirectory(_directory.File("project/below"));
        Directory.CreateDirectory(_directory.File("bare"));
        KolaTest("project/kola-tests/own");
        KolaTest("other/kola-tests/other");
        KolaTest("work/kola-tests/work");

        var option = await CliRun.Of(["-C", _directory.File(work), "kola", "list"], _directory.File(current));
        var variable = await CliRun.Of(
            ["kola", "list"],
            _directory.File(current),
            environment: new Dictionary<string, string> { ["PIPELINE_WORKDIR"] = _directory.File(work) }
        );

        Assert.That(option.Output.Split(' ')[0], Is.EqualTo($"ext.kola-tests.{expected}"), option.Error);
        Assert.That(variable.Output, Is.EqualTo(option.Output));
    }

    [Test]
    public async Task A_denylist_of_the_project_counts_with_another_work_directory()
    {
        Write("project/pipeline.project", "");
        Write("project/kola-denylist.yaml", "- pattern: ext.kola-tests.own\n  tracker: https://example.com/1\n");
        KolaTest("project/kola-tests/own");
        Directory.CreateDirectory(_directory.File("work"));

        var run = await CliRun.Of(["-C", _directory.File("work"), "kola", "list"], _directory.File("project"));

        Assert.That(run.Output, Does.Contain("skipped:"), run.Error);
    }

    [TestCase("project", "manifest.yaml")]
    [TestCase("project/below", "../manifest.yaml")]
    [TestCase("bare", "manifests/container-host.yaml")]
    [TestCase("both", "manifests/container-host.yaml")]
    public async Task Compose_without_a_manifest_takes_the_one_of_the_project(string current, string expected)
    {
        Write("project/pipeline.project", "");
        Write("project/manifest.yaml", "wrong: key\n");
        Directory.CreateDirectory(_directory.File("project/below"));
        Write("both/manifest.yaml", "wrong: key\n");
        Write("both/manifests/container-host.yaml", "wrong: key\n");
        Directory.CreateDirectory(_directory.File("bare"));

        var run = await CliRun.Of(["-C", _directory.File("work"), "compose"], _directory.File(current));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain($"{expected}:1:1: error").Or.Contain($"'{expected}' does not exist"));
    }

    private void KolaTest(string name)
    {
        Write(name, "#!/bin/sh\n");
        UnixFile.SetMode(_directory.File(name), FileModes.Executable);
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(name))!);
        File.WriteAllText(_directory.File(name), text);
    }
}
