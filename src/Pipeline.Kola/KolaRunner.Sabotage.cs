using Pipeline.Host.Files;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

public sealed partial class KolaRunner
{
    /// <summary>
    /// Runs each test on a machine whose subject is broken; it must fail with the expected line. The log is kept as <c>sabotage.log</c>.
    /// </summary>
    /// <exception cref="PipelineException">The tests, the sabotages, the image or the tools cannot be used.</exception>
    public async Task<SabotageReport> SabotageAsync(SabotageRequest request, CancellationToken cancellationToken)
    {
        var boot = request.Kola.Boot;
        var output = request.Kola.OutputDirectory ?? Path.Combine(boot.WorkDirectory.Temporary, "sabotage");
        var build = await FindAsync(boot, cancellationToken);
        var tests = TestSet.Read(request.Kola);
        using var use = await build.UseAsync(boot, time, cancellationToken);
        var chosen = tests.Choose(request.Kola, build, time);
        var selected = chosen.Where(s => s.Denial != Denial.Skip).ToArray();
        if (selected.Length == 0)
        {
            throw new PipelineException(KolaDiagnostics.NothingRan(chosen.Count));
        }

        var problems = new DiagnosticBag();
        var sabotages = tests.Directories.SelectMany(d => Sabotage.Find(d, tests.Tests, problems)).ToArray();
        problems.ThrowIfErrors();
        using var folder = await OutputFolder.OpenAsync(boot.WorkDirectory, output, reporter, time, cancellationToken);
        var results = new List<SabotageResult>();
        foreach (var sabotage in sabotages.Where(s => selected.Any(t => t.Test.Name == s.Test.Name)))
        {
            results.Add(await OneAsync(request, sabotage, build, folder, cancellationToken));
        }

        var untested = selected.Select(s => s.Test.Name).Except(sabotages.Select(s => s.Test.Name)).ToValueList();
        var report = new SabotageReport(results.ToValueList(), untested, output);
        await AtomicFile.WriteAsync(Path.Combine(output, "sabotage.log"), Sabotage.Log(report), cancellationToken);
        return report;
    }

    /// <summary>The report as a table for people.</summary>
    public static string Table(SabotageReport report) => Sabotage.Log(report);

    private async Task<SabotageResult> OneAsync(
        SabotageRequest request,
        Sabotage sabotage,
        BuildUnderTest build,
        OutputFolder folder,
        CancellationToken cancellationToken
    )
    {
        var boot = request.Kola.Boot;
        using var step = reporter.Step($"sabotage {sabotage.Name}");
        if (sabotage.Overlay is { } overlay)
        {
            var variant = request.Variant ?? throw new PipelineException(KolaDiagnostics.NoVariant(sabotage.Name));
            boot = await variant(overlay, sabotage.Name, cancellationToken);
            build = await BuildUnderTest.FindAsync(boot, time, cancellationToken);
        }

        using var use = await build.UseAsync(boot, time, cancellationToken);
        await using var machines = await MachinesAsync(boot, build, folder, cancellationToken);
        var configs = new TestConfigs(build.Ignition);
        var selected = configs.Prepare([new(sabotage.Test, Denial.None, "")])[0];
        var fitting = Fitting(selected, build, machines, Shape(boot));
        using var scratch = new TemporaryDirectory();
        await using var update = await UpdateAsync(build, machines, [fitting], scratch.Path, cancellationToken);
        var context = Context(boot, machines, build, folder.Path, update, UserConfig(boot, build)) with
        {
            SkipBaseChecks = true,
            LastConfigs = sabotage.Config is { } config ? configs.OfUser(config) : [],
        };
        TestResult? result = null;
        var group = new TestGroup(sabotage.Name, [selected], false);
        await new GroupRun(context, group, null).RunAsync(
            r =>
            {
                result = r;
                return false;
            },
            cancellationToken
        );
        var outcome = sabotage.Evaluate(result!);
        step.Done($"{outcome.Outcome.ToString().ToLowerInvariant()}: {outcome.Line}");
        return outcome;
    }
}
