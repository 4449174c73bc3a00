using Pipeline.Host.Builds;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Machines.Qemu;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

/// <summary>Proves a build in real machines: kola's external tests, and machines for people.</summary>
/// <param name="tools">Starts QEMU, ssh, ostree and gpg.</param>
/// <param name="reporter">Receives steps and notes.</param>
/// <param name="time">Clock.</param>
public sealed partial class KolaRunner(IToolRunner tools, IReporter reporter, TimeProvider time)
{
    /// <summary>Makes the machines of a run. A test replaces it.</summary>
    internal Func<MachineSource, CancellationToken, Task<IMachineProvider>> Machines { get; init; } =
        (source, cancellationToken) => MachineKind.Of(source.Boot.Platform).CreateAsync(source, cancellationToken);

    /// <summary>What runs keep below <c>cache/</c>: machines that later runs start from.</summary>
    public static ValueList<CacheKind> Caches(WorkDirectory work) => [QemuSavedStore.Kind(work.Cache)];

    /// <summary>What runs guests here, as a probe with a real guest found; the answer is kept until the host boots again.</summary>
    /// <returns>Whether it is KVM, and a sentence for people.</returns>
    /// <exception cref="PipelineException">PL4001 QEMU cannot run any guest (class 3).</exception>
    public async Task<(bool Kvm, string Text)> ProbeAsync(WorkDirectory work, CancellationToken cancellationToken)
    {
        var accelerator = await QemuMachines.ProbeAsync(tools, time, work.Cache, cancellationToken);
        return (accelerator.Kvm, accelerator.ToString());
    }

    /// <summary>The tests that match, in the order of their names, with the reason when one would be skipped.</summary>
    /// <exception cref="PipelineException">PL4011, PL4012, PL4021, and PL4020 of what is no test's own.</exception>
    public IReadOnlyList<KolaListing> List(KolaRequest request) =>
        [
            .. TestSet
                .Read(request)
                .Choose(request, null, time)
                .Select(s => new KolaListing(
                    s.Test.Name,
                    s.Test.Header.Exclusive,
                    s.Test.Header.Platforms,
                    s.Test.Header.Architectures,
                    s.Test.Header.Tags,
                    s.Denial == Denial.Skip ? s.Why : Wish(s.Test.Header) ?? "",
                    s.Test.Header.Description,
                    HeaderKeys.Show(s.Test.Header),
                    s.Test.Problems
                )),
        ];

    /// <summary>Runs the tests; the reports are written after each result. A failed test is in the report, not an exception.</summary>
    /// <exception cref="PipelineException">The tests, the image or the tools cannot be used.</exception>
    public async Task<TestReport> RunAsync(KolaRequest request, CancellationToken cancellationToken)
    {
        var build = await FindAsync(request.Boot, cancellationToken);
        using var use = await build.UseAsync(request.Boot, time, cancellationToken);
        var configs = new TestConfigs(build.Ignition);
        var selected = configs.Prepare(Select(request, build));
        var ignition = configs.OfUser(request.Boot.Ignition, request.Boot.Butane);
        Report(configs);
        var output = Output(request);
        var record = RecordFile(request, build);
        var inputs = PassRecord.Inputs(build, selected, request, ignition);
        if (!request.Force && PassRecord.Find(record, inputs.Digest) is { } earlier)
        {
            reporter.Note($"kola: nothing changed since these tests passed on {build.Id}; --force runs them again");
            return earlier with { Directory = output };
        }

        using var folder = await OutputFolder.OpenAsync(request.Boot.WorkDirectory, output, reporter, time, cancellationToken);
        var history = TestHistory.Read(request.Boot.WorkDirectory);
        if (selected.All(s => s.Denial == Denial.Skip))
        {
            return await new RunReport(selected, request.Boot.Platform, "", build, folder.Path, history, time).CloseAsync(
                cancellationToken
            );
        }

        await using var machines = await MachinesAsync(request.Boot, build, folder, cancellationToken);
        var plan = selected.Select(s => Fitting(s, build, machines, Shape(request.Boot))).ToArray();
        using var scratch = new TemporaryDirectory();
        await using var update = await UpdateAsync(build, machines, plan, scratch.Path, cancellationToken);
        var context = Context(request.Boot, machines, Named(build, update), folder.Path, update, ignition) with
        {
            Again = test => Reproduction.Line(request, build, test),
            OnFailure = request.ShellOnFailure
                ? (machine, test, token) => LookAsync(machine, test, request.Boot.TerminalType, token)
                : null,
        };
        var report = new RunReport(plan, machines.Platform, machines.Description, Named(build, update), folder.Path, history, time);
        var run = new TestRun(context, MachineBudget.Of(machines, request.ShellOnFailure ? 1 : request.MostMachines))
        {
            KeepGoing = request.KeepGoing || request.Rerun,
            NoFork = request.NoFork,
            History = history,
        };
        await report.WriteAsync(cancellationToken);
        var failed = new List<TestResult>();
        await foreach (var result in run.RunAsync([.. plan.Where(s => s.Denial != Denial.Skip)], cancellationToken))
        {
            await report.AddAsync(result, cancellationToken);
            failed.AddRange(result.Outcome == TestOutcome.Fail ? [result] : []);
        }

        if (request.Rerun && failed.Count > 0)
        {
            await RerunAsync(context, request, plan, failed, report, cancellationToken);
        }

        var final = await report.CloseAsync(cancellationToken);
        await TestHistory.AddAsync(request.Boot.WorkDirectory, final, time, cancellationToken);
        await PassRecord.SaveAsync(record, inputs, final, cancellationToken);
        if (build.Directory is { } directory && final.Outcome == TestOutcome.Fail)
        {
            // A test that fails takes the proof away that all of them passed.
            UnixFile.DeleteTree(BuildStore.StepFile(directory, ProofOf(request.Boot.Platform)));
        }

        return final;
    }

    /// <summary>Refuses a run that proved nothing: no test was selected, or all were skipped.</summary>
    /// <exception cref="PipelineException">PL4016 none was selected (class 2), PL4017 all were skipped (class 1).</exception>
    public static void RequireTests(TestReport report)
    {
        if (report.Outcome == TestOutcome.Skip)
        {
            throw new PipelineException(KolaDiagnostics.NothingRan(report.Tests.Count, "; --allow-none accepts a run without tests"));
        }
    }

    /// <summary>The report as <c>reports/report.json</c> holds it.</summary>
    public static string Json(TestReport report) => ReportWriter.Json(report);

    /// <summary>The report as a table for people.</summary>
    public static string Table(TestReport report) => ReportTable.Write(report);

    /// <summary>
    /// The tests that failed, and those whose failure only warns, as problems of the files they are in. For CI systems that mark such
    /// files; for people, the table says it.
    /// </summary>
    public static IEnumerable<Diagnostic> Problems(TestReport report) =>
        report
            .Tests.Where(t => t.Outcome == TestOutcome.Fail)
            .Select(t => KolaDiagnostics.TestFailed(t.Name, t.Reason, t.Source, t.Again))
            .Concat(
                report.Tests.Where(t => t.Outcome == TestOutcome.Warn).Select(t => KolaDiagnostics.TestWarned(t.Name, t.Reason, t.Source))
            );

    /// <summary>Finds what is to be booted and says which it is.</summary>
    private async Task<BuildUnderTest> FindAsync(BootRequest request, CancellationToken cancellationToken)
    {
        var build = await BuildUnderTest.FindAsync(request, time, cancellationToken);
        reporter.Note($"build {build.Description}");
        return build;
    }

    /// <exception cref="PipelineException">There are no such machines here.</exception>
    private async Task<IMachineProvider> MachinesAsync(
        BootRequest request,
        BuildUnderTest build,
        OutputFolder folder,
        CancellationToken cancellationToken
    )
    {
        var machines = await Machines(new(tools, reporter, time, request, build, folder.Disks), cancellationToken);
        if (machines.Lacks(Shape(request)) is { Length: > 0 } lack)
        {
            await machines.DisposeAsync();
            throw new PipelineException(KolaDiagnostics.NoShape(lack));
        }

        reporter.Note($"machines run by {machines.Description}");
        return machines;
    }

    private static MachineShape Shape(BootRequest request)
    {
        var shape = new MachineShape
        {
            Architecture = request.Architecture,
            Firmware = request.Firmware,
            Ports = request.Ports,
        };
        return request.MemoryMiB is { } mib ? shape with { MemoryMiB = mib } : shape;
    }

    private ValueList<string> UserConfig(BootRequest request, BuildUnderTest build)
    {
        var configs = new TestConfigs(build.Ignition);
        var texts = configs.OfUser(request.Ignition, request.Butane);
        Report(configs);
        return texts;
    }

    private void Report(TestConfigs configs)
    {
        foreach (var remark in configs.Remarks)
        {
            reporter.Report(remark);
        }
    }

    /// <summary>Whether all tests were asked for. What some of them say is no evidence for a release, and is kept apart.</summary>
    private static bool IsComplete(KolaRequest request) =>
        request is { Globs.Count: 0, Tags.Count: 0, DeniedTests.Count: 0, Shard: null, Stream: null, Distro: null };

    /// <summary>The step that says that all tests passed: gates ask for that of QEMU; each cloud has its own beside it.</summary>
    private static string ProofOf(string platform) => platform == PlatformTable.Qemu ? "kola" : $"kola-{platform}";

    private static string RecordFile(KolaRequest request, BuildUnderTest build) =>
        build.Directory is { } directory
            ? BuildStore.StepFile(directory, IsComplete(request) ? ProofOf(request.Boot.Platform) : "kola-selected")
            : Path.Combine(request.Boot.WorkDirectory.Temporary, "kola-passed.json");

    private RunContext Context(
        BootRequest request,
        IMachineProvider machines,
        BuildUnderTest build,
        string output,
        UpdateRepository? update,
        ValueList<string> ignition
    )
    {
        var variables = new Dictionary<string, string>();
        if (build.Version is { } version)
        {
            variables["PIPELINE_BUILD_VERSION"] = version;
        }

        if (build.Commit is { } commit)
        {
            variables["PIPELINE_BUILD_COMMIT"] = commit;
        }

        return new(machines, Shape(request), output, reporter, time)
        {
            Variables = variables,
            Update = update?.Update,
            FirstConfigs = ignition,
            TerminalType = request.TerminalType,
        };
    }

    /// <summary>A loose image has no version and commit of its own; its repository's are used instead.</summary>
    private static BuildUnderTest Named(BuildUnderTest build, UpdateRepository? update) =>
        update is null ? build : build with { Version = build.Version ?? update.BuildVersion, Commit = build.Commit ?? update.BuildCommit };

    private async Task<UpdateRepository?> UpdateAsync(
        BuildUnderTest build,
        IMachineProvider machines,
        IEnumerable<SelectedTest> tests,
        string directory,
        CancellationToken cancellationToken
    )
    {
        if (!tests.Any(s => s.Denial != Denial.Skip && s.Test.NeedsUpdate) || machines.Network.Host is not { } host)
        {
            return null;
        }

        using var step = reporter.Step("make an update of the build");
        var update = await UpdateRepository.CreateAsync(tools, build, host, directory, cancellationToken);
        step.Done();
        return update;
    }
}
