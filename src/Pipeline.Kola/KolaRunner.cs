using Pipeline.Host.Files;
using Pipeline.Host.Output;
using Pipeline.Host.Tools;
using Pipeline.Kola.Machines;
using Pipeline.Kola.Runs;
using Pipeline.Kola.Tests;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;
using Pipeline.Model.Values;

namespace Pipeline.Kola;

/// <summary>Proves a build in real machines: kola's external tests, and machines for people.</summary>
/// <param name="tools">Starts QEMU, ssh, ostree and gpg.</param>
/// <param name="reporter">Tells the story.</param>
/// <param name="time">Clock.</param>
public sealed partial class KolaRunner(IToolRunner tools, IReporter reporter, TimeProvider time)
{
    private const string Platform = "qemu";
    private static readonly Architecture Guest = Architecture.X86_64;

    /// <summary>What runs guests here, as a probe with a real guest found; the answer is kept until the host boots again.</summary>
    /// <returns>Whether it is KVM, and a sentence for people.</returns>
    /// <exception cref="PipelineException">PL4001 QEMU cannot run any guest (class 3).</exception>
    public async Task<(bool Kvm, string Text)> ProbeAsync(WorkDirectory work, CancellationToken cancellationToken)
    {
        var accelerator = await AcceleratorAsync(work, cancellationToken);
        return (accelerator.Kvm, accelerator.ToString());
    }

    /// <summary>The tests that match, in the order of their names, with the reason when one would be skipped.</summary>
    /// <exception cref="PipelineException">PL4011, PL4012, PL4020, PL4021.</exception>
    public IReadOnlyList<KolaListing> List(KolaRequest request) =>
        [
            .. Select(request, "")
                .Select(s => new KolaListing(
                    s.Test.Name,
                    s.Test.Header.Exclusive,
                    s.Test.Header.Platforms,
                    s.Test.Header.Architectures,
                    s.Test.Header.Tags,
                    s.Denial == Denial.Skip ? s.Why : "",
                    s.Test.Header.Description
                )),
        ];

    /// <summary>Runs the tests and writes the reports. A failed test is in the report, not an exception.</summary>
    /// <exception cref="PipelineException">The tests, the image or the tools cannot be used.</exception>
    public async Task<TestReport> RunAsync(KolaRequest request, CancellationToken cancellationToken)
    {
        var build = await BuildUnderTest.FindAsync(request.Boot, Guest, time, cancellationToken);
        var selected = Select(request, build.Stream);
        var output = request.OutputDirectory ?? Path.Combine(request.Boot.WorkDirectory.Temporary, "kola");
        var record = RecordFile(request, build);
        var inputs = PassRecord.Inputs(build, selected, request);
        if (!request.Force && PassRecord.Find(record, inputs.Digest) is { } earlier)
        {
            reporter.Note($"kola: nothing changed since these tests passed on {build.Id}; --force runs them again");
            return earlier with { Directory = output };
        }

        using var hold = await LockAsync(request.Boot.WorkDirectory, output, cancellationToken);
        PrepareOutput(output);
        using var scratch = new TemporaryDirectory();
        var accelerator = await AcceleratorAsync(request.Boot.WorkDirectory, cancellationToken);
        reporter.Note($"machines run by {accelerator}");
        var results = await RunAllAsync(request, build, selected, output, scratch, accelerator, cancellationToken);
        var report = new TestReport
        {
            Platform = Platform,
            Version = build.Version ?? build.Id,
            Tests = selected.Select(s => results.GetValueOrDefault(s.Test.Name) ?? Skipped(s, build)).ToValueList(),
            Accelerator = accelerator.ToString(),
            Directory = output,
        };
        await ReportWriter.WriteAsync(report, output, cancellationToken);
        await PassRecord.SaveAsync(record, inputs, report, cancellationToken);
        return report;
    }

    /// <summary>Boots one machine and runs a command in it, or a login shell.</summary>
    /// <param name="request">What to boot.</param>
    /// <param name="command">The command and its arguments, each quoted for the guest's shell; empty for a shell on this terminal.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>The command's exit code.</returns>
    /// <exception cref="PipelineException">PL4006 the machine did not come up.</exception>
    public async Task<int> ShellAsync(BootRequest request, ValueList<string> command, CancellationToken cancellationToken)
    {
        var build = await BuildUnderTest.FindAsync(request, Guest, time, cancellationToken);
        var output = Path.Combine(request.WorkDirectory.Temporary, "run");
        using var hold = await LockAsync(request.WorkDirectory, output, cancellationToken);
        PrepareOutput(output);
        using var scratch = new TemporaryDirectory();
        var accelerator = await AcceleratorAsync(request.WorkDirectory, cancellationToken);
        reporter.Note($"machine run by {accelerator}");
        var host = new MachineHost(
            tools,
            time,
            accelerator,
            await SshKey.CreateAsync(tools, scratch.Path, cancellationToken),
            scratch.Path,
            Path.Combine(output, ".disks")
        );
        var context = Context(request, build, host, output, null);
        try
        {
            await using var machine = await BootAsync(context, build, output, cancellationToken);
            string[] terminal = command.Count == 0 ? ["-t"] : [];
            // A connection of its own: the master would read this terminal itself, from a process group that the terminal stops for it.
            await using var shell = tools.Start(
                new(
                    "ssh",
                    [
                        .. terminal,
                        .. SshSession.Options(machine.Port, host.Key, "none"),
                        .. command.Count == 0 ? [] : new[] { "--", string.Join(' ', command.Select(SshSession.Quote)) },
                    ]
                )
                {
                    Terminal = true,
                }
            );
            return (await machine.GuardAsync(c => shell.Completion.WaitAsync(c), null, cancellationToken)).ExitCode;
        }
        catch (MachineFailedException e)
        {
            throw new PipelineException(KolaDiagnostics.MachineFailed(e.Message, output), e);
        }
    }

    /// <summary>The report as <c>reports/report.json</c> holds it.</summary>
    public static string Json(TestReport report) => ReportWriter.Json(report);

    /// <summary>The report as a table for people.</summary>
    public static string Table(TestReport report) => ReportTable.Write(report);

    private async Task<QemuMachine> BootAsync(RunContext context, BuildUnderTest build, string output, CancellationToken cancellationToken)
    {
        using var step = reporter.Step($"boot {build.Id}");
        return await GroupRun.BootAsync(
            context,
            context.Options(new TestGroup("run", [], true)),
            output,
            step,
            skipChecks: true,
            cancellationToken
        );
    }

    private Task<Accelerator> AcceleratorAsync(WorkDirectory work, CancellationToken cancellationToken) =>
        new AcceleratorProbe(tools, time).FindAsync(Path.Combine(work.Cache, "accelerator.json"), cancellationToken);

    private IReadOnlyList<SelectedTest> Select(KolaRequest request, string stream)
    {
        var problems = new DiagnosticBag();
        var directories = Directories(request);
        var tests = directories.SelectMany(d => TestDiscovery.Find(d, problems)).ToArray();
        var entries = new List<DenylistEntry>();
        foreach (
            var file in directories
                .Append(request.Boot.WorkDirectory.Root)
                .Select(d => Path.Combine(d, Denylist.FileName))
                .Distinct()
                .Where(File.Exists)
        )
        {
            entries.AddRange(Denylist.Read(file, File.ReadAllText(file), problems).Entries);
        }

        problems.ThrowIfErrors();
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        return new Selection(request.Globs, request.Tags, Guest, Platform, stream, today).Choose(tests, new(entries.ToValueList()));
    }

    private static ValueList<string> Directories(KolaRequest request) =>
        request.Directories.Count > 0 ? request.Directories : [Path.Combine(request.Boot.WorkDirectory.Root, "kola-tests")];

    private static string RecordFile(KolaRequest request, BuildUnderTest build) =>
        build.Directory is { } directory
            ? Path.Combine(directory, "steps", "kola.json")
            : Path.Combine(request.Boot.WorkDirectory.Temporary, "kola-passed.json");

    /// <summary>One run per output folder at a time; a second one waits and says for whom.</summary>
    private Task<FileLock> LockAsync(WorkDirectory work, string output, CancellationToken cancellationToken) =>
        FileLock.AcquireAsync(
            Path.Combine(work.Temporary, $".lock-{Digest.Of(Path.GetFullPath(output)).Hex[..16]}"),
            wait: true,
            holder => reporter.Note($"waiting for {holder}"),
            time,
            cancellationToken
        );

    /// <summary>Empties the folder of the last run; refuses one that holds anything else.</summary>
    private static void PrepareOutput(string output)
    {
        var marker = Path.Combine(output, ".kola");
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any() && !File.Exists(marker))
        {
            throw new PipelineException(
                Diagnostic.Error(
                    "PL4013",
                    $"'{output}' holds files that are not of an earlier run",
                    hint: "name an empty or new directory with --output-dir"
                )
            );
        }

        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }

        Directory.CreateDirectory(output);
        File.WriteAllText(marker, "");
    }

    private RunContext Context(BootRequest request, BuildUnderTest build, MachineHost host, string output, UpdateRepository? update)
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

        return new(host, build, request, output, variables, update, reporter);
    }

    private async Task<Dictionary<string, TestResult>> RunAllAsync(
        KolaRequest request,
        BuildUnderTest build,
        IReadOnlyList<SelectedTest> selected,
        string output,
        TemporaryDirectory scratch,
        Accelerator accelerator,
        CancellationToken cancellationToken
    )
    {
        var key = await SshKey.CreateAsync(tools, scratch.Path, cancellationToken);
        var host = new MachineHost(tools, time, accelerator, key, scratch.Path, Path.Combine(output, ".disks"));
        var running = selected.Where(s => s.Denial != Denial.Skip && Lacks(s.Test, build).Length == 0).ToArray();
        await using var update = running.Any(s => s.Test.NeedsUpdate) ? await UpdateAsync(build, host, cancellationToken) : null;
        build = update is null
            ? build
            : build with
            {
                Version = build.Version ?? update.BuildVersion,
                Commit = build.Commit ?? update.BuildCommit,
            };
        var context = Context(request.Boot, build, host, output, update);
        var results = new Dictionary<string, TestResult>(StringComparer.Ordinal);
        var groups = TestGroup.Plan(running);
        MachineFork? fork = null;
        try
        {
            var stopped = false;
            foreach (var group in groups)
            {
                if (stopped)
                {
                    break;
                }

                var canFork = !request.NoFork && group.CanFork(request.Boot.MemoryMiB);
                if (canFork && fork is null && groups.Count(g => g.CanFork(request.Boot.MemoryMiB)) > 1)
                {
                    fork = await new ForkMaker(context).MakeAsync(cancellationToken);
                }

                await new GroupRun(context, group, canFork ? fork : null).RunAsync(
                    result =>
                    {
                        results[result.Name] = result;
                        stopped = result.Outcome == TestOutcome.Fail && !request.KeepGoing;
                        return !stopped;
                    },
                    cancellationToken
                );
            }
        }
        finally
        {
            fork?.Dispose();
        }

        return results;
    }

    private async Task<UpdateRepository> UpdateAsync(BuildUnderTest build, MachineHost host, CancellationToken cancellationToken)
    {
        using var step = reporter.Step("make an update of the build");
        var update = await UpdateRepository.CreateAsync(tools, build, host.NewDirectory(), cancellationToken);
        step.Done();
        return update;
    }

    /// <summary>Why a test cannot run against this build; empty when it can.</summary>
    private static string Lacks(KolaTest test, BuildUnderTest build) =>
        test.NeedsUpdate && build.Repository is null
            ? "needs an update of the build, which has no OSTree repository (images.ostree) to make one from"
            : "";

    private static TestResult Skipped(SelectedTest test, BuildUnderTest build) =>
        new()
        {
            Name = test.Test.Name,
            Outcome = TestOutcome.Skip,
            Duration = TimeSpan.Zero,
            Reason =
                test.Denial == Denial.Skip ? test.Why
                : Lacks(test.Test, build) is { Length: > 0 } lack ? lack
                : "not run: stopped after the first failure (--keep-going goes on)",
        };
}
