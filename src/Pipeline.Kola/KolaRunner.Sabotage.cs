using Pipeline.Host.Files;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

public sealed partial class KolaRunner
{
    /// <summary>Runs each test on a machine whose subject is broken; it must fail with the expected line. The log is kept as <c>sabotage.log</c>.</summary>
    /// <exception cref="PipelineException">The tests, the sabotages, the image or the tools cannot be used.</exception>
    public async Task<SabotageReport> SabotageAsync(SabotageRequest request, CancellationToken cancellationToken)
    {
        var boot = request.Kola.Boot;
        var output = request.Kola.OutputDirectory ?? Path.Combine(boot.WorkDirectory.Temporary, "sabotage");
        var build = await BuildUnderTest.FindAsync(boot, Guest, time, cancellationToken);
        var selected = Select(request.Kola, build.Stream).Where(s => s.Denial != Denial.Skip).ToArray();
        var problems = new DiagnosticBag();
        var sabotages = Directories(request.Kola)
            .SelectMany(d =>
                Sabotage.Find(d, [.. Select(request.Kola with { Globs = [], Tags = [] }, build.Stream).Select(s => s.Test)], problems)
            )
            .ToArray();
        problems.ThrowIfErrors();
        using var hold = await LockAsync(boot.WorkDirectory, output, cancellationToken);
        PrepareOutput(output);
        using var scratch = new TemporaryDirectory();
        var accelerator = await AcceleratorAsync(boot.WorkDirectory, cancellationToken);
        reporter.Note($"machines run by {accelerator}");
        var host = new MachineHost(
            tools,
            time,
            accelerator,
            await SshKey.CreateAsync(tools, scratch.Path, cancellationToken),
            scratch.Path,
            Path.Combine(output, ".disks")
        );
        var results = new List<SabotageResult>();
        foreach (var sabotage in sabotages.Where(s => selected.Any(t => t.Test.Name == s.Test.Name)))
        {
            results.Add(await OneAsync(request, sabotage, build, host, output, cancellationToken));
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
        MachineHost host,
        string output,
        CancellationToken cancellationToken
    )
    {
        var boot = request.Kola.Boot;
        using var step = reporter.Step($"sabotage {sabotage.Name}");
        if (sabotage.Overlay is { } overlay)
        {
            var variant =
                request.Variant
                ?? throw new PipelineException(
                    Diagnostic.Error(
                        "PL4061",
                        $"'{sabotage.Name}' needs a build with another layer, which cannot be made here",
                        hint: "run 'pipeline kola sabotage' in a checkout"
                    )
                );
            boot = await variant(overlay, sabotage.Name, cancellationToken);
            build = await BuildUnderTest.FindAsync(boot, Guest, time, cancellationToken);
        }

        await using var update =
            sabotage.Test.NeedsUpdate && build.Repository is not null
                ? await UpdateRepository.CreateAsync(tools, build, host.NewDirectory(), cancellationToken)
                : null;
        var context = Context(boot, build, host, output, update) with
        {
            SkipBaseChecks = true,
            LastConfigs = sabotage.Config is { } config ? [TestConfigs.Ignition(config)] : [],
        };
        TestResult? result = null;
        var group = new TestGroup(sabotage.Name, [new(sabotage.Test, Denial.None, "")], false);
        await new GroupRun(context, group, null).RunAsync(
            r =>
            {
                result = r;
                return false;
            },
            cancellationToken
        );
        var judged = sabotage.Judge(result!);
        step.Done($"{judged.Outcome.ToString().ToLowerInvariant()}: {judged.Line}");
        return judged;
    }
}
