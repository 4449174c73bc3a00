using Pipeline.Compose.Families.Deb;
using Pipeline.Compose.Trees;
using Pipeline.Host.Sandbox;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.Tests.Host.Trees;

namespace Pipeline.Tests.Compose.Trees;

/// <summary>What is looked at before and after a script runs in a tree.</summary>
[TestFixture, Parallelizable(ParallelScope.All), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TreeSandboxTests : TreeFixture
{
    private readonly ScriptedTools _tools = new();

    private TreeSandbox Sandbox =>
        new(_tools, new NativeRunner(), DateTimeOffset.UnixEpoch, Outside + ".log", Outside + ".scratch", DebLayout.Layout);

    [TestCase("usr/share/doc", "usr/share/doc")]
    [TestCase("usr/share/doc", "usr/share")]
    [TestCase("opt/a/b", "opt/a")]
    public async Task A_link_on_the_way_to_a_mount_point_is_refused_before_anything_runs(string point, string link)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(link))!);
        File.CreateSymbolicLink(At(link), "/oldroot" + Outside);

        var refused = await Assert.ThrowsAsync<PipelineException>(() => RunAsync(b => b with { Memory = [.. b.Memory, "/" + point] }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused!.Exit, Is.EqualTo(ExitClass.Refused));
            Assert.That(refused.Message, Does.Contain($"'/{link}'"));
            Assert.That(_tools.Runs, Is.Zero);
        }
    }

    [Test]
    public async Task Programs_that_are_hidden_are_files_or_missing()
    {
        Directory.CreateDirectory(At("opt"));
        File.WriteAllText(At("opt/tool"), "x");
        await Sandbox.RunAsync("script", Tree, "#!/bin/sh\n", [new("/dev/null", "/opt/tool"), new("/dev/null", "/opt/gone")], default);
        File.Delete(At("opt/tool"));
        File.CreateSymbolicLink(At("opt/tool"), "/oldroot" + Outside + "/new");

        var refused = await Assert.ThrowsAsync<PipelineException>(() =>
            Sandbox.RunAsync("script", Tree, "#!/bin/sh\n", [new("/dev/null", "/opt/tool")], default)
        );

        Assert.That(refused!.Diagnostics.Select(d => d.Code), Is.EqualTo(["PL2120"]));
        Assert.That(_tools.Runs, Is.EqualTo(1));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task A_script_that_leaves_a_link_is_refused_by_name_whether_it_failed_or_not(int exitCode)
    {
        _tools.ExitCode = exitCode;
        _tools.Script = () => File.CreateSymbolicLink(At("var"), Outside);

        var refused = await Assert.ThrowsAsync<PipelineException>(() => RunAsync(b => b));

        Assert.That(refused!.Message, Does.Contain($"PL2117: the script put a link to '{Outside}' at '/var'"));
    }

    [Test]
    public async Task What_is_below_a_mount_of_every_run_is_not_the_trees()
    {
        Directory.CreateDirectory(At("run"));
        File.CreateSymbolicLink(At("run/pipeline"), Outside);

        await RunAsync(b => b);

        Assert.That(_tools.Runs, Is.EqualTo(1));
    }

    private Task RunAsync(Func<Bubblewrap, Bubblewrap> arrange) =>
        Sandbox.RunAsync("the script", Tree, "#!/bin/sh\n", [], CancellationToken.None, arrange: arrange);

    /// <summary>A sandbox whose script is a method.</summary>
    private sealed class ScriptedTools : IToolRunner
    {
        public int Runs { get; private set; }

        public int ExitCode { get; set; }

        public Action Script { get; set; } = () => { };

        public Task<ToolResult> RunAsync(ToolCommand command, CancellationToken cancellationToken)
        {
            Runs++;
            Script();
            return Task.FromResult(new ToolResult(ExitCode, ReadOnlyMemory<byte>.Empty, "", TimeSpan.Zero));
        }

        public IRunningTool Start(ToolCommand command) => throw new NotSupportedException();

        public string? Find(string program) => program;
    }
}
