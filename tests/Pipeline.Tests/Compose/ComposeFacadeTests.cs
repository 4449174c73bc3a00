using Pipeline.Compose;
using Pipeline.Host.Net;
using Pipeline.Host.Tools;
using Pipeline.Model.Diagnostics;
using Pipeline.TestKit;
using Arch = Pipeline.Model.Values.Architecture;

namespace Pipeline.Tests.Compose;

/// <summary>
/// Composes called as a method, from a process that is not the command line. They need what <see cref="ComposeEndToEndTests"/> need.
/// </summary>
[TestFixture, Category(Tiers.System), Parallelizable(ParallelScope.Self), FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ComposeFacadeTests
{
    private const int Patience = 300_000;
    private readonly TestReporter _reporter = new();

    [Test, CancelAfter(Patience)]
    public async Task A_compose_returns_what_the_command_line_prints(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(TinyRepository.Package("app"));

        var made = await ComposeAsync(bench, "facade", cancellationToken);
        var latest = Path.Combine(Path.GetDirectoryName(made.Directory)!, "..", "latest");
        File.Delete(latest);
        File.CreateSymbolicLink(latest, "another");
        var again = await ComposeAsync(bench, "facade", cancellationToken);
        var printed = await bench.ComposeAsync("program", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(made.Unchanged, Is.False);
            Assert.That((made.Id, made.Commit), Is.EqualTo((printed.Id, printed.Commit)));
            Assert.That(again, Is.EqualTo(made with { Unchanged = true }));
            Assert.That(new FileInfo(latest).LinkTarget, Is.EqualTo(made.Id), "also of a build that was found");
            Assert.That(_reporter.Lines.Count(l => l == "resolve packages"), Is.EqualTo(2), "once for each call");
            Assert.That(_reporter.Lines.Count(l => l == "fetch packages"), Is.EqualTo(1));
            Assert.That(_reporter.Lines, Does.Contain("unpack packages").And.Contain("commit"));
        }
    }

    [Test, CancelAfter(Patience)]
    public async Task A_failure_in_the_namespace_is_an_exception_with_its_diagnostics(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("broken", postinst: "#!/bin/sh\necho these are my last words >&2\nexit 7\n")
        );

        var error = await Assert.ThrowsAsync<PipelineException>(() => ComposeAsync(bench, "work", cancellationToken));

        Assert.That(error.Exit, Is.EqualTo(ExitClass.WorkFailed));
        Assert.That(error.Message, Does.Contain("PL2102").And.Contain("these are my last words"));
    }

    [Test, CancelAfter(Patience)]
    public async Task A_cancelled_compose_stops_its_worker_and_leaves_nothing(CancellationToken cancellationToken)
    {
        await using var bench = await ComposeBench.WithAsync(
            TinyRepository.Package("slow", postinst: "#!/bin/sh\necho x > /usr/share/slow-configuring\nsleep 600\n")
        );
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var compose = ComposeAsync(bench, "work", cancellation.Token);
        while (!_reporter.Lines.Contains("configure packages"))
        {
            await Task.Delay(20, cancellationToken);
        }

        await cancellation.CancelAsync();

        await Assert.ThatAsync(() => compose, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(ComposeBench.ProcessIds(bench.Work().Root), Is.Empty);
        Assert.That(ComposeBench.Leftovers(bench.Work()), Is.Empty);
    }

    private async Task<ComposeResult> ComposeAsync(ComposeBench bench, string work, CancellationToken cancellationToken)
    {
        using var http = HttpStack.Create();
        var composer = new Composer(
            new()
            {
                Tools = new ToolRunner(),
                Reporter = _reporter,
                Time = TimeProvider.System,
                Http = http,
                Environment = _ => null,
            }
        );
        return await composer.ComposeAsync(
            new()
            {
                Lock = new()
                {
                    ManifestPath = bench.Directory.File("m.yaml"),
                    ManifestDisplay = "m.yaml",
                    Architecture = Arch.Host,
                    WorkDirectory = bench.Work(work),
                    Mirrors = new Dictionary<string, string> { ["tiny"] = bench.Repository.Url },
                },
            },
            cancellationToken
        );
    }
}
