using Cake.Frosting;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Build.Tasks;

/// <summary>Runs the fast tests and then the tests that boot machines.</summary>
[TaskName("Test")]
[TaskDescription("Run the test suite: unit tests, then machine tests on the minimal OS")]
[IsDependentOn(typeof(CompileTask))]
internal sealed class TestTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var results = context.Path("artifacts", "test-results");
        if (Directory.Exists(results))
        {
            Directory.Delete(results, recursive: true);
        }

        await InstallAzuriteAsync(context);
        var failures = new List<Diagnostic>();
        foreach (var (project, verbosity) in new[] { ("Pipeline.Tests", "minimal"), ("Pipeline.MachineTests", "normal") })
        {
            try
            {
                await context.DotNetAsync([
                    "test",
                    $"tests/{project}",
                    "--no-build",
                    "-nologo",
                    "--logger",
                    $"trx;LogFileName={project}.trx",
                    "--logger",
                    $"console;verbosity={verbosity}",
                    "--results-directory",
                    results,
                    .. Filter(context),
                ]);
            }
            catch (PipelineException e) when (e.Exit == ExitClass.WorkFailed)
            {
                failures.Add(
                    Diagnostic.Error(
                        "PL0311",
                        $"tests of '{project}' failed",
                        hint: $"the report is '{results}/{project}.trx'",
                        exit: ExitClass.WorkFailed
                    )
                );
            }
        }

        if (failures.Count > 0)
        {
            throw new PipelineException(failures);
        }
    }

    /// <summary>The Azure storage emulator that store tests start; from the machine's own npm registry, pinned by its lock file.</summary>
    private static async Task InstallAzuriteAsync(BuildContext context)
    {
        var directory = context.Path("tests", "azurite");
        var installed = new FileInfo(System.IO.Path.Combine(directory, "node_modules", ".package-lock.json"));
        if (
            installed.Exists
            && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(System.IO.Path.Combine(directory, "package-lock.json"))
        )
        {
            return;
        }

        await context.Programs.RunAsync(
            new("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            {
                WorkingDirectory = directory,
                InheritOutput = true,
                Environment = Verbs.Inherited(),
            },
            context.Cancellation
        );
    }

    private static string[] Filter(BuildContext context) => context.Argument("filter") is { } filter ? ["--filter", filter] : [];
}
