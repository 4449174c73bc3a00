using Pipeline.Host.Files;
using Pipeline.Kola.Checks;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

/// <content>Which tests run on which machines, and those that run once more.</content>
public sealed partial class KolaRunner
{
    /// <summary>Says what a run would do; nothing is started and nothing is written.</summary>
    /// <exception cref="PipelineException">The tests or the image cannot be used.</exception>
    public async Task<KolaPlan> PlanAsync(KolaRequest request, CancellationToken cancellationToken)
    {
        var build = await FindAsync(request.Boot, cancellationToken);
        var history = TestHistory.Read(request.Boot.WorkDirectory);
        var least = Shape(request.Boot);
        var chosen = new TestConfigs(build.Ignition).Prepare(Select(request, build)).Select(s => Without(s, build)).ToArray();
        var groups = TestGroup.Plan([.. chosen.Where(s => s.Denial != Denial.Skip)]);
        var forks = !request.NoFork && TestGroup.PaysToFork(groups, least, MachineKind.Of(request.Boot.Platform).KeepsSaved);
        return new(
            build.Description,
            [
                .. groups.Select(g => new KolaMachine(
                    g.Name,
                    g.Shared ? "shared"
                        : forks && g.CanFork(least) ? "fork"
                        : "boot",
                    g.Shape(least).MemoryMiB,
                    g.Tests.Select(t => t.Test.Name).ToValueList(),
                    g.Expected(history)
                )),
            ],
            [.. chosen.Where(s => s.Denial == Denial.Skip).Select(s => (s.Test.Name, s.Why))]
        );
    }

    /// <summary>What a log of a machine shows that must never be on one.</summary>
    /// <param name="file">Absolute path of a console or journal; untrusted bytes.</param>
    /// <exception cref="PipelineException">It cannot be read.</exception>
    public static IReadOnlyList<ConsoleFinding> CheckConsole(string file)
    {
        using var stream = RegularFile.OpenStream(file);
        return [.. ConsoleScan.Marks(stream).Select(m => new ConsoleFinding(m.Line, m.Fatal.Pattern.Name, m.Fatal.Line.Trim()))];
    }

    private IReadOnlyList<SelectedTest> Select(KolaRequest request, BuildUnderTest build)
    {
        var selected = TestSet.Read(request).Choose(request, build, time);
        TestSet.RequireHeaders(selected);
        return selected;
    }

    private static string Output(KolaRequest request) =>
        request.OutputDirectory ?? Path.Combine(request.Boot.WorkDirectory.Temporary, "kola");

    /// <summary>Runs failed tests once more, each on a machine of its own that boots. A flake stays visible in its result.</summary>
    private async Task RerunAsync(
        RunContext context,
        KolaRequest request,
        IReadOnlyList<SelectedTest> plan,
        List<TestResult> failed,
        RunReport report,
        CancellationToken cancellationToken
    )
    {
        reporter.Note($"kola: running {failed.Count} failed test{(failed.Count == 1 ? "" : "s")} once more");
        var again = plan.Where(s => failed.Any(f => f.Name == s.Test.Name)).Select(Alone).ToArray();
        var run = new TestRun(
            context with
            {
                Output = Path.Combine(context.Output, "rerun"),
            },
            MachineBudget.Of(context.Machines, request.MostMachines)
        )
        {
            KeepGoing = true,
            NoFork = true,
        };
        await foreach (var result in run.RunAsync(again, cancellationToken))
        {
            var first = failed.First(f => f.Name == result.Name);
            await report.AddAsync(
                result.Outcome == TestOutcome.Fail
                    ? result with
                    {
                        Reason = $"{result.Reason} (failed before, too: {first.Reason})",
                    }
                    : result with
                    {
                        Outcome = request.AllowRerunSuccess ? TestOutcome.Warn : TestOutcome.Fail,
                        Flaky = true,
                        Reason = $"flaky: passed when it was run again, after: {first.Reason}",
                    },
                cancellationToken
            );
        }
    }

    private static SelectedTest Alone(SelectedTest selected) =>
        selected with
        {
            Test = selected.Test with { Header = selected.Test.Header with { Exclusive = true } },
        };

    /// <summary>The test, skipped when its build cannot give it what it wants.</summary>
    private static SelectedTest Without(SelectedTest selected, BuildUnderTest build) =>
        selected.Denial != Denial.Skip && (Wish(selected.Test.Header) ?? Missing(selected.Test, build)) is { } lack
            ? selected with
            {
                Denial = Denial.Skip,
                Why = lack,
            }
            : selected;

    /// <summary>What a test wants that no machine here gives.</summary>
    private static string? Wish(TestHeader header) =>
        header.BootFrom is { } medium ? $"boots from live media ({medium}), which machines here do not"
        : header.HostDirectories.Count > 0 ? "wants directories of this host, which machines here do not share"
        : null;

    /// <summary>What a test wants that the build has not.</summary>
    private static string? Missing(KolaTest test, BuildUnderTest build) =>
        test.Header.InjectContainer ? $"wants the container image of the build, and '{build.Id}' has none"
        : test.NeedsUpdate && build.Repository is null
            ? "needs an update of the build, which has no OSTree repository (images.ostree) to make one from"
        : null;

    /// <summary>The test, skipped when it cannot run against this build or on these machines.</summary>
    private static SelectedTest Fitting(SelectedTest selected, BuildUnderTest build, IMachineProvider machines, MachineShape least)
    {
        selected = Without(selected, build);
        var lack =
            selected.Denial == Denial.Skip ? ""
            : selected.Test.NeedsUpdate && machines.Network.Host is null
                ? $"needs an update served by this host, which machines on {machines.Platform} do not reach"
            : machines.Lacks(HeaderKeys.Shape(selected.Test.Header, least));
        return lack.Length == 0 ? selected : selected with { Denial = Denial.Skip, Why = lack };
    }
}
