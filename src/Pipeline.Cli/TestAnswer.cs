using Pipeline.Host.Output;
using Pipeline.Kola;
using Pipeline.Model.Reports;

namespace Pipeline.Cli;

/// <summary>
/// Shows the report of a test run, to people and programs on standard output, to GitHub Actions as annotations of the tests' files and in
/// the job's summary. Jenkins reads the JUnit file.
/// </summary>
internal static class TestAnswer
{
    /// <summary>Writes all of them.</summary>
    public static async Task WriteAsync(Services services, TestReport report, bool json)
    {
        if (services.Environment("GITHUB_ACTIONS") == "true")
        {
            var annotations = new GitHubAnnotations(services.Environment("GITHUB_WORKSPACE"));
            foreach (var problem in KolaRunner.Problems(report))
            {
                await services.Error.WriteLineAsync(annotations.Of(problem));
            }

            if (services.Environment("GITHUB_STEP_SUMMARY") is { Length: > 0 } summary)
            {
                await File.AppendAllTextAsync(
                    summary,
                    $"```\n{KolaRunner.Table(report).Replace("```", "'''", StringComparison.Ordinal)}```\n"
                );
            }
        }

        await services.Answer(exact: json).WriteAsync(json ? KolaRunner.Json(report) : KolaRunner.Table(report));
    }
}
