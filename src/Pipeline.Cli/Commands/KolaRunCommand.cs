using System.CommandLine;
using Pipeline.Cli.Commands.Clouds;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Reports;

namespace Pipeline.Cli.Commands;

/// <summary><c>pipeline kola run</c>: boots the build and runs its tests.</summary>
internal sealed class KolaRunCommand : Verb
{
    private readonly Option<string?> _build = BuildOption();
    private readonly Option<string?> _output = new("--output-dir", "-o")
    {
        Description = "Where logs and reports go (default: tmp/kola); emptied first",
        HelpName = "DIR",
    };
    private readonly Option<bool> _keepGoing = new("--keep-going", "-k") { Description = "Go on after a failed test" };
    private readonly Option<bool> _force = new("--force") { Description = "Run although nothing changed since the tests passed" };
    private readonly Option<bool> _noFork = new("--no-fork", "--cold")
    {
        Description = "Boot every machine from cold instead of starting from a saved one",
    };
    private readonly Option<bool> _ssh = new("--ssh-on-test-failure")
    {
        Description = "Open a shell in the machine of each test that fails; machines run one after the other",
    };
    private readonly Option<bool> _allowNone = new("--allow-none")
    {
        Description = "Succeed although no test was selected or all were skipped",
    };
    private readonly Option<int> _multiply = new("--multiply")
    {
        Description = "Run each test this often",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = Numbers.WholeOrDefault(1, 1000),
    };
    private readonly Option<bool> _rerun = new("--rerun") { Description = "Run failed tests once more, each on a machine of its own" };
    private readonly Option<bool> _allowRerun = new("--allow-rerun-success")
    {
        Description = "With --rerun: a test that passes then only warns",
    };
    private readonly Option<bool> _warnExit = new("--on-warn-failure-exit-77")
    {
        Description = "Exit with 77 when nothing failed but tests that may",
    };
    private readonly Option<bool> _dryRun = DryRunOption();
    private readonly Option<bool> _json = JsonOption();

    /// <summary>The verb.</summary>
    public KolaRunCommand(Services services)
        : base(
            "run",
            "Boot a build in virtual machines and run its tests",
            "pipeline kola run",
            "pipeline kola run --build 13.20260901.0.0 --keep-going 'ext.kola-tests.*'",
            "pipeline kola run --platform aws --region eu-central-1 --firewall sg-0123456789abcdef0"
        )
    {
        var tests = new KolaOptions(this);
        var boot = new BootOptions(this);
        var cloud = new CloudRunOptions(this);
        foreach (
            var option in (Option[])
                [_build, _output, _keepGoing, _force, _noFork, _ssh, _multiply, _rerun, _allowRerun, _warnExit, _allowNone, _dryRun, _json]
        )
        {
            Options.Add(option);
        }

        Run(
            async (parsed, cancellationToken) =>
            {
                var request = tests.Request(services, parsed, boot.Request(services, parsed, parsed.GetValue(_build))) with
                {
                    OutputDirectory = parsed.GetValue(_output) is { } output ? services.FullPath(output) : null,
                    KeepGoing = parsed.GetValue(_keepGoing),
                    Force = parsed.GetValue(_force),
                    NoFork = parsed.GetValue(_noFork),
                    Multiply = parsed.GetValue(_multiply),
                    Rerun = parsed.GetValue(_rerun) || parsed.GetValue(_allowRerun),
                    AllowRerunSuccess = parsed.GetValue(_allowRerun),
                    ShellOnFailure = parsed.GetValue(_ssh),
                };
                request = request with
                {
                    Boot = request.Boot with { Cloud = cloud.Read(services, parsed, request.Boot.Platform) },
                    MostMachines = cloud.MostMachines(parsed),
                };
                var runner = new KolaRunner(services.Tools, services.Reporter, services.Time);
                if (parsed.GetValue(_dryRun))
                {
                    var plan = await runner.PlanAsync(request, cancellationToken);
                    var exact = parsed.GetValue(_json);
                    await services.Answer(exact: exact).WriteAsync(exact ? KolaPlanAnswer.Json(plan) : KolaPlanAnswer.Text(plan));
                    return ExitClass.Done;
                }

                var report = await runner.RunAsync(request, cancellationToken);
                await TestAnswer.WriteAsync(services, report, parsed.GetValue(_json));
                if (!parsed.GetValue(_allowNone))
                {
                    KolaRunner.RequireTests(report);
                }

                return Exit(report, parsed.GetValue(_warnExit));
            }
        );
    }

    /// <summary>What a report means to the caller.</summary>
    internal static ExitClass Exit(TestReport report, bool warned) =>
        report.Outcome == TestOutcome.Fail ? ExitClass.WorkFailed
        : report.Outcome == TestOutcome.Warn && warned ? ExitClass.Warned
        : ExitClass.Done;
}
