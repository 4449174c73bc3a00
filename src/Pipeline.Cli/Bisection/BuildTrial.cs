using Pipeline.Compose;
using Pipeline.Images;
using Pipeline.Kola;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Platforms;
using Pipeline.Model.Reports;

namespace Pipeline.Cli.Bisection;

/// <summary>Composes a build, makes its image and runs the tests on it.</summary>
/// <param name="services">The services of verbs.</param>
/// <param name="composer">Composes.</param>
/// <param name="tests">Which tests; build and work directory are replaced.</param>
internal sealed class BuildTrial(Services services, Composer composer, KolaRequest tests)
{
    /// <summary>Tries.</summary>
    /// <param name="request">The compose, in the work directory of the search.</param>
    /// <param name="number">The number of the trial, for its folder of logs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PipelineException">PL0405 a test is not steady; no test was selected; a tool is missing.</exception>
    public async Task<Trial> RunAsync(ComposeRequest request, int number, CancellationToken cancellationToken)
    {
        ComposeResult build;
        try
        {
            build = await composer.ComposeAsync(request, cancellationToken);
        }
        catch (PipelineException e) when (e.Exit is ExitClass.BadInput or ExitClass.WorkFailed or ExitClass.Refused)
        {
            return new(Verdict.Unknown, $"it does not compose: {e.Diagnostics[0].Message}", null);
        }

        await new ImageBuilder(services.Tools, services.Reporter, services.Time).BuildAsync(
            new()
            {
                WorkDirectory = request.WorkDirectory,
                BuildId = build.Id,
                Architecture = request.Architecture,
                Platforms = [PlatformTable.Default],
            },
            cancellationToken
        );
        var logs = Path.Combine(request.WorkDirectory.Temporary, $"trial-{number}");
        var report = await new KolaRunner(services.Tools, services.Reporter, services.Time).RunAsync(
            tests with
            {
                Boot = tests.Boot with { WorkDirectory = request.WorkDirectory, Build = build.Id },
                OutputDirectory = logs,
                KeepGoing = true,
                Force = true,
            },
            cancellationToken
        );
        KolaRunner.RequireTests(report);
        return Judge(report, logs);
    }

    /// <summary>A test that ran several times is good or bad only when all of them say so.</summary>
    internal static Trial Judge(TestReport report, string logs)
    {
        var ran = report.Tests.Where(t => t.Outcome != TestOutcome.Skip).GroupBy(t => NameOf(t.Name), StringComparer.Ordinal).ToArray();
        foreach (var test in ran)
        {
            var passed = test.Count(t => t.Outcome == TestOutcome.Pass);
            if (passed != 0 && passed != test.Count())
            {
                throw new PipelineException(BisectDiagnostics.Flaky(test.Key, passed, test.Count()));
            }
        }

        return ran.SelectMany(t => t).FirstOrDefault(t => t.Outcome != TestOutcome.Pass) is { } failed
            ? new(Verdict.Bad, $"{NameOf(failed.Name)}: {failed.Reason}", failed.Directory ?? logs)
            : new(Verdict.Good, "", logs);
    }

    /// <summary>Copies of a test that runs several times have numbers.</summary>
    private static string NameOf(string name) => name.LastIndexOf('%') is > 0 and var mark ? name[..mark] : name;
}
